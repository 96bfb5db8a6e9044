# METADATA
# title: "GPUs are not promised twice"
# description: >-
#   Quotas beyond what the pools can have let jobs wait for ever, and hide who is short of GPUs.
# schemas:
#   - input: schema.input
# custom:
#   id: MLI-COST-005
#   severity: medium
#   family: cost
#   controls:
#     - "FinOps rate optimization"
#   remediation: >-
#     Lower `teams.<team>.quota.gpus`, or raise `max` of a pool with GPUs.
#   stack_key: "teams.<team>.quota.gpus"
#   points: [synth, preview]
#   inputs: [stack]
#   subjects: [stack]
#   on_unknown: deny
package mlops.cost.gpu_quota_fits

import data.mlops.lib

about := rego.metadata.chain()[1].annotations

findings contains lib.fail_config(["teams", team.name, "quota", "gpus"], message, team.quota.gpus) if {
	promised := sum([other.quota.gpus | some other in input.config.teams])
	there := sum([most | some pool in input.config.cluster.node_pools; most := pool.max * pool.gpus])
	promised > there
	some team in input.config.teams
	team.quota.gpus > 0
	message := sprintf("%d GPUs are promised, and the pools have at most %d", [promised, there])
}
