# METADATA
# title: "The audit trail is encrypted with a KMS key"
# description: >-
#   Whoever reads the trail learns who works on which patient's data; only auditors hold its key.
# schemas:
#   - input: schema.input
# custom:
#   id: MLI-ENCRYPTION-015
#   severity: high
#   family: encryption
#   controls:
#     - "HIPAA 45 CFR 164.312(a)(2)(iv)"
#     - "GDPR Art. 32(1)(a)"
#     - "CIS AWS Foundations 3.5"
#   remediation: >-
#     Keep `kmsKeyId` of the trail.
#   stack_key: "storage.audit_retention"
#   points: [synth, preview, live]
#   inputs: [stack, terraform]
#   subjects: ["aws:cloudtrail/trail:Trail"]
#   on_unknown: defer
package mlops.encryption.trail_key

import data.mlops.lib

about := rego.metadata.chain()[1].annotations

findings contains finding if {
	some urn in lib.of_type("aws:cloudtrail/trail:Trail")
	some finding in lib.must_be_set(urn, ["kmsKeyId"], "the trail is not encrypted with a KMS key")
}
