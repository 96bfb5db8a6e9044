# METADATA
# title: "A model's server comes from its team's repository"
# description: >-
#   Who may push to a team's repository answers for what it runs; images of other teams bring other people's decisions.
# schemas:
#   - input: schema.input
# custom:
#   id: MLI-MODEL-010
#   severity: medium
#   family: model
#   controls:
#     - "HIPAA 45 CFR 164.308(a)(4)(ii)(B)"
#     - "EU AI Act Art. 16"
#   remediation: >-
#     Push the image to a repository of the team, `<registry>/<team>/<name>`.
#   stack_key: "models.<model>.image"
#   points: [synth, preview]
#   inputs: [stack]
#   subjects: [stack]
#   on_unknown: deny
package mlops.model.own_image

import data.mlops.lib

about := rego.metadata.chain()[1].annotations

findings contains lib.fail_config(["models", model.name, "image"], sprintf("the image is not from a repository of team %s", [model.team]), model.image) if {
	some model in input.config.models
	not model.team in split(split(model.image, "@")[0], "/")
}
