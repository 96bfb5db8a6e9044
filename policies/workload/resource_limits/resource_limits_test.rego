package mlops.workload.resource_limits_test

import data.mlops.lib.testing as t
import data.mlops.workload.resource_limits as rule

full := {"requests": {"cpu": "1", "memory": "1Gi"}, "limits": {"memory": "1Gi"}}

asking(resources) := t.doc([t.pod({}, {"resources": resources})])

test_full if t.none(rule.findings) with input as asking(full)

test_each if {
	every amount in [["requests", "cpu"], ["requests", "memory"], ["limits", "memory"]] {
		rest := json.remove(full, [concat("/", amount)])
		t.at(rule.findings, [array.concat(["spec", "containers", 0, "resources"], amount)]) with input as asking(rest)
	}
}

test_none if count(rule.findings) == 3 with input as t.doc([t.pod({}, {})])

test_init if count(rule.findings) == 3 with input as t.doc([t.pod({"initContainers": [{}]}, {"resources": full})])

test_ephemeral if t.none(rule.findings) with input as t.doc([t.pod({"ephemeralContainers": [{}]}, {"resources": full})])
