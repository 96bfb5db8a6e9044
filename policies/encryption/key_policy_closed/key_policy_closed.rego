# METADATA
# title: "Key policies let nobody in without a condition"
# description: >-
#   A key policy that names everybody, without saying who under which condition, makes every principal of AWS a reader.
# schemas:
#   - input: schema.input
# custom:
#   id: MLI-ENCRYPTION-006
#   severity: critical
#   family: encryption
#   controls:
#     - "HIPAA 45 CFR 164.312(a)(1)"
#     - "GDPR Art. 32(1)(b)"
#   remediation: >-
#     Name the principal, or bind the statement to an account and a principal by a condition.
#   stack_key: "classes"
#   points: [synth, preview, live]
#   inputs: [stack, terraform]
#   subjects: ["aws:kms/key:Key"]
#   on_unknown: defer
package mlops.encryption.key_policy_closed

import data.mlops.lib
import data.mlops.lib.iam

about := rego.metadata.chain()[1].annotations

findings contains lib.fail(urn, ["policy", "Statement", statement.index], "the key policy allows everybody to use the key") if {
	some urn in lib.of_type("aws:kms/key:Key")
	some statement in iam.statements(iam.document(urn, "policy"))
	statement.effect == "Allow"
	some principal in statement.principals
	principal.name == "*"
	count(iam.condition_keys(statement) & bound) == 0
}

findings contains lib.unknown(urn, ["policy"], "who may use this key is not known yet") if {
	some urn in lib.of_type("aws:kms/key:Key")
	not iam.document(urn, "policy")
}

# Conditions that tell principals apart (IAM User Guide, "Global condition keys"; KMS Developer Guide, "Condition keys").
bound := {"kms:calleraccount", "aws:principalarn", "aws:principalaccount", "aws:principalorgid", "aws:sourceaccount"}
