# METADATA
# title: "Platform administrators are in no team that holds personal data"
# description: >-
#   They can change what protects the data; so they should not be users of it.
# schemas:
#   - input: schema.input
# custom:
#   id: MLI-ACCESS-018
#   severity: medium
#   family: access
#   controls:
#     - "HIPAA 45 CFR 164.308(a)(3)(i)"
#     - "HIPAA 45 CFR 164.502(b)"
#     - "GDPR Art. 25(2)"
#   remediation: >-
#     Take the group out of `teams.<team>.members`, or out of `platform-admin`.
#   stack_key: "teams.<team>.members"
#   points: [synth, preview]
#   inputs: [stack]
#   subjects: [stack]
#   on_unknown: deny
package mlops.access.administrators_without_data

import data.mlops.lib

about := rego.metadata.chain()[1].annotations

findings contains lib.fail_config(path, sprintf("group %s administers the platform and works with %s data", [group, class]), group) if {
	some team in input.config.teams
	some grant in team.grants
	class := classes[grant.dataset]
	class in lib.personal
	some place, held in team.members
	some group in held.groups
	group in administrators
	path := ["teams", team.name, "members", place, "groups"]
}

classes := {dataset.name: dataset.classification | some dataset in input.config.datasets}

administrators contains group if {
	some holder in input.config.access
	holder.role == "platform-admin"
	some group in holder.groups
}
