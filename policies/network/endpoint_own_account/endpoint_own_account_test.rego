package mlops.network.endpoint_own_account_test

import data.mlops.lib.testing as t
import data.mlops.network.endpoint_own_account as rule

endpoint(statement) := t.policy("e", "aws:ec2/vpcEndpoint:VpcEndpoint", "policy", [statement])

open := {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}

test_open if t.at(rule.findings, [["policy", "Statement", 0]]) with input as t.doc([endpoint(open)])

test_own if {
	statement := object.union(open, {"Condition": {"StringEquals": {"aws:PrincipalAccount": "111100000032"}}})
	t.none(rule.findings) with input as t.doc([endpoint(statement)])
}

test_layers if {
	statement := object.union(open, {"Action": ["s3:GetObject"], "Resource": ["arn:aws:s3:::prod-eu-central-1-starport-layer-bucket/*"]})
	t.none(rule.findings) with input as t.doc([endpoint(statement)])
}

test_reading_from_everywhere if {
	t.fails(rule.findings, ["e"]) with input as t.doc([endpoint(object.union(open, {"Action": ["s3:GetObject"]}))])
}

test_writing_to_a_bucket if {
	statement := object.union(open, {"Action": ["s3:PutObject"], "Resource": ["arn:aws:s3:::x/*"]})
	t.fails(rule.findings, ["e"]) with input as t.doc([endpoint(statement)])
}

test_denied if t.none(rule.findings) with input as t.doc([endpoint(object.union(open, {"Effect": "Deny"}))])

test_default_policy if t.fails(rule.findings, ["e"]) with input as t.doc([t.res("e", "aws:ec2/vpcEndpoint:VpcEndpoint", {})])

test_unknown if t.unclear(rule.findings, ["e"]) with input as t.doc([t.res("e", "aws:ec2/vpcEndpoint:VpcEndpoint", {"policy": t.unknown})])

test_each_binding_key if {
	every name in ["aws:PrincipalAccount", "aws:ResourceAccount", "aws:PrincipalOrgID", "aws:ResourceOrgID"] {
		statement := object.union(open, {"Condition": {"StringEquals": {name: "x"}}})
		t.none(rule.findings) with input as t.doc([endpoint(statement)])
	}
}

test_where_it_is_unknown if {
	findings := rule.findings with input as t.doc([t.res("x", "aws:ec2/vpcEndpoint:VpcEndpoint", {"policy": t.unknown})])
	{finding.path | some finding in findings} == {["policy"]}
}

test_somebody if {
	t.none(rule.findings) with input as t.doc([endpoint(object.union(open, {"Principal": {"AWS": "arn:aws:iam::111100000032:root"}}))])
}

test_where_it_is_missing if t.at(rule.findings, [["policy"]]) with input as t.doc([t.res("e", "aws:ec2/vpcEndpoint:VpcEndpoint", {})])
