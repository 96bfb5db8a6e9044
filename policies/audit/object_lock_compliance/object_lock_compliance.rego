# METADATA
# title: "Locked records cannot be unlocked by anybody"
# description: >-
#   In governance mode an administrator may lift the lock, so the record would only be as good as the person that it
#   records.
# schemas:
#   - input: schema.input
# custom:
#   id: MLI-AUDIT-006
#   severity: high
#   family: audit
#   controls:
#     - "HIPAA 45 CFR 164.312(c)(1)"
#     - "HIPAA 45 CFR 164.312(b)"
#     - "GDPR Art. 5(2)"
#   remediation: >-
#     Keep the mode COMPLIANCE.
#   stack_key: "storage.audit_retention"
#   points: [synth, preview, live]
#   inputs: [stack, terraform]
#   subjects: ["aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration"]
#   on_unknown: defer
package mlops.audit.object_lock_compliance

import data.mlops.lib

about := rego.metadata.chain()[1].annotations

findings contains finding if {
	some urn in lib.of_type("aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration")
	some finding in lib.must_be(urn, ["rule", "defaultRetention", "mode"], {"COMPLIANCE"}, "administrators may lift the lock")
}
