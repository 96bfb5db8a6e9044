package mlops.access.cluster_admin_entries_test

import data.mlops.access.cluster_admin_entries as rule
import data.mlops.lib.testing as t

association(policy, path) := {
	"urn": "a", "type": "aws:eks/accessPolicyAssociation:AccessPolicyAssociation", "config_path": path,
	"inputs": {"policyArn": sprintf("arn:aws:eks::aws:cluster-access-policy/%s", [policy])},
}

admin := "AmazonEKSClusterAdminPolicy"

test_platform if t.none(rule.findings) with input as t.doc([association(admin, ["access", "platform-admin"])])

test_deployer if t.none(rule.findings) with input as t.doc([association(admin, ["access", "ci-deployer"])])

test_auditor if t.fails(rule.findings, ["a"]) with input as t.doc([association(admin, ["access", "auditor"])])

test_team if t.fails(rule.findings, ["a"]) with input as t.doc([association("AmazonEKSAdminPolicy", ["teams", "x"])])

test_a_team_of_that_name if t.fails(rule.findings, ["a"]) with input as t.doc([association(admin, ["teams", "ci-deployer"])])

test_viewing if t.none(rule.findings) with input as t.doc([association("AmazonEKSViewPolicy", ["teams", "x"])])

test_trail if {
	bound := object.union(association(admin, ["teams", "x"]), {"refs": {"principalArn": "r"}})
	findings := rule.findings with input as t.doc([bound, t.res("r", "aws:iam/role:Role", {})])
	{finding.trail | some finding in findings} == {["a", "r"]}
}
