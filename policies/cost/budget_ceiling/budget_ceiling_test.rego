package mlops.cost.budget_ceiling_test

import data.mlops.cost.budget_ceiling as rule
import data.mlops.lib.testing as t

judged(environment, budget) := result if result := rule.findings with input as t.env_config(environment, [], {"teams": [{"name": "x", "budget": budget}]})

test_plausible if t.none(judged("staging", 50000))

test_above if t.at(judged("staging", 50001), [["teams", "x", "budget"]])

test_in_development if t.none(judged("dev", 10000))

test_above_in_development if t.at(judged("dev", 10001), [["teams", "x", "budget"]])
