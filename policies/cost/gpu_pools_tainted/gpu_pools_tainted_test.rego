package mlops.cost.gpu_pools_tainted_test

import data.mlops.cost.gpu_pools_tainted as rule
import data.mlops.lib.testing as t

judged(gpus, taints) := result if {
	result := rule.findings with input as t.with_config([], {"cluster": {"node_pools": [{"name": "p", "gpus": gpus, "taints": taints}]}})
}

at_the_key := [["cluster", "node_pools", "p", "taints"]]

test_each_effect if {
	every effect in ["NoSchedule", "NoExecute"] { t.none(judged(1, [{"effect": effect}])) }
}

test_none if t.at(judged(1, []), at_the_key)

test_preference if t.at(judged(1, [{"effect": "PreferNoSchedule"}]), at_the_key)

test_no_gpus if t.none(judged(0, []))
