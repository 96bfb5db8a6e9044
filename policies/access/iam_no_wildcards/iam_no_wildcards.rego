# METADATA
# title: "Policies name the actions that they allow"
# description: >-
#   A wildcard allows what nobody thought of, and what AWS adds tomorrow.
# schemas:
#   - input: schema.input
# custom:
#   id: MLI-ACCESS-001
#   severity: critical
#   family: access
#   controls:
#     - "HIPAA 45 CFR 164.308(a)(4)(ii)(B)"
#     - "HIPAA 45 CFR 164.502(b)"
#     - "GDPR Art. 32(1)(b)"
#     - "CIS AWS Foundations 1.16"
#   remediation: >-
#     List the actions that are needed; roles and grants come from `access` and `teams`.
#   stack_key: "access"
#   points: [synth, preview, live]
#   inputs: [stack, terraform]
#   subjects: ["aws:iam/policy:Policy", "aws:iam/rolePolicy:RolePolicy", "aws:iam/userPolicy:UserPolicy", "aws:iam/groupPolicy:GroupPolicy"]
#   on_unknown: defer
package mlops.access.iam_no_wildcards

import data.mlops.lib
import data.mlops.lib.iam

about := rego.metadata.chain()[1].annotations

findings contains lib.fail(statement.urn, statement.path, sprintf("the policy allows %s", [action])) if {
	some statement in iam.allowed
	some action in statement.actions
	endswith(action, "*")
	wide(action)
}

findings contains unknown if some unknown in iam.unknowns

wide("*")

wide(action) if endswith(action, ":*")
