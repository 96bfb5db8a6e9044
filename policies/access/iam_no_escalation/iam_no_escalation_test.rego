package mlops.access.iam_no_escalation_test

import data.mlops.access.iam_no_escalation as rule
import data.mlops.lib.testing as t

policy(statement) := t.policy("p", "aws:iam/rolePolicy:RolePolicy", "policy", [object.union({"Effect": "Allow", "Resource": "arn:r"}, statement)])

boundary := {"StringEquals": {"iam:PermissionsBoundary": "arn:b"}}

test_each_bounded if {
	every action in ["iam:CreateRole", "iam:AttachRolePolicy", "iam:PutRolePolicy", "iam:PutRolePermissionsBoundary"] {
		t.at(rule.findings, [["policy", "Statement", 0]]) with input as t.doc([policy({"Action": action})])
		t.none(rule.findings) with input as t.doc([policy({"Action": action, "Condition": boundary})])
	}
}

test_each_named if {
	every action in [
		"iam:CreatePolicyVersion", "iam:SetDefaultPolicyVersion", "iam:UpdateAssumeRolePolicy", "iam:CreateAccessKey",
		"iam:CreateLoginProfile", "iam:UpdateLoginProfile", "iam:AttachUserPolicy", "iam:PutUserPolicy", "iam:AddUserToGroup",
		"iam:DeleteRolePermissionsBoundary",
	] {
		t.fails(rule.findings, ["p"]) with input as t.doc([policy({"Action": action, "Resource": "*"})])
		t.none(rule.findings) with input as t.doc([policy({"Action": action})])
	}
}

test_reading if t.none(rule.findings) with input as t.doc([policy({"Action": "iam:GetRole", "Resource": "*"})])

test_another_condition if {
	condition := {"StringEquals": {"aws:RequestedRegion": "eu-central-1"}}
	t.fails(rule.findings, ["p"]) with input as t.doc([policy({"Action": "iam:PutRolePolicy", "Condition": condition})])
}

test_unknown if {
	t.unclear(rule.findings, ["p"]) with input as t.doc([t.res("p", "aws:iam/policy:Policy", {"policy": t.unknown})])
}
