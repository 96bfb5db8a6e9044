# METADATA
# title: "Keys of personal data rotate at least once a year"
# description: >-
#   AWS lets a key go up to seven years between rotations; for personal data a year is the most that the risk analysis
#   accepts.
# schemas:
#   - input: schema.input
# custom:
#   id: MLI-ENCRYPTION-004
#   severity: medium
#   family: encryption
#   controls:
#     - "HIPAA 45 CFR 164.312(a)(2)(iv)"
#     - "GDPR Art. 32(1)(a)"
#     - "CIS AWS Foundations 3.6"
#   remediation: >-
#     Set `classes.<class>.key_rotation_days` to 365 or less.
#   stack_key: "classes.<class>.key_rotation_days"
#   points: [synth, preview, live]
#   inputs: [stack, terraform]
#   subjects: ["aws:kms/key:Key"]
#   on_unknown: defer
package mlops.encryption.key_rotation_period

import data.mlops.lib

about := rego.metadata.chain()[1].annotations

findings contains finding if {
	some urn in lib.of_type("aws:kms/key:Key")
	lib.tag(urn, "data-classification") in lib.personal
	most := lib.parameter("key_rotation_days", 365)
	some found in lib.at_most(urn, ["rotationPeriodInDays"], most, sprintf("the key rotates less often than every %d days", [most]))
	finding := object.union(found, {"key": ["classes", lib.tag(urn, "data-classification"), "key_rotation_days"]})
}
