# METADATA
# title: "Every model has an ethical record"
# description: >-
#   Nobody can answer for a model of which it is not written down what it is for, whom it may treat unfairly and which law applies.
# schemas:
#   - input: schema.input
# custom:
#   id: MLI-MODEL-013
#   severity: high
#   family: model
#   controls:
#     - "EU AI Act Art. 11(1)"
#     - "EU AI Act Art. 13(3)"
#     - "GDPR Art. 5(2)"
#     - "GDPR Art. 35(1)"
#   remediation: >-
#     Write `models.<model>.record`: intended use, risk class, bias evaluations, and what the class asks for.
#   stack_key: "models.<model>.record"
#   points: [synth, preview]
#   inputs: [stack]
#   subjects: [stack]
#   on_unknown: deny
package mlops.model.record_present

import data.mlops.lib

about := rego.metadata.chain()[1].annotations

findings contains lib.fail_config(["models", model.name, "record"], "the model has no ethical record", null) if {
	some model in input.config.models
	object.get(model, "record", null) == null
}
