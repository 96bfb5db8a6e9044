package mlops.cost.pool_ceiling_test

import data.mlops.cost.pool_ceiling as rule
import data.mlops.lib.testing as t

judged(environment, nodes) := result if {
	result := rule.findings with input as t.env_config(environment, [], {"cluster": {"node_pools": [{"name": "p", "max": nodes}]}})
}

test_plausible if t.none(judged("staging", 50))

test_above if t.at(judged("staging", 51), [["cluster", "node_pools", "p", "max"]])

test_in_development if t.at(judged("dev", 21), [["cluster", "node_pools", "p", "max"]])

test_plausible_in_development if t.none(judged("dev", 20))
