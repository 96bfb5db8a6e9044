# METADATA
# title: "Audit records are kept for six years"
# description: >-
#   HIPAA asks to keep documentation for six years from when it was made or last in effect. The fewest days are `policies.audit_retention_days`.
# schemas:
#   - input: schema.input
# custom:
#   id: MLI-AUDIT-005
#   severity: high
#   family: audit
#   controls:
#     - "HIPAA 45 CFR 164.316(b)(2)(i)"
#     - "GDPR Art. 5(2)"
#   remediation: >-
#     Set `storage.audit_retention` to P6Y or longer.
#   stack_key: "storage.audit_retention"
#   points: [synth, preview, live]
#   inputs: [stack, terraform]
#   subjects: ["aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration", "aws:cloudtrail/trail:Trail", "aws:s3/bucket:Bucket"]
#   on_unknown: defer
package mlops.audit.audit_retention

import data.mlops.lib
import data.mlops.lib.buckets

about := rego.metadata.chain()[1].annotations

message := sprintf("audit records are locked for less than %d days", [least])

least := lib.parameter("audit_retention_days", 2190)

findings contains finding if {
	some urn in audited
	some finding in judged(urn)
}

findings contains lib.fail(bucket, ["bucket"], "nothing locks the records of the audit bucket") if {
	some bucket in audit_buckets
	count(buckets.companions(bucket, lock)) == 0
}

lock := "aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration"

# Where trails are delivered to.
audit_buckets contains bucket if {
	some trail in lib.of_type("aws:cloudtrail/trail:Trail")
	some bucket in lib.targets(trail, "s3BucketName", "aws:s3/bucket:Bucket")
}

audit_buckets contains buckets.named[name] if {
	some trail in lib.of_type("aws:cloudtrail/trail:Trail")
	name := lib.value(trail, ["s3BucketName"])
}

audited contains urn if {
	some bucket in audit_buckets
	some urn in buckets.companions(bucket, lock)
}

retention := ["rule", "defaultRetention"]

judged(urn) := lib.at_least(urn, array.concat(retention, ["years"]), ceil(least / 365), message) if {
	lib.value(urn, array.concat(retention, ["years"])) != null
}

judged(urn) := lib.at_least(urn, array.concat(retention, ["days"]), least, message) if {
	lib.value(urn, array.concat(retention, ["years"])) == null
}
