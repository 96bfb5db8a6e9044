package mlops.audit.cluster_audit_logs_test

import data.mlops.audit.cluster_audit_logs as rule
import data.mlops.lib.testing as t

cluster(types) := t.res("c", "aws:eks/cluster:Cluster", {"enabledClusterLogTypes": types})

test_logged if t.none(rule.findings) with input as t.doc([cluster(["api", "audit", "authenticator", "scheduler"])])

test_each if {
	every type in ["api", "audit", "authenticator"] {
		logged := [other | some other in ["api", "audit", "authenticator"]; other != type]
		t.fails(rule.findings, ["c"]) with input as t.doc([cluster(logged)])
	}
}

test_none if t.fails(rule.findings, ["c"]) with input as t.doc([cluster(null)])

test_unknown if t.unclear(rule.findings, ["c"]) with input as t.doc([cluster(t.unknown)])
