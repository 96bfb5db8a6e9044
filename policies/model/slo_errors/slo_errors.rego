# METADATA
# title: "A model answers almost always"
# description: >-
#   Requests that fail are decisions that somebody waits for.
# schemas:
#   - input: schema.input
# custom:
#   id: MLI-MODEL-005
#   severity: medium
#   family: model
#   controls:
#     - "EU AI Act Art. 15(1)"
#     - "GDPR Art. 32(1)(b)"
#   remediation: >-
#     Set `models.<model>.slo.error_rate` to 0.05 or less.
#   stack_key: "models.<model>.slo.error_rate"
#   points: [synth, preview]
#   inputs: [stack]
#   subjects: [stack]
#   on_unknown: deny
package mlops.model.slo_errors

import data.mlops.lib

about := rego.metadata.chain()[1].annotations

findings contains lib.fail_config(["models", model.name, "slo", "error_rate"], "more than one request in twenty may fail", model.slo.error_rate) if {
	some model in input.config.models
	model.slo.error_rate > 0.05
}
