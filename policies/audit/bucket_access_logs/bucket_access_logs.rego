# METADATA
# title: "Access to buckets of personal data is logged"
# description: >-
#   Access logs tell which requests reached a bucket, refused ones included.
# schemas:
#   - input: schema.input
# custom:
#   id: MLI-AUDIT-010
#   severity: medium
#   family: audit
#   controls:
#     - "HIPAA 45 CFR 164.312(b)"
#     - "GDPR Art. 5(2)"
#     - "CIS AWS Foundations 3.4"
#   remediation: >-
#     Keep the bucket's logging; `storage.log_retention` says how long it is kept.
#   stack_key: "storage.log_retention"
#   points: [synth, preview, live]
#   inputs: [stack, terraform]
#   subjects: ["aws:s3/bucketLogging:BucketLogging", "aws:s3/bucket:Bucket"]
#   on_unknown: defer
package mlops.audit.bucket_access_logs

import data.mlops.lib.buckets

about := rego.metadata.chain()[1].annotations

findings contains finding if {
	some bucket in buckets.personal
	some finding in buckets.missing(bucket, "aws:s3/bucketLogging:BucketLogging", "requests to the bucket are not logged")
}
