# METADATA
# title: "Nobody can widen their own rights"
# description: >-
#   Who may attach policies, or change who may assume a role, has every right that there is, unless a boundary holds them
#   back.
# schemas:
#   - input: schema.input
# custom:
#   id: MLI-ACCESS-003
#   severity: critical
#   family: access
#   controls:
#     - "HIPAA 45 CFR 164.312(a)(1)"
#     - "HIPAA 45 CFR 164.308(a)(4)(ii)(B)"
#     - "GDPR Art. 32(1)(b)"
#     - "GDPR Art. 32(4)"
#   remediation: >-
#     Bind changes of roles to the permissions boundary, and all of IAM to the environment's own names.
#   stack_key: "access"
#   points: [synth, preview, live]
#   inputs: [stack, terraform]
#   subjects: ["aws:iam/policy:Policy", "aws:iam/rolePolicy:RolePolicy", "aws:iam/userPolicy:UserPolicy", "aws:iam/groupPolicy:GroupPolicy"]
#   on_unknown: defer
package mlops.access.iam_no_escalation

import data.mlops.lib
import data.mlops.lib.iam

about := rego.metadata.chain()[1].annotations

# Rights that lead to others (IAM User Guide, "Permissions boundaries"); these take a condition on the boundary.
bounded := {"iam:CreateRole", "iam:AttachRolePolicy", "iam:PutRolePolicy", "iam:PutRolePermissionsBoundary"}

# And these can only be held back by their resource.
named := {
	"iam:CreatePolicyVersion", "iam:SetDefaultPolicyVersion", "iam:UpdateAssumeRolePolicy", "iam:CreateAccessKey",
	"iam:CreateLoginProfile", "iam:UpdateLoginProfile", "iam:AttachUserPolicy", "iam:PutUserPolicy", "iam:AddUserToGroup",
	"iam:DeleteRolePermissionsBoundary",
}

findings contains lib.fail(statement.urn, statement.path, sprintf("%s is allowed without the permissions boundary", [action])) if {
	some statement in iam.allowed
	some action in bounded
	iam.covers(statement, action)
	not "iam:permissionsboundary" in iam.condition_keys(statement)
}

findings contains lib.fail(statement.urn, statement.path, sprintf("%s is allowed on everything", [action])) if {
	some statement in iam.allowed
	iam.everywhere(statement)
	some action in named
	iam.covers(statement, action)
}

findings contains unknown if some unknown in iam.unknowns
