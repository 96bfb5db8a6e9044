package mlops.access.rbac_exec_test

import data.mlops.access.rbac_exec as rule
import data.mlops.lib.testing as t

role(resource, verb) := t.res("r", "kubernetes:rbac.authorization.k8s.io/v1:ClusterRole", {
	"metadata": {"name": "shells"}, "rules": [{"resources": [resource], "verbs": [verb]}],
})

binding(kind, name) := t.res("b", sprintf("kubernetes:rbac.authorization.k8s.io/v1:%s", [kind]), {
	"roleRef": {"name": "shells"}, "subjects": [{"kind": "Group", "name": name}],
})

bound(role_, binding_) := result if {
	result := rule.findings with input as t.with_config([role_, binding_], {"access": [{"role": "platform-admin", "groups": ["admins"]}]})
}

test_administrators if t.none(bound(role("pods/exec", "create"), binding("ClusterRoleBinding", "admins")))

test_others if t.fails(bound(role("pods/exec", "create"), binding("ClusterRoleBinding", "others")), ["b"])

test_each if {
	every resource in ["pods/attach", "pods/ephemeralcontainers", "pods/*", "*"] {
		t.fails(bound(role(resource, "get"), binding("ClusterRoleBinding", "others")), ["b"])
	}
}

test_looking if t.none(bound(role("pods", "get"), binding("ClusterRoleBinding", "others")))

test_deleting if t.none(bound(role("pods/exec", "delete"), binding("ClusterRoleBinding", "others")))

test_in_one_namespace if t.none(bound(role("pods/exec", "create"), binding("RoleBinding", "others")))

test_each_verb if {
	every verb in ["get", "create", "update", "patch", "*"] {
		t.at(bound(role("pods/exec", verb), binding("ClusterRoleBinding", "others")), [["subjects"]])
	}
}

test_another_role if {
	other := t.res("b", "kubernetes:rbac.authorization.k8s.io/v1:ClusterRoleBinding", {
		"roleRef": {"name": "readers"}, "subjects": [{"kind": "Group", "name": "others"}],
	})
	t.none(bound(role("pods/exec", "create"), other))
}

test_a_user_with_the_name_of_a_group if {
	user := t.res("b", "kubernetes:rbac.authorization.k8s.io/v1:ClusterRoleBinding", {
		"roleRef": {"name": "shells"}, "subjects": [{"kind": "User", "name": "admins"}],
	})
	t.fails(bound(role("pods/exec", "create"), user), ["b"])
}

test_a_group_of_another_role if {
	findings := rule.findings with input as t.with_config(
		[role("pods/exec", "create"), binding("ClusterRoleBinding", "auditors")],
		{"access": [{"role": "auditor", "groups": ["auditors"]}]},
	)
	t.fails(findings, ["b"])
}

# A binding for the cluster names roles of the cluster only.
test_a_role_of_one_namespace_with_that_name if {
	local := t.res("r", "kubernetes:rbac.authorization.k8s.io/v1:Role", {
		"metadata": {"name": "shells"}, "rules": [{"resources": ["pods/exec"], "verbs": ["create"]}],
	})
	t.none(bound(local, binding("ClusterRoleBinding", "others")))
}
