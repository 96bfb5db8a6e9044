package mlops.access.rbac_secrets_test

import data.mlops.access.rbac_secrets as rule
import data.mlops.lib.testing as t

role(resources, verbs) := t.res("r", "kubernetes:rbac.authorization.k8s.io/v1:ClusterRole", {
	"metadata": {"name": "reader"}, "rules": [{"resources": resources, "verbs": verbs}],
})

binding(kind, subject) := t.res("b", sprintf("kubernetes:rbac.authorization.k8s.io/v1:%s", [kind]), {
	"roleRef": {"name": "reader"}, "subjects": [subject],
})

config := {"access": [{"role": "platform-admin", "groups": ["admins"]}, {"role": "auditor", "groups": ["audit"]}]}

admins := {"kind": "Group", "name": "admins"}

auditors := {"kind": "Group", "name": "audit"}

bound(role_, binding_) := result if result := rule.findings with input as t.with_config([role_, binding_], config)

test_administrators if t.none(bound(role(["secrets"], ["get"]), binding("ClusterRoleBinding", admins)))

test_auditors if {
	findings := bound(role(["secrets"], ["get"]), binding("ClusterRoleBinding", auditors))
	t.fails(findings, ["b"])
	{finding.trail | some finding in findings} == {["b", "r"]}
}

test_account_of_that_name if {
	t.fails(bound(role(["secrets"], ["list"]), binding("ClusterRoleBinding", {"kind": "ServiceAccount", "name": "admins"})), ["b"])
}

test_all_resources if t.fails(bound(role(["*"], ["watch"]), binding("ClusterRoleBinding", auditors)), ["b"])

test_all_verbs if t.fails(bound(role(["secrets"], ["*"]), binding("ClusterRoleBinding", auditors)), ["b"])

test_other_resources if t.none(bound(role(["pods"], ["get"]), binding("ClusterRoleBinding", auditors)))

test_writing_only if t.none(bound(role(["secrets"], ["create"]), binding("ClusterRoleBinding", auditors)))

test_in_one_namespace if t.none(bound(role(["secrets"], ["get"]), binding("RoleBinding", auditors)))

test_another_role if {
	other := object.union(binding("ClusterRoleBinding", auditors), {"inputs": {"roleRef": {"name": "other"}}})
	t.none(bound(role(["secrets"], ["get"]), other))
}

# A binding for the cluster names roles of the cluster only.
test_a_role_of_one_namespace_with_that_name if {
	local := t.res("r", "kubernetes:rbac.authorization.k8s.io/v1:Role", {
		"metadata": {"name": "reader"}, "rules": [{"resources": ["secrets"], "verbs": ["get"]}],
	})
	t.none(bound(local, binding("ClusterRoleBinding", auditors)))
}

test_names_the_subjects if t.at(bound(role(["secrets"], ["get"]), binding("ClusterRoleBinding", auditors)), [["subjects"]])
