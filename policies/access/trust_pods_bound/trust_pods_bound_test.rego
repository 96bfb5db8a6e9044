package mlops.access.trust_pods_bound_test

import data.mlops.access.trust_pods_bound as rule
import data.mlops.lib.testing as t

role(service, condition) := t.policy("r", "aws:iam/role:Role", "assumeRolePolicy", [{
	"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole", "Condition": condition,
}])

bound := {"StringEquals": {
	"aws:SourceAccount": "111100000032",
	"aws:RequestTag/kubernetes-namespace": "n",
	"aws:RequestTag/kubernetes-service-account": "s",
}}

pods := "pods.eks.amazonaws.com"

test_bound if t.none(rule.findings) with input as t.doc([role(pods, bound)])

test_each if {
	every key, _ in bound.StringEquals {
		condition := {"StringEquals": object.remove(bound.StringEquals, [key])}
		t.at(rule.findings, [["assumeRolePolicy", "Statement", 0]]) with input as t.doc([role(pods, condition)])
	}
}

test_another_service if t.none(rule.findings) with input as t.doc([role("ec2.amazonaws.com", {})])

test_unknown if {
	t.unclear(rule.findings, ["r"]) with input as t.doc([t.res("r", "aws:iam/role:Role", {"assumeRolePolicy": t.unknown})])
}
