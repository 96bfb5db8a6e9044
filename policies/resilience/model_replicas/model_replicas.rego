# METADATA
# title: "Models have two servers"
# description: >-
#   A model with one server is gone during every node's replacement. Development does with one, and so do models on GPUs
#   outside of production.
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
#   on_unknown: deny
package mlops.resilience.model_replicas

import data.mlops.lib

about := rego.metadata.chain()[1].annotations

findings contains lib.fail_config(["models", model.name, "scale", "min"], "the model may be down to one server", model.scale.min) if {
	not lib.is_development
	some model in input.config.models
	model.scale.min < 2
	not spared(model)
}

spared(model) if {
	not lib.is_production
	model.gpus > 0
}
