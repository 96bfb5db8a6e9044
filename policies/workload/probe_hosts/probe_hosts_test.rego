package mlops.workload.probe_hosts_test

import data.mlops.lib.testing as t
import data.mlops.workload.probe_hosts as rule

test_each_probe if {
	every probe in ["livenessProbe", "readinessProbe", "startupProbe"] {
		every action in ["httpGet", "tcpSocket"] {
			graph := [t.pod({}, {probe: {action: {"host": "10.0.0.1", "port": 80}}})]
			t.at(rule.findings, [["spec", "containers", 0, probe, action, "host"]]) with input as t.doc(graph)
		}
	}
}

test_each_hook if {
	every hook in ["postStart", "preStop"] {
		every action in ["httpGet", "tcpSocket"] {
			graph := [t.pod({}, {"lifecycle": {hook: {action: {"host": "10.0.0.1"}}}})]
			t.at(rule.findings, [["spec", "containers", 0, "lifecycle", hook, action, "host"]]) with input as t.doc(graph)
		}
	}
}

test_own if t.none(rule.findings) with input as t.doc([t.pod({}, {"livenessProbe": {"httpGet": {"port": 80, "host": ""}}})])

test_none if t.none(rule.findings) with input as t.doc([t.pod({}, {})])

test_unknown if {
	t.unclear(rule.findings, ["pod"]) with input as t.doc([t.pod({}, {"livenessProbe": {"httpGet": {"host": t.unknown}}})])
}
