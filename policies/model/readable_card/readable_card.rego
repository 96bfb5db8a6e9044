# METADATA
# title: "People can read the card of a high-risk model"
# description: >-
#   Who deploys a high-risk model must be able to understand it; numbers for machines are no instructions for use.
# schemas:
#   - input: schema.input
# custom:
#   id: MLI-MODEL-018
#   severity: high
#   family: model
#   controls:
#     - "EU AI Act Art. 13(1)"
#     - "EU AI Act Art. 13(2)"
#     - "EU AI Act Art. 11(1)"
#   remediation: >-
#     Set `models.<model>.record.card` to a document for people: HTML, PDF, Markdown or text.
#   stack_key: "models.<model>.record.card"
#   points: [synth, preview]
#   inputs: [stack]
#   subjects: [stack]
#   on_unknown: deny
package mlops.model.readable_card

import data.mlops.lib

about := rego.metadata.chain()[1].annotations

findings contains lib.fail_config(["models", model.name, "record", "card"], "this high-risk model has no card", null) if {
	some model in high
	object.get(model.record, "card", null) == null
}

findings contains lib.fail_config(["models", model.name, "record", "card", "location"], "the card is not a document for people", model.record.card.location) if {
	some model in high
	not readable(model.record.card.location)
	model.record.card.location
}

high contains model if {
	some model in input.config.models
	model.record.risk_class == "high"
}

# By its ending; a page of a web server may have none.
readable(location) if regex.match(`(?i)\.(html?|md|pdf|txt)$`, location)

readable(location) if regex.match(`^https://.*/[^./]+/?$`, location)
