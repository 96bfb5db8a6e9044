# METADATA
# title: "Roles read datasets that their team was granted"
# description: >-
#   Grants in the stack file are what the data's owner agreed to; a policy that reaches further was agreed to by nobody.
# schemas:
#   - input: schema.input
# custom:
#   id: MLI-PII-010
#   severity: critical
#   family: pii
#   controls:
#     - "HIPAA 45 CFR 164.308(a)(4)(ii)(B)"
#     - "HIPAA 45 CFR 164.502(b)"
#     - "GDPR Art. 25(2)"
#     - "GDPR Art. 32(4)"
#   remediation: >-
#     Grant the dataset in `teams.<team>.grants`, or take it out of the policy.
#   stack_key: "teams.<team>.grants"
#   points: [synth, preview, live]
#   inputs: [stack]
#   subjects: ["aws:s3/bucket:Bucket", "aws:iam/policy:Policy", "aws:iam/rolePolicy:RolePolicy", "aws:iam/userPolicy:UserPolicy", "aws:iam/groupPolicy:GroupPolicy", "aws:eks/podIdentityAssociation:PodIdentityAssociation", "aws:iam/role:Role"]
#   on_unknown: defer
package mlops.pii.access_by_grant

import data.mlops.lib
import data.mlops.lib.buckets
import data.mlops.lib.flow
import data.mlops.lib.iam

about := rego.metadata.chain()[1].annotations

findings contains finding if {
	some role, reads in flow.role_reads
	some read in reads
	read.bucket in buckets.datasets
	dataset := buckets.dataset(read.bucket)
	not granted(role, dataset)
	message := sprintf("the role reads %s, which nobody granted to it", [dataset])
	finding := lib.fail_along(read.policy, ["policy"], message, [role, read.policy, read.bucket])
}

findings contains unknown if some unknown in iam.unknowns

granted(role, dataset) if {
	["teams", team] = array.slice(input.resources[role].config_path, 0, 2)
	[team, dataset] in grants
}

grants contains [team.name, grant.dataset] if {
	some team in input.config.teams
	some grant in team.grants
}
