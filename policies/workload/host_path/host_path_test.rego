package mlops.workload.host_path_test

import data.mlops.lib.testing as t
import data.mlops.workload.host_path as rule

mounting(volume) := t.doc([t.pod({"volumes": [volume]}, {})])

test_host if t.at(rule.findings, [["spec", "volumes", 0, "hostPath"]]) with input as mounting({"name": "v", "hostPath": {"path": "/"}})

test_scratch if t.none(rule.findings) with input as mounting({"name": "v", "emptyDir": {}})

test_null if t.none(rule.findings) with input as mounting({"name": "v", "hostPath": null, "emptyDir": {}})

test_none if t.none(rule.findings) with input as t.doc([t.pod({}, {})])
