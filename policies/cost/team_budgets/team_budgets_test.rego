package mlops.cost.team_budgets_test

import data.mlops.cost.team_budgets as rule
import data.mlops.lib.testing as t

config := {"teams": [{"name": "x", "budget": 100}]}

budget(notifications) := {
	"urn": "b", "type": "aws:budgets/budget:Budget", "config_path": ["teams", "x", "budget"],
	"inputs": {"notifications": notifications},
}

judged(notifications) := result if result := rule.findings with input as t.with_config([budget(notifications)], config)

test_mail if t.none(judged([{"threshold": 80, "subscriberEmailAddresses": ["a@b.example"]}]))

test_topic if t.none(judged([{"threshold": 80, "subscriberSnsTopicArns": ["arn"]}]))

test_too_late if t.at(judged([{"threshold": 100, "subscriberEmailAddresses": ["a@b.example"]}]), [["notifications"]])

test_nobody if t.fails(judged([{"threshold": 80, "subscriberEmailAddresses": []}]), ["b"])

test_nothing if t.fails(judged(null), ["b"])

test_no_budget if t.at(rule.findings, [["teams", "x", "budget"]]) with input as t.with_config([], config)

test_budget_of_another if {
	other := object.union(budget([{"threshold": 80, "subscriberEmailAddresses": ["a@b.example"]}]), {"config_path": ["teams", "y", "budget"]})
	t.fails(rule.findings, [""]) with input as t.with_config([other], config)
}

test_unknown if t.unclear(judged(t.unknown), ["b"])
