package mlops.model.bias_bounded_test

import data.mlops.lib.testing as t
import data.mlops.model.bias_bounded as rule

judged(parameters, value) := result if {
	models := {"models": [{"name": "m", "record": {"bias": [{"value": value}]}}, {"name": "n", "record": null}]}
	result := rule.findings with input as t.where(parameters, t.with_config([], models))
}

at_the_value := [["models", "m", "record", "bias", 0, "value"]]

test_within if t.none(judged({}, 0.1))

test_beyond if t.at(judged({}, 0.11), at_the_value)

test_parameter if {
	t.none(judged({"bias_difference": 0.2}, 0.2))
	t.at(judged({"bias_difference": 0.05}, 0.06), at_the_value)
}
