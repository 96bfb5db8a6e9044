package mlops.network.bucket_policy_not_public_test

import data.mlops.lib.testing as t
import data.mlops.network.bucket_policy_not_public as rule

policy(statement) := t.policy("p", "aws:s3/bucketPolicy:BucketPolicy", "policy", [statement])

open := {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*"}

test_everybody if t.at(rule.findings, [["policy", "Statement", 0]]) with input as t.doc([policy(open)])

test_all_but_one if {
	statement := object.union(object.remove(open, ["Principal"]), {"NotPrincipal": {"AWS": "arn:aws:iam::1:root"}})
	t.fails(rule.findings, ["p"]) with input as t.doc([policy(statement)])
}

test_from_the_vpc if {
	statement := object.union(open, {"Condition": {"StringEquals": {"aws:SourceVpc": "vpc-1"}}})
	t.none(rule.findings) with input as t.doc([policy(statement)])
}

test_condition_that_binds_nobody if {
	statement := object.union(open, {"Condition": {"Bool": {"aws:SecureTransport": "true"}}})
	t.fails(rule.findings, ["p"]) with input as t.doc([policy(statement)])
}

test_denied if t.none(rule.findings) with input as t.doc([policy(object.union(open, {"Effect": "Deny"}))])

test_service if {
	statement := object.union(open, {"Principal": {"Service": "cloudtrail.amazonaws.com"}})
	t.none(rule.findings) with input as t.doc([policy(statement)])
}

test_unknown if {
	t.unclear(rule.findings, ["p"]) with input as t.doc([t.res("p", "aws:s3/bucketPolicy:BucketPolicy", {"policy": t.unknown})])
}

test_each_binding_key if {
	every name in [
		"aws:PrincipalArn", "aws:PrincipalAccount", "aws:PrincipalOrgID", "aws:SourceAccount", "aws:SourceArn", "aws:SourceVpc",
		"aws:SourceVpce", "aws:userid",
	] {
		statement := object.union(open, {"Condition": {"StringEquals": {name: "x"}}})
		t.none(rule.findings) with input as t.doc([policy(statement)])
	}
}

test_where_it_is_unknown if {
	findings := rule.findings with input as t.doc([t.res("x", "aws:s3/bucketPolicy:BucketPolicy", {"policy": t.unknown})])
	{finding.path | some finding in findings} == {["policy"]}
}
