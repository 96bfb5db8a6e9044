package mlops.network.bucket_no_acls_test

import data.mlops.lib.testing as t
import data.mlops.network.bucket_no_acls as rule

bucket := t.res("b", "aws:s3/bucket:Bucket", {"bucket": "b"})

controls(ownership) := t.ref(
	"o", "aws:s3/bucketOwnershipControls:BucketOwnershipControls",
	{"rule": {"objectOwnership": ownership}}, {"bucket": "b"},
)

test_enforced if t.none(rule.findings) with input as t.doc([bucket, controls("BucketOwnerEnforced")])

test_preferred if t.fails(rule.findings, ["o"]) with input as t.doc([bucket, controls("BucketOwnerPreferred")])

test_none if t.fails(rule.findings, ["b"]) with input as t.doc([bucket])

test_unknown if t.unclear(rule.findings, ["o"]) with input as t.doc([bucket, controls(t.unknown)])
