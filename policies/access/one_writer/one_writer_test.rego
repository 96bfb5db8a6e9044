package mlops.access.one_writer_test

import data.mlops.access.one_writer as rule
import data.mlops.lib.testing as t

judged(class, second) := result if {
	result := rule.findings with input as t.with_config([], {
		"datasets": [{"name": "labels", "classification": class}],
		"teams": [
			{"name": "x", "grants": [{"dataset": "labels", "access": "write"}]},
			{"name": "y", "grants": [{"dataset": "other", "access": "write"}, {"dataset": "labels", "access": second}]},
		],
	})
}

test_one if t.none(judged("pii", "read"))

test_two if t.at(judged("pii", "write"), [["teams", "x", "grants", 0, "access"], ["teams", "y", "grants", 1, "access"]])

test_not_personal if t.none(judged("internal", "write"))
