# METADATA
# title: "Databases cannot be deleted in passing"
# description: >-
#   Deletion protection makes it two deliberate steps.
# schemas:
#   - input: schema.input
# custom:
#   id: MLI-RESILIENCE-003
#   severity: high
#   family: resilience
#   controls:
#     - "HIPAA 45 CFR 164.308(a)(7)(ii)(A)"
#     - "GDPR Art. 32(1)(c)"
#   remediation: >-
#     Keep `deletionProtection`.
#   stack_key: "registry.database"
#   points: [synth, preview, live]
#   inputs: [stack, terraform]
#   subjects: ["aws:rds/instance:Instance"]
#   on_unknown: defer
package mlops.resilience.database_deletion

import data.mlops.lib

about := rego.metadata.chain()[1].annotations

findings contains finding if {
	some urn in lib.of_type("aws:rds/instance:Instance")
	some finding in lib.must_be(urn, ["deletionProtection"], {true}, "the database can be deleted in one step")
}
