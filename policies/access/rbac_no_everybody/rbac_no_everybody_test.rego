package mlops.access.rbac_no_everybody_test

import data.mlops.access.rbac_no_everybody as rule
import data.mlops.lib.testing as t

binding(name) := t.res("b", "kubernetes:rbac.authorization.k8s.io/v1:RoleBinding", {"subjects": [{"kind": "Group", "name": name}]})

test_each if {
	every name in ["system:anonymous", "system:unauthenticated", "system:authenticated", "system:serviceaccounts"] {
		t.at(rule.findings, [["subjects", 0]]) with input as t.doc([binding(name)])
	}
}

test_group if t.none(rule.findings) with input as t.doc([binding("claims-fraud-engineers")])
