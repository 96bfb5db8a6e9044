package mlops.resilience.model_replicas_test

import data.mlops.lib.testing as t
import data.mlops.resilience.model_replicas as rule

judged(environment, least, gpus) := result if {
	result := rule.findings with input as t.env_config(environment, [], {"models": [{"name": "m", "gpus": gpus, "scale": {"min": least}}]})
}

at_the_key := [["models", "m", "scale", "min"]]

test_two if t.none(judged("staging", 2, 0))

test_one if t.at(judged("staging", 1, 0), at_the_key)

test_one_on_a_gpu if t.none(judged("staging", 1, 1))

test_one_on_a_gpu_in_production if t.at(judged("prod", 1, 1), at_the_key)

test_one_in_production if t.at(judged("prod", 1, 0), at_the_key)

test_in_development if t.none(judged("dev", 1, 0))
