package mlops.model.people_behind_test

import data.mlops.lib.testing as t
import data.mlops.model.people_behind as rule

judged(dataset, roles) := result if {
	result := rule.findings with input as t.with_config([], {
		"datasets": [{"name": "claims", "classification": "phi"}, {"name": "codes", "classification": "public"}],
		"teams": [
			{"name": "x", "members": [{"role": role} | some role in roles]},
			{"name": "y", "members": [{"role": "ml-engineer"}]},
		],
		"models": [{"name": "m", "team": "x", "dataset": dataset}],
	})
}

at_the_key := [["teams", "x", "members"]]

test_both if t.none(judged("claims", ["ml-engineer", "data-scientist"]))

test_engineers if t.at(judged("claims", ["ml-engineer"]), at_the_key)

test_scientists if t.at(judged("claims", ["data-scientist"]), at_the_key)

test_others if t.at(judged("claims", ["auditor"]), at_the_key)

test_not_personal if t.none(judged("codes", ["ml-engineer"]))
