# METADATA
# title: "Somebody other than its makers looks after a model of personal data"
# description: >-
#   Decisions about people need a human who understands and can overrule them: a team of engineers only has nobody who
#   reviews.
# schemas:
#   - input: schema.input
# custom:
#   id: MLI-MODEL-011
#   severity: medium
#   family: model
#   controls:
#     - "GDPR Art. 22(3)"
#     - "EU AI Act Art. 14(1)"
#     - "EU AI Act Art. 26(2)"
#   remediation: >-
#     Give both `ml-engineer` and `data-scientist` to groups of the team.
#   stack_key: "teams.<team>.members"
#   points: [synth, preview]
#   inputs: [stack]
#   subjects: [stack]
#   on_unknown: deny
package mlops.model.people_behind

import data.mlops.lib

about := rego.metadata.chain()[1].annotations

findings contains lib.fail_config(["teams", model.team, "members"], message, sort(roles)) if {
	some model in input.config.models
	classes[model.dataset] in lib.personal
	roles := held_in[model.team]
	missing := {"ml-engineer", "data-scientist"} - roles
	count(missing) > 0
	message := sprintf("%s decides about people, and the team has no %s", [model.name, concat(" and no ", sort(missing))])
}

held_in := {team.name: {held.role | some held in team.members} | some team in input.config.teams}

classes := {dataset.name: dataset.classification | some dataset in input.config.datasets}
