# METADATA
# title: "A model answers in ten seconds"
# description: >-
#   Nobody waits longer, so a slower answer is none.
# schemas:
#   - input: schema.input
# custom:
#   id: MLI-MODEL-007
#   severity: low
#   family: model
#   controls:
#     - "EU AI Act Art. 15(1)"
#   remediation: >-
#     Set `models.<model>.slo.latency_p95_ms` to 10000 or less.
#   stack_key: "models.<model>.slo.latency_p95_ms"
#   points: [synth, preview]
#   inputs: [stack]
#   subjects: [stack]
#   on_unknown: deny
package mlops.model.slo_latency

import data.mlops.lib

about := rego.metadata.chain()[1].annotations

findings contains lib.fail_config(["models", model.name, "slo", "latency_p95_ms"], "answers may take more than ten seconds", model.slo.latency_p95_ms) if {
	some model in input.config.models
	model.slo.latency_p95_ms > 10000
}
