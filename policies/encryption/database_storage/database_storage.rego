# METADATA
# title: "Databases are encrypted at rest"
# description: >-
#   The registry keeps who trained which model on which data; storage and backups of the database must be unreadable
#   without its key.
# schemas:
#   - input: schema.input
# custom:
#   id: MLI-ENCRYPTION-007
#   severity: high
#   family: encryption
#   controls:
#     - "HIPAA 45 CFR 164.312(a)(2)(iv)"
#     - "GDPR Art. 32(1)(a)"
#     - "CIS AWS Foundations 2.2.1"
#   remediation: >-
#     Keep `storageEncrypted`; it cannot be switched on later without a restore.
#   stack_key: "registry.database"
#   points: [synth, preview, live]
#   inputs: [stack, terraform]
#   subjects: ["aws:rds/instance:Instance"]
#   on_unknown: defer
package mlops.encryption.database_storage

import data.mlops.lib

about := rego.metadata.chain()[1].annotations

findings contains finding if {
	some urn in lib.of_type("aws:rds/instance:Instance")
	some finding in lib.must_be(urn, ["storageEncrypted"], lib.truthy, "the database's storage is not encrypted")
}
