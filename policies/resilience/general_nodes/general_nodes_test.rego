package mlops.resilience.general_nodes_test

import data.mlops.lib.testing as t
import data.mlops.resilience.general_nodes as rule

judged(environment, pools) := result if result := rule.findings with input as t.env_config(environment, [], {"cluster": {"node_pools": pools}})

pool(least, gpus, taints) := {"min": least, "gpus": gpus, "taints": taints}

at_the_key := [["cluster", "node_pools"]]

test_two if t.none(judged("staging", [pool(2, 0, [])]))

test_two_together if t.none(judged("staging", [pool(1, 0, []), pool(1, 0, [])]))

test_one if t.at(judged("staging", [pool(1, 0, [])]), at_the_key)

test_gpus_do_not_count if t.at(judged("staging", [pool(1, 0, []), pool(3, 1, [])]), at_the_key)

test_taints_do_not_count if t.at(judged("staging", [pool(1, 0, []), pool(3, 0, [{"key": "x"}])]), at_the_key)

test_in_development if t.none(judged("dev", [pool(1, 0, [])]))
