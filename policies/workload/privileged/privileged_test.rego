package mlops.workload.privileged_test

import data.mlops.lib.testing as t
import data.mlops.workload.privileged as rule

privileged(value) := {"securityContext": {"privileged": value}}

test_privileged if {
	t.at(rule.findings, [["spec", "containers", 0, "securityContext", "privileged"]]) with input as t.doc([t.pod({}, privileged(true))])
}

test_not if t.none(rule.findings) with input as t.doc([t.pod({}, privileged(false))])

test_default if t.none(rule.findings) with input as t.doc([t.pod({}, {})])

test_every_kind if {
	every key in ["initContainers", "ephemeralContainers"] {
		t.at(rule.findings, [["spec", key, 0, "securityContext", "privileged"]]) with input as t.doc([t.pod({key: [privileged(true)]}, {})])
	}
}

test_unknown if t.unclear(rule.findings, ["pod"]) with input as t.doc([t.pod({}, privileged(t.unknown))])
