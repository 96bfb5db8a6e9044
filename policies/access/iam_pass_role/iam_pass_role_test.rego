package mlops.access.iam_pass_role_test

import data.mlops.access.iam_pass_role as rule
import data.mlops.lib.testing as t

policy(resource, condition) := t.policy("p", "aws:iam/rolePolicy:RolePolicy", "policy", [{
	"Effect": "Allow", "Action": "iam:PassRole", "Resource": resource, "Condition": condition,
}])

to_eks := {"StringEquals": {"iam:PassedToService": "eks.amazonaws.com"}}

test_bound if t.none(rule.findings) with input as t.doc([policy("arn:r", to_eks)])

test_every_role if t.fails(rule.findings, ["p"]) with input as t.doc([policy("*", to_eks)])

test_any_service if t.fails(rule.findings, ["p"]) with input as t.doc([policy("arn:r", {})])

test_another_action if {
	other := t.policy("p", "aws:iam/rolePolicy:RolePolicy", "policy", [{"Effect": "Allow", "Action": "iam:GetRole", "Resource": "*"}])
	t.none(rule.findings) with input as t.doc([other])
}

test_unknown if {
	t.unclear(rule.findings, ["p"]) with input as t.doc([t.res("p", "aws:iam/policy:Policy", {"policy": t.unknown})])
}
