package mlops.encryption.key_policy_closed_test

import data.mlops.encryption.key_policy_closed as rule
import data.mlops.lib.testing as t

key(statement) := t.policy("k", "aws:kms/key:Key", "policy", [statement])

open := {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "kms:Decrypt", "Resource": "*"}

test_everybody if t.at(rule.findings, [["policy", "Statement", 0]]) with input as t.doc([key(open)])

test_everybody_in_short if t.fails(rule.findings, ["k"]) with input as t.doc([key(object.union(open, {"Principal": "*"}))])

test_bound if {
	bound := object.union(open, {"Condition": {"StringEquals": {"kms:CallerAccount": "111100000032"}}})
	t.none(rule.findings) with input as t.doc([key(bound)])
}

test_bound_to_nobody_in_particular if {
	bound := object.union(open, {"Condition": {"Bool": {"aws:SecureTransport": "true"}}})
	t.fails(rule.findings, ["k"]) with input as t.doc([key(bound)])
}

test_denied if t.none(rule.findings) with input as t.doc([key(object.union(open, {"Effect": "Deny"}))])

test_named if {
	named := object.union(open, {"Principal": {"AWS": "arn:aws:iam::111100000032:root"}})
	t.none(rule.findings) with input as t.doc([key(named)])
}

test_unknown if t.unclear(rule.findings, ["k"]) with input as t.doc([t.res("k", "aws:kms/key:Key", {"policy": t.unknown})])

test_each_binding_key if {
	every name in [
		"kms:CallerAccount", "aws:PrincipalArn", "aws:PrincipalAccount", "aws:PrincipalOrgID", "aws:SourceAccount",
	] {
		statement := object.union(open, {"Condition": {"StringEquals": {name: "x"}}})
		t.none(rule.findings) with input as t.doc([key(statement)])
	}
}

test_where_it_is_unknown if {
	findings := rule.findings with input as t.doc([t.res("x", "aws:kms/key:Key", {"policy": t.unknown})])
	{finding.path | some finding in findings} == {["policy"]}
}
