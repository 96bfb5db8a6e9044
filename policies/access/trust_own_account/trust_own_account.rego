# METADATA
# title: "Roles trust principals of this account only"
# description: >-
#   A stranger's account decides by itself who acts in it; data must not hang on its care.
# schemas:
#   - input: schema.input
# custom:
#   id: MLI-ACCESS-007
#   severity: high
#   family: access
#   controls:
#     - "HIPAA 45 CFR 164.312(a)(1)"
#     - "HIPAA 45 CFR 164.308(b)(1)"
#     - "GDPR Art. 28(1)"
#   remediation: >-
#     Use principals of `aws.account`, or an identity provider of it.
#   stack_key: "aws.account"
#   points: [synth, preview, live]
#   inputs: [stack, terraform]
#   subjects: ["aws:iam/role:Role"]
#   on_unknown: defer
package mlops.access.trust_own_account

import data.mlops.lib
import data.mlops.lib.iam

about := rego.metadata.chain()[1].annotations

findings contains lib.fail(statement.urn, statement.path, sprintf("account %s may assume the role", [account])) if {
	some statement in iam.trusts
	some principal in statement.principals
	account := iam.account(principal.name)
	regex.match(`^[0-9]{12}$`, account)
	account != input.environment.account
}

findings contains unknown if some unknown in iam.trust_unknowns
