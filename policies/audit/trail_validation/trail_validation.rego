# METADATA
# title: "The trail's files are signed"
# description: >-
#   Digest files prove that nobody changed or removed a log file after its delivery.
# schemas:
#   - input: schema.input
# custom:
#   id: MLI-AUDIT-003
#   severity: high
#   family: audit
#   controls:
#     - "HIPAA 45 CFR 164.312(c)(1)"
#     - "HIPAA 45 CFR 164.312(b)"
#     - "GDPR Art. 5(2)"
#     - "CIS AWS Foundations 3.2"
#   remediation: >-
#     Keep `enableLogFileValidation`.
#   stack_key: "storage.audit_retention"
#   points: [synth, preview, live]
#   inputs: [stack, terraform]
#   subjects: ["aws:cloudtrail/trail:Trail"]
#   on_unknown: defer
package mlops.audit.trail_validation

import data.mlops.lib

about := rego.metadata.chain()[1].annotations

findings contains finding if {
	some urn in lib.of_type("aws:cloudtrail/trail:Trail")
	some finding in lib.must_be(urn, ["enableLogFileValidation"], {true}, "the trail's files are not signed")
}
