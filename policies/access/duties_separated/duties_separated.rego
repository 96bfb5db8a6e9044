# METADATA
# title: "Those who act do not audit"
# description: >-
#   A group that administers or deploys and also audits would review its own work.
# schemas:
#   - input: schema.input
# custom:
#   id: MLI-ACCESS-017
#   severity: high
#   family: access
#   controls:
#     - "HIPAA 45 CFR 164.308(a)(3)(ii)(A)"
#     - "HIPAA 45 CFR 164.308(a)(2)"
#     - "GDPR Art. 32(4)"
#   remediation: >-
#     Give `auditor` to groups that hold no other role, neither in `access` nor in a team.
#   stack_key: "access.<n>.groups"
#   points: [synth, preview]
#   inputs: [stack]
#   subjects: [stack]
#   on_unknown: deny
package mlops.access.duties_separated

import data.mlops.lib

about := rego.metadata.chain()[1].annotations

findings contains lib.fail_config(["access", index, "groups"], sprintf("group %s audits and is also %s", [group, other]), group) if {
	some index, holder in input.config.access
	holder.role == "auditor"
	some group in holder.groups
	doing := {does |
		some pair in others
		group == pair[0]
		does := pair[1]
	}
	some other in doing
}

others contains [group, holder.role] if {
	some holder in input.config.access
	holder.role != "auditor"
	some group in holder.groups
}

others contains [group, sprintf("%s of %s", [held.role, team.name])] if {
	some team in input.config.teams
	some held in team.members
	held.role != "auditor"
	some group in held.groups
}
