# METADATA
# title: "Access logs are kept for a year"
# description: >-
#   They serve the same reviews as the other logs; development keeps 90 days.
# schemas:
#   - input: schema.input
# custom:
#   id: MLI-AUDIT-011
#   severity: medium
#   family: audit
#   controls:
#     - "HIPAA 45 CFR 164.308(a)(1)(ii)(D)"
#     - "HIPAA 45 CFR 164.312(b)"
#   remediation: >-
#     Set `storage.log_retention` to P1Y or longer.
#   stack_key: "storage.log_retention"
#   points: [synth, preview, live]
#   inputs: [stack, terraform]
#   subjects: ["aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration", "aws:s3/bucket:Bucket"]
#   on_unknown: defer
package mlops.audit.access_log_retention

import data.mlops.lib
import data.mlops.lib.buckets

about := rego.metadata.chain()[1].annotations

least := lib.parameter("log_retention_days", 365)

findings contains finding if {
	some bucket in buckets.log_targets
	some urn in buckets.companions(bucket, "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration")
	some index, rule in lib.list(urn, ["rules"])
	rule.status == "Enabled"
	rule.expiration.days
	path := ["rules", index, "expiration", "days"]
	some finding in lib.at_least(urn, path, least, sprintf("access logs are gone in less than %d days", [least]))
}
