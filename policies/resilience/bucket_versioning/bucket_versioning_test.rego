package mlops.resilience.bucket_versioning_test

import data.mlops.lib.testing as t
import data.mlops.resilience.bucket_versioning as rule

bucket := t.res("b", "aws:s3/bucket:Bucket", {"bucket": "b"})

versioning(status) := t.ref("v", "aws:s3/bucketVersioning:BucketVersioning", {"versioningConfiguration": {"status": status}}, {"bucket": "b"})

test_enabled if t.none(rule.findings) with input as t.doc([bucket, versioning("Enabled")])

test_suspended if t.fails(rule.findings, ["v"]) with input as t.doc([bucket, versioning("Suspended")])

test_none if t.fails(rule.findings, ["b"]) with input as t.doc([bucket])

test_unknown if t.unclear(rule.findings, ["v"]) with input as t.doc([bucket, versioning(t.unknown)])
