# METADATA
# title: "No role is open to everybody"
# description: >-
#   A role that trusts `*` can be assumed from every account of AWS.
# schemas:
#   - input: schema.input
# custom:
#   id: MLI-ACCESS-006
#   severity: critical
#   family: access
#   controls:
#     - "HIPAA 45 CFR 164.312(a)(1)"
#     - "HIPAA 45 CFR 164.312(d)"
#     - "GDPR Art. 32(1)(b)"
#   remediation: >-
#     Name the service or the principal that assumes the role.
#   stack_key: "access"
#   points: [synth, preview, live]
#   inputs: [stack, terraform]
#   subjects: ["aws:iam/role:Role"]
#   on_unknown: defer
package mlops.access.trust_not_everybody

import data.mlops.lib
import data.mlops.lib.iam

about := rego.metadata.chain()[1].annotations

findings contains lib.fail(statement.urn, statement.path, "everybody may assume the role") if {
	some statement in iam.trusts
	some principal in statement.principals
	principal.name == "*"
}

findings contains unknown if some unknown in iam.trust_unknowns
