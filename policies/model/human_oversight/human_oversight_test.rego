package mlops.model.human_oversight_test

import data.mlops.lib.testing as t
import data.mlops.model.human_oversight as rule

judged(record) := result if result := rule.findings with input as t.with_config([], {"models": [{"name": "m", "record": record}]})

at_the_key := [["models", "m", "record", "oversight"]]

test_overseen if t.none(judged({"risk_class": "high", "oversight": {"role": "underwriter"}}))

test_nobody if t.at(judged({"risk_class": "high", "oversight": null}), at_the_key)

test_not_said if t.at(judged({"risk_class": "high"}), at_the_key)

test_limited if t.none(judged({"risk_class": "limited", "oversight": null}))
