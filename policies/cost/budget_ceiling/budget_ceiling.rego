# METADATA
# title: "A team's budget is plausible"
# description: >-
#   Budgets are typed by hand; one nought too many makes a budget that never warns. The most is `policies.team_budget`.
# schemas:
#   - input: schema.input
# custom:
#   id: MLI-COST-003
#   severity: low
#   family: cost
#   controls:
#     - "FinOps budgeting"
#   remediation: >-
#     Set `teams.<team>.budget` to what the team may spend in a month.
#   stack_key: "teams.<team>.budget"
#   points: [synth, preview]
#   inputs: [stack]
#   subjects: [stack]
#   on_unknown: deny
package mlops.cost.budget_ceiling

import data.mlops.lib

about := rego.metadata.chain()[1].annotations

most := lib.parameter("team_budget", 50000)

findings contains lib.fail_config(["teams", team.name, "budget"], sprintf("the budget is above %d dollars a month", [most]), team.budget) if {
	some team in input.config.teams
	team.budget > most
}
