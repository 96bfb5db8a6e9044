package mlops.workload.probes_test

import data.mlops.lib.testing as t
import data.mlops.workload.probes as rule

serving(kind, spec) := t.doc([t.res("d", sprintf("kubernetes:apps/v1:%s", [kind]), {"spec": {"template": {"spec": spec}}})])

full := {"readinessProbe": {"httpGet": {}}, "livenessProbe": {"httpGet": {}}}

test_full if t.none(rule.findings) with input as serving("Deployment", {"containers": [full]})

test_each if {
	every probe, _ in full {
		graph := serving("StatefulSet", {"containers": [object.remove(full, [probe])]})
		t.at(rule.findings, [["spec", "template", "spec", "containers", 0, probe]]) with input as graph
	}
}

test_init if t.none(rule.findings) with input as serving("Deployment", {"initContainers": [{}]})

test_job if {
	job := t.res("j", "kubernetes:batch/v1:Job", {"spec": {"template": {"spec": {"containers": [{}]}}}})
	t.none(rule.findings) with input as t.doc([job])
}
