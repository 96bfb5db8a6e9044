package mlops.model.slo_accuracy_test

import data.mlops.lib.testing as t
import data.mlops.model.slo_accuracy as rule

judged(value) := result if result := rule.findings with input as t.with_config([], {"models": [{"name": "m", "slo": {"accuracy": value}}]})

test_good if t.none(judged(0.7))

test_bad if t.at(judged(0.69), [["models", "m", "slo", "accuracy"]])
