package mlops.workload.run_as_user_test

import data.mlops.lib.testing as t
import data.mlops.workload.run_as_user as rule

container(user) := {"securityContext": {"runAsUser": user}}

test_container if {
	t.at(rule.findings, [["spec", "containers", 0, "securityContext", "runAsUser"]]) with input as t.doc([t.pod({}, container(0))])
}

test_pod if t.at(rule.findings, [["spec", "securityContext", "runAsUser"]]) with input as t.doc([t.pod(container(0), {})])

test_somebody if t.none(rule.findings) with input as t.doc([t.pod(container(1000), container(1))])

test_nobody_says if t.none(rule.findings) with input as t.doc([t.pod({}, {})])

test_user_namespace if t.none(rule.findings) with input as t.doc([t.pod({"hostUsers": false}, container(0))])

test_unknown if t.unclear(rule.findings, ["pod"]) with input as t.doc([t.pod({}, container(t.unknown))])
