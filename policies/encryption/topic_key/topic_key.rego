# METADATA
# title: "Alert topics are encrypted"
# description: >-
#   Alerts name teams, models and resources; what waits in the topic must be encrypted with a key of the environment.
# schemas:
#   - input: schema.input
# custom:
#   id: MLI-ENCRYPTION-011
#   severity: medium
#   family: encryption
#   controls:
#     - "HIPAA 45 CFR 164.312(a)(2)(iv)"
#     - "GDPR Art. 32(1)(a)"
#   remediation: >-
#     Keep `kmsMasterKeyId` of the alert topic.
#   stack_key: "monitoring"
#   points: [synth, preview, live]
#   inputs: [stack, terraform]
#   subjects: ["aws:sns/topic:Topic"]
#   on_unknown: defer
package mlops.encryption.topic_key

import data.mlops.lib

about := rego.metadata.chain()[1].annotations

findings contains finding if {
	some urn in lib.of_type("aws:sns/topic:Topic")
	some finding in lib.must_be_set(urn, ["kmsMasterKeyId"], "the topic is not encrypted with a KMS key")
}
