# METADATA
# title: "Databases are not publicly accessible"
# description: >-
#   A public endpoint leaves a password as the only thing between the Internet and the registry.
# schemas:
#   - input: schema.input
# custom:
#   id: MLI-NETWORK-003
#   severity: critical
#   family: network
#   controls:
#     - "HIPAA 45 CFR 164.312(a)(1)"
#     - "GDPR Art. 32(1)(b)"
#     - "CIS AWS Foundations 2.2.3"
#   remediation: >-
#     Keep `publiclyAccessible` off.
#   stack_key: "registry.database"
#   points: [synth, preview, live]
#   inputs: [stack, terraform]
#   subjects: ["aws:rds/instance:Instance"]
#   on_unknown: defer
package mlops.network.database_private

import data.mlops.lib

about := rego.metadata.chain()[1].annotations

findings contains finding if {
	some urn in lib.of_type("aws:rds/instance:Instance")
	some finding in lib.must_be(urn, ["publiclyAccessible"], {false}, "the database has a public endpoint")
}
