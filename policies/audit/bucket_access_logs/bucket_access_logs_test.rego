package mlops.audit.bucket_access_logs_test

import data.mlops.audit.bucket_access_logs as rule
import data.mlops.lib.testing as t

bucket(class) := t.res("b", "aws:s3/bucket:Bucket", {"bucket": "b", "tags": {"data-classification": class}})

logging := t.ref("l", "aws:s3/bucketLogging:BucketLogging", {"targetBucket": "x"}, {"bucket": "b"})

test_logged if t.none(rule.findings) with input as t.doc([bucket("phi"), logging])

test_not_logged if t.fails(rule.findings, ["b"]) with input as t.doc([bucket("pii")])

test_not_personal if t.none(rule.findings) with input as t.doc([bucket("internal")])
