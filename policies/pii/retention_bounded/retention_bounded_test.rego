package mlops.pii.retention_bounded_test

import data.mlops.lib.testing as t
import data.mlops.pii.retention_bounded as rule

judged(class, retention) := result if {
	result := rule.findings with input as t.with_config([], {"datasets": [{"name": "x", "classification": class, "retention": retention}]})
}

test_ten_years if t.none(judged("phi", "P10Y"))

test_longer if t.at(judged("phi", "P10Y1D"), [["datasets", "x", "retention"]])

test_much_longer if t.at(judged("pii", "P30Y"), [["datasets", "x", "retention"]])

test_none if t.at(judged("pii", null), [["datasets", "x", "retention"]])

test_not_personal if t.none(judged("public", null))

test_not_personal_and_long if t.none(judged("internal", "P30Y"))

test_months_weeks_and_days if {
	t.none(judged("pii", "P121M"))
	t.at(judged("pii", "P122M"), [["datasets", "x", "retention"]])
	t.at(judged("pii", "P522W"), [["datasets", "x", "retention"]])
}

test_parameter if {
	members := {"datasets": [{"name": "x", "classification": "pii", "retention": "P2Y"}]}
	result := rule.findings with input as t.where({"personal_retention_days": 365}, t.with_config([], members))
	t.at(result, [["datasets", "x", "retention"]])
}
