# METADATA
# title: "Image repositories are encrypted with a KMS key"
# description: >-
#   Images carry code, and sometimes weights that were trained on personal data.
# schemas:
#   - input: schema.input
# custom:
#   id: MLI-ENCRYPTION-013
#   severity: medium
#   family: encryption
#   controls:
#     - "HIPAA 45 CFR 164.312(a)(2)(iv)"
#     - "GDPR Art. 32(1)(a)"
#   remediation: >-
#     Keep the repository's encryption type `KMS`.
#   stack_key: "teams.<team>.repositories"
#   points: [synth, preview, live]
#   inputs: [stack, terraform]
#   subjects: ["aws:ecr/repository:Repository"]
#   on_unknown: defer
package mlops.encryption.registry_key

import data.mlops.lib

about := rego.metadata.chain()[1].annotations

findings contains finding if {
	some urn in lib.of_type("aws:ecr/repository:Repository")
	some finding in lib.must_be(urn, ["encryptionConfigurations", 0, "encryptionType"], {"KMS", "KMS_DSSE"}, "the repository is not encrypted with a KMS key")
}
