# METADATA
# title: "No team takes more GPUs than one may"
# description: >-
#   A GPU costs as much as a rack of ordinary servers; a quota beyond the ceiling is a decision of the platform, not of one team.
# schemas:
#   - input: schema.input
# custom:
#   id: MLI-COST-010
#   severity: medium
#   family: cost
#   controls:
#     - "FinOps rate optimization"
#   remediation: >-
#     Lower `teams.<team>.quota.gpus`, or raise `policies.team_gpus`.
#   stack_key: "teams.<team>.quota.gpus"
#   points: [synth, preview]
#   inputs: [stack]
#   subjects: [stack]
#   on_unknown: deny
package mlops.cost.gpu_quota_ceiling

import data.mlops.lib

about := rego.metadata.chain()[1].annotations

most := lib.parameter("team_gpus", 8)

findings contains lib.fail_config(["teams", team.name, "quota", "gpus"], sprintf("the quota has more than %d GPUs", [most]), team.quota.gpus) if {
	some team in input.config.teams
	team.quota.gpus > most
}
