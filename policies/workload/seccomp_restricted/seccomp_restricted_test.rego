package mlops.workload.seccomp_restricted_test

import data.mlops.lib.testing as t
import data.mlops.workload.seccomp_restricted as rule

profile := {"securityContext": {"seccompProfile": {"type": "RuntimeDefault"}}}

test_pod_says if t.none(rule.findings) with input as t.doc([t.pod(profile, {})])

test_container_says if t.none(rule.findings) with input as t.doc([t.pod({}, profile)])

test_nobody_says if {
	t.at(rule.findings, [["spec", "containers", 0, "securityContext", "seccompProfile"]]) with input as t.doc([t.pod({}, {})])
}

test_windows if t.none(rule.findings) with input as t.doc([t.pod({"os": {"name": "windows"}}, {})])

test_unknown if {
	t.unclear(rule.findings, ["pod"]) with input as t.doc([t.pod({}, {"securityContext": {"seccompProfile": t.unknown}})])
}
