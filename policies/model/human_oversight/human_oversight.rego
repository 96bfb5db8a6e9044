# METADATA
# title: "People oversee high-risk models"
# description: >-
#   A high-risk model must be overseen by people who understand it and who may overrule it or switch it off.
# schemas:
#   - input: schema.input
# custom:
#   id: MLI-MODEL-017
#   severity: critical
#   family: model
#   controls:
#     - "EU AI Act Art. 14(1)"
#     - "EU AI Act Art. 26(2)"
#     - "GDPR Art. 22(3)"
#   remediation: >-
#     Write `models.<model>.record.oversight`: the role, how they are reached, and what they do.
#   stack_key: "models.<model>.record.oversight"
#   points: [synth, preview]
#   inputs: [stack]
#   subjects: [stack]
#   on_unknown: deny
package mlops.model.human_oversight

import data.mlops.lib

about := rego.metadata.chain()[1].annotations

findings contains lib.fail_config(["models", model.name, "record", "oversight"], "nobody oversees this high-risk model", null) if {
	some model in input.config.models
	model.record.risk_class == "high"
	object.get(model.record, "oversight", null) == null
}
