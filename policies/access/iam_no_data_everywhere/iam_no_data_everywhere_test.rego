package mlops.access.iam_no_data_everywhere_test

import data.mlops.access.iam_no_data_everywhere as rule
import data.mlops.lib.testing as t

policy(actions, resources) := t.policy("p", "aws:iam/rolePolicy:RolePolicy", "policy", [{"Effect": "Allow", "Action": actions, "Resource": resources}])

test_each if {
	every action in ["s3:GetObject", "s3:PutObject", "s3:DeleteObject", "kms:Decrypt", "secretsmanager:GetSecretValue"] {
		t.at(rule.findings, [["policy", "Statement", 0]]) with input as t.doc([policy(action, "*")])
	}
}

test_wildcard_action if t.fails(rule.findings, ["p"]) with input as t.doc([policy("kms:*", ["*"])])

test_case if t.fails(rule.findings, ["p"]) with input as t.doc([policy("KMS:decrypt", ["*"])])

test_named if t.none(rule.findings) with input as t.doc([policy("s3:GetObject", ["arn:aws:s3:::b/*"])])

test_every_bucket if t.fails(rule.findings, ["p"]) with input as t.doc([policy("s3:GetObject", ["arn:aws:s3:::*/*"])])

test_other_actions if t.none(rule.findings) with input as t.doc([policy("ec2:DescribeVpcs", "*")])

test_unknown_resource if t.none(rule.findings) with input as t.doc([policy("kms:Decrypt", [t.unknown])])

test_unknown if {
	t.unclear(rule.findings, ["p"]) with input as t.doc([t.res("p", "aws:iam/policy:Policy", {"policy": t.unknown})])
}
