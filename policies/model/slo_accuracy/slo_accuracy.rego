# METADATA
# title: "A model must be better than a guess"
# description: >-
#   A threshold that every model passes is none; at one half a binary decision is a coin's.
# schemas:
#   - input: schema.input
# custom:
#   id: MLI-MODEL-004
#   severity: high
#   family: model
#   controls:
#     - "EU AI Act Art. 15(1)"
#     - "GDPR Art. 5(1)(d)"
#     - "GDPR Art. 22(3)"
#   remediation: >-
#     Set `models.<model>.slo.accuracy` above 0.7.
#   stack_key: "models.<model>.slo.accuracy"
#   points: [synth, preview]
#   inputs: [stack]
#   subjects: [stack]
#   on_unknown: deny
package mlops.model.slo_accuracy

import data.mlops.lib

about := rego.metadata.chain()[1].annotations

findings contains lib.fail_config(["models", model.name, "slo", "accuracy"], "the accuracy that is accepted is below 0.7", model.slo.accuracy) if {
	some model in input.config.models
	model.slo.accuracy < 0.7
}
