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
