# METADATA
# title: "Buckets block public access in all four ways"
# description: >-
#   One public bucket of personal data is a breach that must be notified; the block holds whatever a policy or an ACL
#   says.
# schemas:
#   - input: schema.input
# custom:
#   id: MLI-NETWORK-006
#   severity: critical
#   family: network
#   controls:
#     - "HIPAA 45 CFR 164.312(a)(1)"
#     - "GDPR Art. 32(1)(b)"
#     - "CIS AWS Foundations 2.1.4"
#   remediation: >-
#     Keep all four settings of the bucket's public access block.
#   stack_key: "datasets"
#   points: [synth, preview, live]
#   inputs: [stack, terraform]
#   subjects: ["aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock", "aws:s3/bucket:Bucket"]
#   on_unknown: defer
package mlops.network.bucket_public_access

import data.mlops.lib
import data.mlops.lib.buckets

about := rego.metadata.chain()[1].annotations

block := "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock"

settings := ["blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets"]

findings contains finding if {
	some bucket in buckets.all
	some finding in buckets.missing(bucket, block, "the bucket does not block public access")
}

findings contains finding if {
	some bucket in buckets.all
	some found in buckets.companions(bucket, block)
	some setting in settings
	some finding in lib.must_be(found, [setting], lib.truthy, sprintf("the bucket does not block public access: %s", [setting]))
}
