package mlops.model.bias_evaluated_test

import data.mlops.lib.testing as t
import data.mlops.model.bias_evaluated as rule

judged(parameters, day) := result if {
	models := {"models": [{"name": "m", "record": {"bias": [{"date": "2026-11-24"}, {"date": day}]}}, {"name": "n", "record": null}]}
	result := rule.findings with input as t.where(parameters, t.with_config([], models))
}

at_the_date := [["models", "m", "record", "bias", 1, "date"]]

test_today if t.none(judged({}, "2026-11-24"))

test_a_year_ago if t.none(judged({}, "2025-11-24"))

test_longer_ago if t.at(judged({}, "2025-11-23"), at_the_date)

test_tomorrow if t.at(judged({}, "2026-11-25"), at_the_date)

test_parameter if {
	t.none(judged({"bias_evaluation_days": 30}, "2026-10-25"))
	t.at(judged({"bias_evaluation_days": 30}, "2026-10-24"), at_the_date)
}
