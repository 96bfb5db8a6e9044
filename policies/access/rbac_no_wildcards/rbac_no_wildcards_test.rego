package mlops.access.rbac_no_wildcards_test

import data.mlops.access.rbac_no_wildcards as rule
import data.mlops.lib.testing as t

role(change) := t.res("r", "kubernetes:rbac.authorization.k8s.io/v1:ClusterRole", {"rules": [object.union(
	{"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]},
	change,
)]})

test_named if t.none(rule.findings) with input as t.doc([role({})])

test_each if {
	every part in ["apiGroups", "resources", "verbs"] {
		t.at(rule.findings, [["rules", 0, part]]) with input as t.doc([role({part: ["*"]})])
	}
}

test_namespaced if {
	other := t.res("r", "kubernetes:rbac.authorization.k8s.io/v1:Role", {"rules": [{"verbs": ["*"]}]})
	t.fails(rule.findings, ["r"]) with input as t.doc([other])
}
