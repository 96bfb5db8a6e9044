# METADATA
# title: "Somebody audits"
# description: >-
#   Records that nobody may read protect nobody; reviews need a role that can see them.
# schemas:
#   - input: schema.input
# custom:
#   id: MLI-ACCESS-019
#   severity: medium
#   family: access
#   controls:
#     - "HIPAA 45 CFR 164.308(a)(1)(ii)(D)"
#     - "HIPAA 45 CFR 164.308(a)(8)"
#     - "GDPR Art. 32(1)(d)"
#   remediation: >-
#     Give the role `auditor` to a group in `access`.
#   stack_key: "access"
#   points: [synth, preview]
#   inputs: [stack]
#   subjects: [stack]
#   on_unknown: deny
package mlops.access.somebody_audits

import data.mlops.lib

about := rego.metadata.chain()[1].annotations

findings contains lib.fail_config(["access"], "nobody holds the role auditor", roles) if {
	roles := sort({holder.role | some holder in input.config.access})
	not "auditor" in roles
}
