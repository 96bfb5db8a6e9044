# METADATA
# title: "Bias has been evaluated not long ago"
# description: >-
#   People change, and so does the data about them; an evaluation of years ago says nothing about whom the model treats unfairly today.
# schemas:
#   - input: schema.input
# custom:
#   id: MLI-MODEL-014
#   severity: high
#   family: model
#   controls:
#     - "EU AI Act Art. 10(2)(f)"
#     - "EU AI Act Art. 15(4)"
#     - "GDPR Art. 5(1)(a)"
#   remediation: >-
#     Evaluate again and write the result into `models.<model>.record.bias`; the longest interval is `policies.bias_evaluation_days`.
#   stack_key: "models.<model>.record.bias"
#   points: [synth, preview]
#   inputs: [stack]
#   subjects: [stack]
#   on_unknown: deny
package mlops.model.bias_evaluated

import data.mlops.lib

about := rego.metadata.chain()[1].annotations

most := lib.parameter("bias_evaluation_days", 365)

findings contains lib.fail_config(["models", model.name, "record", "bias", index, "date"], message, evaluation.date) if {
	some model in input.config.models
	some index, evaluation in model.record.bias
	days := age(evaluation.date)
	days > most
	message := sprintf("bias was evaluated %d days ago, at most %d are allowed", [days, most])
}

findings contains lib.fail_config(["models", model.name, "record", "bias", index, "date"], "the evaluation of bias lies in the future", evaluation.date) if {
	some model in input.config.models
	some index, evaluation in model.record.bias
	age(evaluation.date) < 0
}

# Days from a day to the day of judging.
age(day) := (noon(input.today) - noon(day)) / 86400000000000

noon(day) := time.parse_rfc3339_ns(sprintf("%sT12:00:00Z", [day]))
