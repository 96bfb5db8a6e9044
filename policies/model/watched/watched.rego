# METADATA
# title: "Every model is watched"
# description: >-
#   A model that nobody measures goes wrong in silence.
# schemas:
#   - input: schema.input
# custom:
#   id: MLI-MODEL-009
#   severity: high
#   family: model
#   controls:
#     - "EU AI Act Art. 72(1)"
#     - "EU AI Act Art. 26(5)"
#     - "GDPR Art. 5(1)(d)"
#   remediation: >-
#     Keep the model's rules; they come from `models.<model>.slo`.
#   stack_key: "models.<model>.slo"
#   points: [synth, preview]
#   inputs: [stack]
#   subjects: [stack, ConfigMap]
#   on_unknown: defer
package mlops.model.watched

import data.mlops.lib
import data.mlops.lib.kube

about := rego.metadata.chain()[1].annotations

findings contains lib.fail_config(["models", model.name, "slo"], "no alarm rules watch the model", model.name) if {
	some model in input.config.models
	not model.name in watched
}

watched contains model if {
	some urn in kube.of_kind("ConfigMap")
	["models", model, "slo"] = input.resources[urn].config_path
	content := lib.value(urn, ["data"])
	is_object(content)
	count(content) > 0
}
