package mlops.network.bucket_public_access_test

import data.mlops.lib.testing as t
import data.mlops.network.bucket_public_access as rule

bucket := t.res("b", "aws:s3/bucket:Bucket", {"bucket": "b"})

closed := {"blockPublicAcls": true, "blockPublicPolicy": true, "ignorePublicAcls": true, "restrictPublicBuckets": true}

block(change) := t.ref("p", "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock", object.union(closed, change), {"bucket": "b"})

test_closed if t.none(rule.findings) with input as t.doc([bucket, block({})])

test_each if {
	every setting, _ in closed {
		t.at(rule.findings, [[setting]]) with input as t.doc([bucket, block({setting: false})])
	}
}

test_by_name if {
	found := t.res("p", "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock", object.union(closed, {"bucket": "b"}))
	t.none(rule.findings) with input as t.doc([bucket, found])
}

test_of_another_bucket if {
	found := t.res("p", "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock", object.union(closed, {"bucket": "c"}))
	t.fails(rule.findings, ["b"]) with input as t.doc([bucket, found])
}

test_none if t.fails(rule.findings, ["b"]) with input as t.doc([bucket])

test_unknown if t.unclear(rule.findings, ["p"]) with input as t.doc([bucket, block({"blockPublicAcls": t.unknown})])
