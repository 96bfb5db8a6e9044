# METADATA
# title: "Every team has a budget that warns"
# description: >-
#   A training job that runs away is noticed by the invoice otherwise.
# schemas:
#   - input: schema.input
# custom:
#   id: MLI-COST-002
#   severity: medium
#   family: cost
#   controls:
#     - "FinOps budgeting"
#   remediation: >-
#     Set `teams.<team>.budget`.
#   stack_key: "teams.<team>.budget"
#   points: [synth, preview, live]
#   inputs: [stack]
#   subjects: [stack, "aws:budgets/budget:Budget"]
#   on_unknown: defer
package mlops.cost.team_budgets

import data.mlops.lib

about := rego.metadata.chain()[1].annotations

findings contains lib.fail_config(["teams", team.name, "budget"], "nothing watches the team's spending", team.budget) if {
	some team in input.config.teams
	not team.name in watched
}

watched contains team if {
	some urn in lib.of_type("aws:budgets/budget:Budget")
	["teams", team] = array.slice(input.resources[urn].config_path, 0, 2)
}

findings contains lib.fail(urn, ["notifications"], "the budget warns nobody before it is spent") if {
	some urn in lib.of_type("aws:budgets/budget:Budget")
	notifications := lib.list(urn, ["notifications"])
	not lib.is_unknown(lib.value(urn, ["notifications"]))
	not warns(notifications)
}

findings contains lib.unknown(urn, ["notifications"], "whom the budget warns is not known yet") if {
	some urn in lib.of_type("aws:budgets/budget:Budget")
	lib.is_unknown(lib.value(urn, ["notifications"]))
}

warns(notifications) if {
	some notification in notifications
	notification.threshold < 100
	told := array.concat(
		lib.as_list(lib.get(notification, "subscriberEmailAddresses", null)),
		lib.as_list(lib.get(notification, "subscriberSnsTopicArns", null)),
	)
	count(told) > 0
}
