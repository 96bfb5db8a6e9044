# METADATA
# title: "Alarms look at a day at most"
# description: >-
#   An average over a week hides an afternoon of wrong decisions.
# schemas:
#   - input: schema.input
# custom:
#   id: MLI-MODEL-008
#   severity: medium
#   family: model
#   controls:
#     - "EU AI Act Art. 72(1)"
#     - "GDPR Art. 5(1)(d)"
#   remediation: >-
#     Set `models.<model>.slo.window` to P1D or less.
#   stack_key: "models.<model>.slo.window"
#   points: [synth, preview]
#   inputs: [stack]
#   subjects: [stack]
#   on_unknown: deny
package mlops.model.slo_window

import data.mlops.lib
import data.mlops.lib.units

about := rego.metadata.chain()[1].annotations

findings contains lib.fail_config(["models", model.name, "slo", "window"], "the alarms look at more than a day", model.slo.window) if {
	some model in input.config.models
	units.seconds(model.slo.window) > 86400
}
