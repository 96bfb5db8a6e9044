# METADATA
# title: "There is an audit trail"
# description: >-
#   Without CloudTrail nobody can say who read, changed or deleted what.
# schemas:
#   - input: schema.input
# custom:
#   id: MLI-AUDIT-001
#   severity: critical
#   family: audit
#   controls:
#     - "HIPAA 45 CFR 164.312(b)"
#     - "HIPAA 45 CFR 164.308(a)(1)(ii)(D)"
#     - "GDPR Art. 5(2)"
#     - "CIS AWS Foundations 3.1"
#   remediation: >-
#     The platform makes the trail; do not remove it.
#   stack_key: "storage.audit_retention"
#   points: [synth, preview, live]
#   inputs: [stack]
#   subjects: [stack, "aws:cloudtrail/trail:Trail"]
#   on_unknown: defer
package mlops.audit.trail_exists

import data.mlops.lib

about := rego.metadata.chain()[1].annotations

findings contains lib.fail_config(["storage", "audit_retention"], "there is no audit trail that records", count(recording)) if {
	count(recording) == 0
}

recording contains urn if {
	some urn in lib.of_type("aws:cloudtrail/trail:Trail")
	lib.value(urn, ["enableLogging"]) != false
}
