# METADATA
# title: "Log groups are encrypted with a KMS key"
# description: >-
#   Logs of the API server, of the database and of the trail tell who did what with which data.
# schemas:
#   - input: schema.input
# custom:
#   id: MLI-ENCRYPTION-012
#   severity: medium
#   family: encryption
#   controls:
#     - "HIPAA 45 CFR 164.312(a)(2)(iv)"
#     - "GDPR Art. 32(1)(a)"
#   remediation: >-
#     Keep `kmsKeyId` of every log group.
#   stack_key: "monitoring"
#   points: [synth, preview, live]
#   inputs: [stack, terraform]
#   subjects: ["aws:cloudwatch/logGroup:LogGroup"]
#   on_unknown: defer
package mlops.encryption.log_group_key

import data.mlops.lib

about := rego.metadata.chain()[1].annotations

findings contains finding if {
	some urn in lib.of_type("aws:cloudwatch/logGroup:LogGroup")
	some finding in lib.must_be_set(urn, ["kmsKeyId"], "the log group is not encrypted with a KMS key")
}
