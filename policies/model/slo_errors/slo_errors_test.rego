package mlops.model.slo_errors_test

import data.mlops.lib.testing as t
import data.mlops.model.slo_errors as rule

judged(value) := result if result := rule.findings with input as t.with_config([], {"models": [{"name": "m", "slo": {"error_rate": value}}]})

test_good if t.none(judged(0.05))

test_bad if t.at(judged(0.06), [["models", "m", "slo", "error_rate"]])
