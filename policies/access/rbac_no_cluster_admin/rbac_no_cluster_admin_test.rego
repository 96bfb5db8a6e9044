package mlops.access.rbac_no_cluster_admin_test

import data.mlops.access.rbac_no_cluster_admin as rule
import data.mlops.lib.testing as t

binding(role, name) := t.res("b", "kubernetes:rbac.authorization.k8s.io/v1:ClusterRoleBinding", {
	"roleRef": {"name": role}, "subjects": [{"kind": "Group", "name": name}],
})

test_own_role if t.none(rule.findings) with input as t.doc([binding("viewer", "team")])

test_cluster_admin if t.at(rule.findings, [["roleRef", "name"]]) with input as t.doc([binding("cluster-admin", "team")])

test_masters if t.at(rule.findings, [["subjects", 0]]) with input as t.doc([binding("viewer", "system:masters")])

entry(groups) := t.res("e", "aws:eks/accessEntry:AccessEntry", {"kubernetesGroups": groups})

test_entry if t.fails(rule.findings, ["e"]) with input as t.doc([entry(["x", "system:masters"])])

test_own_entry if t.none(rule.findings) with input as t.doc([entry(["x"])])
