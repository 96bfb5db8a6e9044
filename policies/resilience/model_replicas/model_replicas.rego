# METADATA
# title: "Models have two servers"
# description: >-
#   A model with one server is gone during every node's replacement. How many there must be says `policies.replicas`, and
#   for models on GPUs `policies.gpu_replicas`.
# schemas:
#   - input: schema.input
# custom:
#   id: MLI-RESILIENCE-009
#   severity: medium
#   family: resilience
#   controls:
#     - "HIPAA 45 CFR 164.308(a)(7)(ii)(B)"
#     - "GDPR Art. 32(1)(b)"
#   remediation: >-
#     Set `models.<model>.scale.min` to 2 or more.
#   stack_key: "models.<model>.scale.min"
#   points: [synth, preview]
#   inputs: [stack]
#   subjects: [stack]
#   on_unknown: deny
package mlops.resilience.model_replicas

import data.mlops.lib

about := rego.metadata.chain()[1].annotations

findings contains lib.fail_config(["models", model.name, "scale", "min"], message, model.scale.min) if {
	some model in input.config.models
	model.scale.min < least(model)
	message := sprintf("the model may be down to fewer than %d servers", [least(model)])
}

# Servers with GPUs are counted apart: a second one costs what a small cluster does.
least(model) := lib.parameter("gpu_replicas", 2) if model.gpus > 0

least(model) := lib.parameter("replicas", 2) if not model.gpus > 0
