package mlops.model.slo_drift_test

import data.mlops.lib.testing as t
import data.mlops.model.slo_drift as rule

judged(value) := result if result := rule.findings with input as t.with_config([], {"models": [{"name": "m", "slo": {"drift": value}}]})

test_good if t.none(judged(0.25))

test_bad if t.at(judged(0.26), [["models", "m", "slo", "drift"]])
