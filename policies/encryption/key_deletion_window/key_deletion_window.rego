# METADATA
# title: "Deleted keys can be called back for two weeks"
# description: >-
#   Deleting a key destroys all that it encrypts; the waiting period is the only way back.
# schemas:
#   - input: schema.input
# custom:
#   id: MLI-ENCRYPTION-005
#   severity: high
#   family: encryption
#   controls:
#     - "HIPAA 45 CFR 164.308(a)(7)(ii)(A)"
#     - "GDPR Art. 32(1)(c)"
#   remediation: >-
#     Set `classes.<class>.key_deletion_days` to 14 or more.
#   stack_key: "classes.<class>.key_deletion_days"
#   points: [synth, preview, live]
#   inputs: [stack, terraform]
#   subjects: ["aws:kms/key:Key"]
#   on_unknown: defer
package mlops.encryption.key_deletion_window

import data.mlops.lib

about := rego.metadata.chain()[1].annotations

findings contains finding if {
	some urn in lib.of_type("aws:kms/key:Key")
	some finding in lib.at_least(urn, ["deletionWindowInDays"], 14, "a deleted key would be gone in less than 14 days")
}
