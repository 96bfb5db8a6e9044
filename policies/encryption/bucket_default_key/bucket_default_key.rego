# METADATA
# title: "Buckets encrypt with a KMS key"
# description: >-
#   Objects that nobody thought of are encrypted too, and whoever reads them needs the key as well as the bucket. The one
#   exception is a bucket that access logs are delivered to: S3 log delivery cannot use KMS keys.
# schemas:
#   - input: schema.input
# custom:
#   id: MLI-ENCRYPTION-001
#   severity: high
#   family: encryption
#   controls:
#     - "HIPAA 45 CFR 164.312(a)(2)(iv)"
#     - "GDPR Art. 32(1)(a)"
#     - "CIS AWS Foundations 2.1"
#   remediation: >-
#     Keep the bucket's default encryption `aws:kms` with a key of the environment; the platform does so for every bucket of
#     `datasets` and `teams`.
#   stack_key: "datasets"
#   points: [synth, preview, live]
#   inputs: [stack, terraform]
#   subjects: ["aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration", "aws:s3/bucket:Bucket"]
#   on_unknown: defer
package mlops.encryption.bucket_default_key

import data.mlops.lib
import data.mlops.lib.buckets

about := rego.metadata.chain()[1].annotations

message := "the bucket has no default encryption with a KMS key"

findings contains finding if {
	some bucket in buckets.all
	some finding in buckets.missing(bucket, sse, message)
}

findings contains finding if {
	some bucket in buckets.all
	some configuration in buckets.companions(bucket, sse)
	some finding in lib.must_be(configuration, algorithm, allowed(bucket), message)
}

sse := "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"

algorithm := ["rules", 0, "applyServerSideEncryptionByDefault", "sseAlgorithm"]

allowed(bucket) := {"aws:kms", "aws:kms:dsse"} if not bucket in buckets.log_targets

allowed(bucket) := {"aws:kms", "aws:kms:dsse", "AES256"} if bucket in buckets.log_targets
