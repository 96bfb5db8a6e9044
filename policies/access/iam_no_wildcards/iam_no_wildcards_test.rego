package mlops.access.iam_no_wildcards_test

import data.mlops.access.iam_no_wildcards as rule
import data.mlops.lib.testing as t

policy(actions) := t.policy("p", "aws:iam/rolePolicy:RolePolicy", "policy", [{"Effect": "Allow", "Action": actions, "Resource": "x"}])

test_everything if t.at(rule.findings, [["policy", "Statement", 0]]) with input as t.doc([policy("*")])

test_a_service if t.fails(rule.findings, ["p"]) with input as t.doc([policy(["s3:*"])])

test_some_actions if t.none(rule.findings) with input as t.doc([policy(["s3:Get*", "s3:PutObject"])])

test_denied if {
	denial := t.policy("p", "aws:iam/rolePolicy:RolePolicy", "policy", [{"Effect": "Deny", "Action": "*", "Resource": "*"}])
	t.none(rule.findings) with input as t.doc([denial])
}

test_all_but_some if {
	statement := {"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}
	t.fails(rule.findings, ["p"]) with input as t.doc([t.policy("p", "aws:iam/policy:Policy", "policy", [statement])])
}

boundary := object.union(
	t.policy("b", "aws:iam/policy:Policy", "policy", [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]),
	{"outputs": {"arn": "arn:b"}},
)

bounded := t.res("r", "aws:iam/role:Role", {"permissionsBoundary": "arn:b"})

attachment := t.ref("a", "aws:iam/rolePolicyAttachment:RolePolicyAttachment", {}, {"policyArn": "b", "role": "r"})

test_boundary if t.none(rule.findings) with input as t.doc([boundary, bounded])

test_boundary_that_is_attached_too if t.fails(rule.findings, ["b"]) with input as t.doc([boundary, bounded, attachment])

test_unknown if {
	t.unclear(rule.findings, ["p"]) with input as t.doc([t.res("p", "aws:iam/rolePolicy:RolePolicy", {"policy": t.unknown})])
}
