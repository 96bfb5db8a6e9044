package mlops.cost.budget_ceiling_test

import data.mlops.cost.budget_ceiling as rule
import data.mlops.lib.testing as t

judged(parameters, budget) := result if {
	result := rule.findings with input as t.where(parameters, t.with_config([], {"teams": [{"name": "x", "budget": budget}]}))
}

test_plausible if t.none(judged({}, 50000))

test_above if t.at(judged({}, 50001), [["teams", "x", "budget"]])

test_parameter if {
	t.none(judged({"team_budget": 10000}, 10000))
	t.at(judged({"team_budget": 10000}, 10001), [["teams", "x", "budget"]])
}
