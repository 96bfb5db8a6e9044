package mlops.access.trust_own_account_test

import data.mlops.access.trust_own_account as rule
import data.mlops.lib.testing as t

role(principal) := t.policy("r", "aws:iam/role:Role", "assumeRolePolicy", [{"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}])

test_own if t.none(rule.findings) with input as t.doc([role({"AWS": "arn:aws:iam::111100000032:root"})])

test_own_number if t.none(rule.findings) with input as t.doc([role({"AWS": "111100000032"})])

test_foreign if t.fails(rule.findings, ["r"]) with input as t.doc([role({"AWS": "arn:aws:iam::999900000000:root"})])

test_foreign_number if t.at(rule.findings, [["assumeRolePolicy", "Statement", 0]]) with input as t.doc([role({"AWS": "999900000000"})])

test_foreign_provider if {
	t.fails(rule.findings, ["r"]) with input as t.doc([role({"Federated": "arn:aws:iam::999900000000:saml-provider/x"})])
}

test_service if t.none(rule.findings) with input as t.doc([role({"Service": "ec2.amazonaws.com"})])

test_unknown if {
	t.unclear(rule.findings, ["r"]) with input as t.doc([t.res("r", "aws:iam/role:Role", {"assumeRolePolicy": t.unknown})])
}
