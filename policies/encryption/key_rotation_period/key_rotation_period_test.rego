package mlops.encryption.key_rotation_period_test

import data.mlops.encryption.key_rotation_period as rule
import data.mlops.lib.testing as t

key(class, days) := t.res("k", "aws:kms/key:Key", {"tags": {"data-classification": class}, "rotationPeriodInDays": days})

test_a_year if t.none(rule.findings) with input as t.doc([key("phi", 365)])

test_longer if t.fails(rule.findings, ["k"]) with input as t.doc([key("pii", 366)])

test_names_the_key if {
	{finding.key | some finding in rule.findings} == {["classes", "phi", "key_rotation_days"]} with input as t.doc([key("phi", 366)])
}

test_not_personal if t.none(rule.findings) with input as t.doc([key("internal", 2560)])

test_not_said if t.fails(rule.findings, ["k"]) with input as t.doc([key("phi", null)])

test_unknown if t.unclear(rule.findings, ["k"]) with input as t.doc([key("phi", t.unknown)])

test_parameter if {
	t.fails(rule.findings, ["k"]) with input as t.where({"key_rotation_days": 90}, t.doc([key("phi", 100)]))
}
