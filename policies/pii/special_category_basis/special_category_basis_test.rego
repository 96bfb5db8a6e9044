package mlops.pii.special_category_basis_test

import data.mlops.lib.testing as t
import data.mlops.pii.special_category_basis as rule

judged(class, basis) := result if {
	result := rule.findings with input as t.with_config([], {"datasets": [{"name": "x", "classification": class, "legal_basis": basis}]})
}

test_ground if t.none(judged("phi", "GDPR Art. 6(1)(b) and Art. 9(2)(h)"))

test_in_words if t.none(judged("phi", "GDPR Article 9(2)(j)"))

test_none if t.at(judged("phi", "GDPR Art. 6(1)(b)"), [["datasets", "x", "legal_basis"]])

test_no_such_ground if t.at(judged("phi", "GDPR Art. 9(2)(k)"), [["datasets", "x", "legal_basis"]])

test_prohibition if t.at(judged("phi", "GDPR Art. 9(1)"), [["datasets", "x", "legal_basis"]])

test_not_health if t.none(judged("pii", "GDPR Art. 6(1)(b)"))
