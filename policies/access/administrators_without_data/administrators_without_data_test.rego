package mlops.access.administrators_without_data_test

import data.mlops.access.administrators_without_data as rule
import data.mlops.lib.testing as t

judged(group, dataset) := result if {
	result := rule.findings with input as t.with_config([], {
		"access": [{"role": "platform-admin", "groups": ["admins"]}, {"role": "auditor", "groups": ["audit"]}],
		"datasets": [{"name": "claims", "classification": "phi"}, {"name": "codes", "classification": "public"}],
		"teams": [{"name": "x", "members": [{"role": "ml-engineer", "groups": [group]}], "grants": [{"dataset": dataset}]}],
	})
}

test_administrators if t.at(judged("admins", "claims"), [["teams", "x", "members", 0, "groups"]])

test_others if t.none(judged("engineers", "claims"))

test_auditors if t.none(judged("audit", "claims"))

test_no_personal_data if t.none(judged("admins", "codes"))
