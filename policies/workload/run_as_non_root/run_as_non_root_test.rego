package mlops.workload.run_as_non_root_test

import data.mlops.lib.testing as t
import data.mlops.workload.run_as_non_root as rule

pod(own, of_pod) := t.doc([t.pod({"securityContext": {"runAsNonRoot": of_pod}}, {"securityContext": {"runAsNonRoot": own}})])

of_container := ["spec", "containers", 0, "securityContext", "runAsNonRoot"]

of_pod := ["spec", "securityContext", "runAsNonRoot"]

test_nobody_says if t.at(rule.findings, [of_container]) with input as t.doc([t.pod({}, {})])

test_pod_says if t.none(rule.findings) with input as pod(null, true)

test_container_says if t.none(rule.findings) with input as pod(true, null)

test_container_says_otherwise if t.at(rule.findings, [of_container]) with input as pod(false, true)

test_pod_says_otherwise if t.at(rule.findings, [of_pod]) with input as pod(true, false)

test_user_namespace if {
	every spec in [{"hostUsers": false}, {"hostUsers": false, "securityContext": {"runAsNonRoot": false}}] {
		t.none(rule.findings) with input as t.doc([t.pod(spec, {})])
	}
}

test_of_the_host if t.fails(rule.findings, ["pod"]) with input as t.doc([t.pod({"hostUsers": true}, {})])

test_unknown if t.unclear(rule.findings, ["pod"]) with input as pod(t.unknown, true)
