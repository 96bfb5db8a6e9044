# METADATA
# title: "No group is treated much worse than another"
# description: >-
#   A model that is right about some people and wrong about others discriminates, whatever its average accuracy is.
# schemas:
#   - input: schema.input
# custom:
#   id: MLI-MODEL-015
#   severity: high
#   family: model
#   controls:
#     - "EU AI Act Art. 10(2)(g)"
#     - "EU AI Act Art. 15(3)"
#     - "GDPR Art. 5(1)(a)"
#     - "GDPR Art. 22(3)"
#   remediation: >-
#     Mitigate the bias and evaluate again (`models.<model>.record.bias`); the largest difference is `policies.bias_difference`.
#   stack_key: "models.<model>.record.bias"
#   points: [synth, preview]
#   inputs: [stack]
#   subjects: [stack]
#   on_unknown: deny
package mlops.model.bias_bounded

import data.mlops.lib

about := rego.metadata.chain()[1].annotations

most := lib.parameter("bias_difference", 0.1)

findings contains lib.fail_config(["models", model.name, "record", "bias", index, "value"], message, evaluation.value) if {
	some model in input.config.models
	some index, evaluation in model.record.bias
	evaluation.value > most
	message := sprintf("groups are treated differently beyond %v", [most])
}
