package mlops.cost.pool_ceiling_test

import data.mlops.cost.pool_ceiling as rule
import data.mlops.lib.testing as t

judged(parameters, nodes) := result if {
	pools := {"cluster": {"node_pools": [{"name": "p", "max": nodes}]}}
	result := rule.findings with input as t.where(parameters, t.with_config([], pools))
}

test_plausible if t.none(judged({}, 50))

test_above if t.at(judged({}, 51), [["cluster", "node_pools", "p", "max"]])

test_parameter if {
	t.at(judged({"pool_nodes": 20}, 21), [["cluster", "node_pools", "p", "max"]])
	t.none(judged({"pool_nodes": 20}, 20))
}
