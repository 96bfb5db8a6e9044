package mlops.cost.incomplete_uploads_test

import data.mlops.cost.incomplete_uploads as rule
import data.mlops.lib.testing as t

bucket := t.res("b", "aws:s3/bucket:Bucket", {"bucket": "b"})

lifecycle(rules) := t.ref("l", "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration", {"rules": rules}, {"bucket": "b"})

abort := {"status": "Enabled", "abortIncompleteMultipartUpload": {"daysAfterInitiation": 7}}

test_removed if t.none(rule.findings) with input as t.doc([bucket, lifecycle([abort])])

test_switched_off if t.fails(rule.findings, ["l"]) with input as t.doc([bucket, lifecycle([object.union(abort, {"status": "Disabled"})])])

test_other_rule if t.at(rule.findings, [["rules"]]) with input as t.doc([bucket, lifecycle([{"status": "Enabled"}])])

test_none if t.fails(rule.findings, ["b"]) with input as t.doc([bucket])

test_unknown if t.unclear(rule.findings, ["l"]) with input as t.doc([bucket, lifecycle(t.unknown)])
