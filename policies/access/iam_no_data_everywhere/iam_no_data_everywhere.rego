# METADATA
# title: "Nobody reads data, keys or secrets of everything"
# description: >-
#   Least privilege for data means named buckets, keys and secrets; `*` includes every dataset there will ever be.
# schemas:
#   - input: schema.input
# custom:
#   id: MLI-ACCESS-002
#   severity: critical
#   family: access
#   controls:
#     - "HIPAA 45 CFR 164.312(a)(1)"
#     - "HIPAA 45 CFR 164.502(b)"
#     - "GDPR Art. 32(1)(b)"
#     - "GDPR Art. 25(2)"
#   remediation: >-
#     Grant datasets one by one in `teams.<team>.grants`.
#   stack_key: "teams.<team>.grants"
#   points: [synth, preview, live]
#   inputs: [stack, terraform]
#   subjects: ["aws:iam/policy:Policy", "aws:iam/rolePolicy:RolePolicy", "aws:iam/userPolicy:UserPolicy", "aws:iam/groupPolicy:GroupPolicy"]
#   on_unknown: defer
package mlops.access.iam_no_data_everywhere

import data.mlops.lib
import data.mlops.lib.iam

about := rego.metadata.chain()[1].annotations

data_actions := {
	"s3:GetObject", "s3:PutObject", "s3:DeleteObject", "kms:Decrypt", "secretsmanager:GetSecretValue",
}

findings contains lib.fail(statement.urn, statement.path, sprintf("the policy allows %s on everything", [action])) if {
	some statement in iam.allowed
	iam.everywhere(statement)
	some action in data_actions
	iam.covers(statement, action)
}

findings contains lib.fail(statement.urn, statement.path, "the policy allows objects of every bucket") if {
	some statement in iam.allowed
	some resource in statement.resources
	is_string(resource)
	regex.match(`^arn:[^:]*:s3:::\*`, resource)
	some action in data_actions
	iam.covers(statement, action)
}

findings contains unknown if some unknown in iam.unknowns
