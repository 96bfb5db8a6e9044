# METADATA
# title: "One team writes a dataset of personal data"
# description: >-
#   With two writers nobody can say who answers for what is in the data, or for correcting it.
# schemas:
#   - input: schema.input
# custom:
#   id: MLI-ACCESS-020
#   severity: medium
#   family: access
#   controls:
#     - "HIPAA 45 CFR 164.312(c)(1)"
#     - "GDPR Art. 5(1)(d)"
#   remediation: >-
#     Leave `access: write` to one team and grant the others `read`.
#   stack_key: "teams.<team>.grants"
#   points: [synth, preview]
#   inputs: [stack]
#   subjects: [stack]
#   on_unknown: deny
package mlops.access.one_writer

import data.mlops.lib

about := rego.metadata.chain()[1].annotations

findings contains lib.fail_config(["teams", team, "grants", place, "access"], message, "write") if {
	some dataset in input.config.datasets
	dataset.classification in lib.personal
	name := dataset.name
	written := {place |
		some writer in writers
		name == writer[0]
		place := writer[1]
	}
	count(written) > 1
	some [team, place] in written
	message := sprintf("%d teams write %s", [count(written), dataset.name])
}

writers contains [grant.dataset, [team.name, place]] if {
	some team in input.config.teams
	some place, grant in team.grants
	grant.access == "write"
}
