# METADATA
# title: "Ordinary work has two nodes"
# description: >-
#   With one node for what every namespace needs, its replacement stops the platform. Development does with one.
# schemas:
#   - input: schema.input
# custom:
#   id: MLI-RESILIENCE-011
#   severity: medium
#   family: resilience
#   controls:
#     - "HIPAA 45 CFR 164.308(a)(7)(ii)(B)"
#     - "GDPR Art. 32(1)(b)"
#   remediation: >-
#     Set `min` of the pools without GPUs and taints to 2 or more together.
#   stack_key: "cluster.node_pools"
#   points: [synth, preview]
#   inputs: [stack]
#   subjects: [stack]
#   on_unknown: deny
package mlops.resilience.general_nodes

import data.mlops.lib

about := rego.metadata.chain()[1].annotations

findings contains lib.fail_config(["cluster", "node_pools"], "the pools for ordinary work may be down to one node", least) if {
	not lib.is_development
	least := sum([pool.min | some pool in input.config.cluster.node_pools; ordinary(pool)])
	least < 2
}

ordinary(pool) if {
	pool.gpus == 0
	count(pool.taints) == 0
}
