package mlops.access.trust_not_everybody_test

import data.mlops.access.trust_not_everybody as rule
import data.mlops.lib.testing as t

role(principal) := t.policy("r", "aws:iam/role:Role", "assumeRolePolicy", [{"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}])

test_everybody if t.at(rule.findings, [["assumeRolePolicy", "Statement", 0]]) with input as t.doc([role("*")])

test_everybody_of_aws if t.fails(rule.findings, ["r"]) with input as t.doc([role({"AWS": ["arn:aws:iam::1:root", "*"]})])

test_service if t.none(rule.findings) with input as t.doc([role({"Service": "ec2.amazonaws.com"})])

test_unknown if {
	t.unclear(rule.findings, ["r"]) with input as t.doc([t.res("r", "aws:iam/role:Role", {"assumeRolePolicy": t.unknown})])
}
