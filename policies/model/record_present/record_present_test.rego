package mlops.model.record_present_test

import data.mlops.lib.testing as t
import data.mlops.model.record_present as rule

judged(model) := result if result := rule.findings with input as t.with_config([], {"models": [model]})

test_there if t.none(judged({"name": "m", "record": {"risk_class": "minimal"}}))

test_none if t.at(judged({"name": "m"}), [["models", "m", "record"]])

test_null if t.at(judged({"name": "m", "record": null}), [["models", "m", "record"]])
