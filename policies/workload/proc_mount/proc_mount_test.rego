package mlops.workload.proc_mount_test

import data.mlops.lib.testing as t
import data.mlops.workload.proc_mount as rule

mounting(value) := t.doc([t.pod({}, {"securityContext": {"procMount": value}})])

test_unmasked if t.at(rule.findings, [["spec", "containers", 0, "securityContext", "procMount"]]) with input as mounting("Unmasked")

test_masked if t.none(rule.findings) with input as mounting("Default")

test_default if t.none(rule.findings) with input as t.doc([t.pod({}, {})])

test_user_namespace if {
	t.none(rule.findings) with input as t.doc([t.pod({"hostUsers": false}, {"securityContext": {"procMount": "Unmasked"}})])
}

test_unknown if t.unclear(rule.findings, ["pod"]) with input as mounting(t.unknown)
