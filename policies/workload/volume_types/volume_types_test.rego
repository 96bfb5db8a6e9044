package mlops.workload.volume_types_test

import data.mlops.lib.testing as t
import data.mlops.workload.volume_types as rule

mounting(volume) := t.doc([t.pod({"volumes": [object.union({"name": "v"}, volume)]}, {})])

test_each_kind if {
	every kind in [
		"configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "image", "persistentVolumeClaim", "projected", "secret",
	] {
		t.none(rule.findings) with input as mounting({kind: {}})
	}
}

test_each_other if {
	every kind in ["hostPath", "nfs", "awsElasticBlockStore", "gitRepo", "iscsi"] {
		t.at(rule.findings, [["spec", "volumes", 0]]) with input as mounting({kind: {}})
	}
}

test_nothing if t.none(rule.findings) with input as mounting({"nfs": null})

test_none if t.none(rule.findings) with input as t.doc([t.pod({}, {})])
