# METADATA
# title: "Roles are passed to named services only"
# description: >-
#   Who may pass any role to any service acts as the strongest role of the account.
# schemas:
#   - input: schema.input
# custom:
#   id: MLI-ACCESS-004
#   severity: high
#   family: access
#   controls:
#     - "HIPAA 45 CFR 164.312(a)(1)"
#     - "HIPAA 45 CFR 164.308(a)(4)(ii)(B)"
#     - "GDPR Art. 32(1)(b)"
#   remediation: >-
#     Bind iam:PassRole to the environment's roles and to the services that need them.
#   stack_key: "access"
#   points: [synth, preview, live]
#   inputs: [stack, terraform]
#   subjects: ["aws:iam/policy:Policy", "aws:iam/rolePolicy:RolePolicy", "aws:iam/userPolicy:UserPolicy", "aws:iam/groupPolicy:GroupPolicy"]
#   on_unknown: defer
package mlops.access.iam_pass_role

import data.mlops.lib
import data.mlops.lib.iam

about := rego.metadata.chain()[1].annotations

findings contains lib.fail(statement.urn, statement.path, "every role may be passed on") if {
	some statement in iam.allowed
	iam.covers(statement, "iam:PassRole")
	iam.everywhere(statement)
}

findings contains lib.fail(statement.urn, statement.path, "roles may be passed to any service") if {
	some statement in iam.allowed
	iam.covers(statement, "iam:PassRole")
	not "iam:passedtoservice" in iam.condition_keys(statement)
}

findings contains unknown if some unknown in iam.unknowns
