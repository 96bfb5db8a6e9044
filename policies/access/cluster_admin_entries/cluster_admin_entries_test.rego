package mlops.access.cluster_admin_entries_test

import data.mlops.access.cluster_admin_entries as rule
import data.mlops.lib.testing as t

association(policy, role) := {
	"urn": "a", "type": "aws:eks/accessPolicyAssociation:AccessPolicyAssociation",
	"inputs": {
		"policyArn": sprintf("arn:aws:eks::aws:cluster-access-policy/%s", [policy]),
		"principalArn": sprintf("arn:aws:iam::111100000032:role/%s", [role]),
	},
}

config := {"project": "test", "environment": "staging"}

admin := "AmazonEKSClusterAdminPolicy"

judged(policy, role) := result if result := rule.findings with input as t.with_config([association(policy, role)], config)

test_platform if t.none(judged(admin, "test-staging-platform-admin"))

test_deployer if t.none(judged(admin, "test-staging-ci-deployer"))

test_auditor if t.at(judged(admin, "test-staging-auditor"), [["principalArn"]])

test_team if t.fails(judged("AmazonEKSAdminPolicy", "test-staging-team-x"), ["a"])

test_member_of_a_team if t.fails(judged(admin, "test-staging-member-x-platform-admin"), ["a"])

test_viewing if t.none(judged("AmazonEKSViewPolicy", "test-staging-team-x"))

test_trail if {
	bound := object.union(association(admin, "test-staging-team-x"), {"refs": {"principalArn": "r"}})
	findings := rule.findings with input as t.with_config([bound, t.res("r", "aws:iam/role:Role", {})], config)
	{finding.trail | some finding in findings} == {["a", "r"]}
}

test_unknown if {
	unknown := object.union(association(admin, ""), {"inputs": {"principalArn": t.unknown}})
	t.unclear(rule.findings, ["a"]) with input as t.with_config([unknown], config)
}
