# METADATA
# title: "Node pools have a plausible maximum"
# description: >-
#   The maximum is what a runaway autoscaler may cost. The most is `policies.pool_nodes`.
# schemas:
#   - input: schema.input
# custom:
#   id: MLI-COST-007
#   severity: low
#   family: cost
#   controls:
#     - "FinOps budgeting"
#   remediation: >-
#     Lower `cluster.node_pools.<pool>.max`.
#   stack_key: "cluster.node_pools.<pool>.max"
#   points: [synth, preview]
#   inputs: [stack]
#   subjects: [stack]
#   on_unknown: deny
package mlops.cost.pool_ceiling

import data.mlops.lib

about := rego.metadata.chain()[1].annotations

most := lib.parameter("pool_nodes", 50)

findings contains lib.fail_config(["cluster", "node_pools", pool.name, "max"], sprintf("the pool may grow beyond %d nodes", [most]), pool.max) if {
	some pool in input.config.cluster.node_pools
	pool.max > most
}
