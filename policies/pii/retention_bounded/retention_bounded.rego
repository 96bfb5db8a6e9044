# METADATA
# title: "Personal data is not kept for ever"
# description: >-
#   Data that nobody needs any more can only be lost; ten years is the longest that the records schedule knows.
# schemas:
#   - input: schema.input
# custom:
#   id: MLI-PII-005
#   severity: medium
#   family: pii
#   controls:
#     - "GDPR Art. 5(1)(e)"
#     - "GDPR Art. 25(2)"
#   remediation: >-
#     Set `datasets.<dataset>.retention` to P10Y or less.
#   stack_key: "datasets.<dataset>.retention"
#   points: [synth, preview]
#   inputs: [stack]
#   subjects: [stack]
#   on_unknown: deny
package mlops.pii.retention_bounded

import data.mlops.lib
import data.mlops.lib.units

about := rego.metadata.chain()[1].annotations

most := lib.parameter("personal_retention_days", 3650)

findings contains lib.fail_config(["datasets", dataset.name, "retention"], message, dataset.retention) if {
	some dataset in input.config.datasets
	dataset.classification in lib.personal
	units.days(dataset.retention) > most
	message := sprintf("personal data is kept for more than %d days", [most])
}

findings contains lib.fail_config(["datasets", dataset.name, "retention"], "personal data has no retention", null) if {
	some dataset in input.config.datasets
	dataset.classification in lib.personal
	object.get(dataset, "retention", null) == null
}
