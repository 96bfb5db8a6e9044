# METADATA
# title: "GPU nodes are kept for GPU work"
# description: >-
#   Without a taint ordinary pods fill the most expensive nodes.
# schemas:
#   - input: schema.input
# custom:
#   id: MLI-COST-006
#   severity: medium
#   family: cost
#   controls:
#     - "FinOps rate optimization"
#   remediation: >-
#     Set a taint with `effect: NoSchedule` on pools with `gpus`.
#   stack_key: "cluster.node_pools.<pool>.taints"
#   points: [synth, preview]
#   inputs: [stack]
#   subjects: [stack]
#   on_unknown: deny
package mlops.cost.gpu_pools_tainted

import data.mlops.lib

about := rego.metadata.chain()[1].annotations

findings contains lib.fail_config(["cluster", "node_pools", pool.name, "taints"], "ordinary pods may run on GPU nodes", pool.taints) if {
	some pool in input.config.cluster.node_pools
	pool.gpus > 0
	not kept(pool)
}

kept(pool) if {
	some taint in pool.taints
	taint.effect in {"NoSchedule", "NoExecute"}
}
