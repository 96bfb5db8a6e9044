package mlops.encryption.bucket_default_key_test

import data.mlops.encryption.bucket_default_key as rule
import data.mlops.lib.testing as t

bucket := t.res("b", "aws:s3/bucket:Bucket", {"bucket": "b"})

sse(algorithm) := t.ref(
	"s", "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
	{"bucket": "b", "rules": [{"applyServerSideEncryptionByDefault": {"sseAlgorithm": algorithm}}]},
	{"bucket": "b"},
)

logging := t.ref("l", "aws:s3/bucketLogging:BucketLogging", {"bucket": "x", "targetBucket": "b"}, {"targetBucket": "b"})

test_kms if t.none(rule.findings) with input as t.doc([bucket, sse("aws:kms")])

test_dsse if t.none(rule.findings) with input as t.doc([bucket, sse("aws:kms:dsse")])

test_sse_s3 if t.fails(rule.findings, ["s"]) with input as t.doc([bucket, sse("AES256")])

test_sse_s3_for_log_delivery if t.none(rule.findings) with input as t.doc([bucket, sse("AES256"), logging])

test_none if t.fails(rule.findings, ["b"]) with input as t.doc([bucket])

test_unknown if t.unclear(rule.findings, ["s"]) with input as t.doc([bucket, sse(t.unknown)])
