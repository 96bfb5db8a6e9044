package mlops.workload.seccomp_baseline_test

import data.mlops.lib.testing as t
import data.mlops.workload.seccomp_baseline as rule

pod_profile(type) := t.doc([t.pod({"securityContext": {"seccompProfile": {"type": type}}}, {})])

container_profile(type) := t.doc([t.pod({}, {"securityContext": {"seccompProfile": {"type": type}}})])

test_each_allowed if {
	every type in ["RuntimeDefault", "Localhost"] {
		t.none(rule.findings) with input as pod_profile(type)
		t.none(rule.findings) with input as container_profile(type)
	}
}

test_pod if t.at(rule.findings, [["spec", "securityContext", "seccompProfile", "type"]]) with input as pod_profile("Unconfined")

test_container if t.fails(rule.findings, ["pod"]) with input as container_profile("Unconfined")

test_nothing if t.none(rule.findings) with input as t.doc([t.pod({"securityContext": {}}, {})])
