# METADATA
# title: "KMS keys rotate"
# description: >-
#   A key that turns limits how much one leaked generation of it opens.
# schemas:
#   - input: schema.input
# custom:
#   id: MLI-ENCRYPTION-003
#   severity: medium
#   family: encryption
#   controls:
#     - "HIPAA 45 CFR 164.312(a)(2)(iv)"
#     - "GDPR Art. 32(1)(a)"
#     - "CIS AWS Foundations 3.6"
#   remediation: >-
#     Keep `enableKeyRotation` on; the period is `classes.<class>.key_rotation_days`.
#   stack_key: "classes"
#   points: [synth, preview, live]
#   inputs: [stack, terraform]
#   subjects: ["aws:kms/key:Key"]
#   on_unknown: defer
package mlops.encryption.key_rotation

import data.mlops.lib

about := rego.metadata.chain()[1].annotations

findings contains finding if {
	some urn in lib.of_type("aws:kms/key:Key")
	some finding in lib.must_be(urn, ["enableKeyRotation"], lib.truthy, "the key does not rotate")
}
