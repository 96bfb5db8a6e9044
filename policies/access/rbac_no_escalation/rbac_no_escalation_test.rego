package mlops.access.rbac_no_escalation_test

import data.mlops.access.rbac_no_escalation as rule
import data.mlops.lib.testing as t

role(verb) := t.res("r", "kubernetes:rbac.authorization.k8s.io/v1:ClusterRole", {"rules": [{"resources": ["roles"], "verbs": ["get", verb]}]})

test_each if {
	every verb in ["escalate", "bind", "impersonate"] {
		t.at(rule.findings, [["rules", 0, "verbs"]]) with input as t.doc([role(verb)])
	}
}

test_reading if t.none(rule.findings) with input as t.doc([role("list")])
