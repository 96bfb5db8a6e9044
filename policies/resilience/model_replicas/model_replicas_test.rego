package mlops.resilience.model_replicas_test

import data.mlops.lib.testing as t
import data.mlops.resilience.model_replicas as rule

judged(parameters, least, gpus) := result if {
	models := {"models": [{"name": "m", "gpus": gpus, "scale": {"min": least}}]}
	result := rule.findings with input as t.where(parameters, t.with_config([], models))
}

at_the_key := [["models", "m", "scale", "min"]]

test_two if t.none(judged({}, 2, 0))

test_one if t.at(judged({}, 1, 0), at_the_key)

test_one_on_a_gpu if t.at(judged({}, 1, 1), at_the_key)

test_parameters if {
	t.none(judged({"replicas": 1}, 1, 0))
	t.at(judged({"replicas": 1}, 1, 1), at_the_key)
	t.none(judged({"gpu_replicas": 1}, 1, 1))
	t.at(judged({"gpu_replicas": 1}, 1, 0), at_the_key)
}
