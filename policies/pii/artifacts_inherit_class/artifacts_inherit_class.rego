# METADATA
# title: "Artifacts are as sensitive as the data that they were made from"
# description: >-
#   Models and features remember what they were trained on, so a team's artifacts have the highest class of its grants.
# schemas:
#   - input: schema.input
# custom:
#   id: MLI-PII-012
#   severity: medium
#   family: pii
#   controls:
#     - "HIPAA 45 CFR 164.308(a)(1)(ii)(A)"
#     - "GDPR Art. 5(1)(f)"
#     - "GDPR Art. 25(1)"
#   remediation: >-
#     Let the platform choose the class of the artifact bucket from `teams.<team>.grants`.
#   stack_key: "teams.<team>.grants"
#   points: [synth, preview, live]
#   inputs: [stack]
#   subjects: ["aws:s3/bucket:Bucket"]
#   on_unknown: defer
package mlops.pii.artifacts_inherit_class

import data.mlops.lib
import data.mlops.lib.buckets

about := rego.metadata.chain()[1].annotations

findings contains lib.fail(bucket, ["tags", "data-classification"], message) if {
	some bucket in buckets.all
	["teams", team] = array.slice(input.resources[bucket].config_path, 0, 2)
	highest := max({lib.rank[class] | some class in object.get(reached, team, set())})
	lib.rank[buckets.class(bucket)] < highest
	message := sprintf("team %s works with more sensitive data than this bucket says", [team])
}

reached := {team.name: {classes[grant.dataset] | some grant in team.grants} | some team in input.config.teams}

classes := {dataset.name: dataset.classification | some dataset in input.config.datasets}
