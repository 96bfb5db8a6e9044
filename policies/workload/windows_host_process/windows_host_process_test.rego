package mlops.workload.windows_host_process_test

import data.mlops.lib.testing as t
import data.mlops.workload.windows_host_process as rule

container(value) := t.doc([t.pod({}, {"securityContext": {"windowsOptions": {"hostProcess": value}}})])

test_container if {
	t.at(rule.findings, [["spec", "containers", 0, "securityContext", "windowsOptions", "hostProcess"]]) with input as container(true)
}

test_pod if {
	graph := [t.pod({"securityContext": {"windowsOptions": {"hostProcess": true}}}, {})]
	t.at(rule.findings, [["spec", "securityContext", "windowsOptions", "hostProcess"]]) with input as t.doc(graph)
}

test_off if t.none(rule.findings) with input as container(false)

test_none if t.none(rule.findings) with input as t.doc([t.pod({}, {})])

test_unknown if t.unclear(rule.findings, ["pod"]) with input as container(t.unknown)
