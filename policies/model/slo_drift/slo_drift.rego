# METADATA
# title: "Drift of the inputs raises an alarm"
# description: >-
#   A population stability index above 0.25 means that the model is asked about other people than it was trained on.
# schemas:
#   - input: schema.input
# custom:
#   id: MLI-MODEL-006
#   severity: high
#   family: model
#   controls:
#     - "EU AI Act Art. 72(1)"
#     - "GDPR Art. 5(1)(d)"
#   remediation: >-
#     Set `models.<model>.slo.drift` to 0.25 or less.
#   stack_key: "models.<model>.slo.drift"
#   points: [synth, preview]
#   inputs: [stack]
#   subjects: [stack]
#   on_unknown: deny
package mlops.model.slo_drift

import data.mlops.lib

about := rego.metadata.chain()[1].annotations

findings contains lib.fail_config(["models", model.name, "slo", "drift"], "the inputs may drift beyond a stability index of 0.25", model.slo.drift) if {
	some model in input.config.models
	model.slo.drift > 0.25
}
