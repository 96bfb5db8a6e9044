package mlops.workload.host_namespaces_test

import data.mlops.lib.testing as t
import data.mlops.workload.host_namespaces as rule

test_each if {
	every property in ["hostNetwork", "hostPID", "hostIPC"] {
		t.at(rule.findings, [["spec", property]]) with input as t.doc([t.pod({property: true}, {})])
		t.none(rule.findings) with input as t.doc([t.pod({property: false}, {})])
	}
}

test_default if t.none(rule.findings) with input as t.doc([t.pod({}, {})])

test_deployment if {
	deployment := t.res("d", "kubernetes:apps/v1:Deployment", {"spec": {"template": {"spec": {"hostNetwork": true}}}})
	t.at(rule.findings, [["spec", "template", "spec", "hostNetwork"]]) with input as t.doc([deployment])
}

test_cron_job if {
	job := t.res("d", "kubernetes:batch/v1:CronJob", {"spec": {"jobTemplate": {"spec": {"template": {"spec": {"hostPID": true}}}}}})
	t.fails(rule.findings, ["d"]) with input as t.doc([job])
}

test_unknown if t.unclear(rule.findings, ["pod"]) with input as t.doc([t.pod({"hostIPC": t.unknown}, {})])
