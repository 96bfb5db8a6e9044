# METADATA
# title: "The registry's database survives a zone"
# description: >-
#   Without a standby the loss of one zone stops the registry until a restore is done. Development does without.
# schemas:
#   - input: schema.input
# custom:
#   id: MLI-RESILIENCE-001
#   severity: medium
#   family: resilience
#   controls:
#     - "HIPAA 45 CFR 164.308(a)(7)(ii)(B)"
#     - "GDPR Art. 32(1)(b)"
#     - "GDPR Art. 32(1)(c)"
#   remediation: >-
#     Set `registry.database.multi_az: true`.
#   stack_key: "registry.database.multi_az"
#   points: [synth, preview, live]
#   inputs: [stack, terraform]
#   subjects: ["aws:rds/instance:Instance"]
#   on_unknown: defer
package mlops.resilience.database_standby

import data.mlops.lib

about := rego.metadata.chain()[1].annotations

findings contains object.union(finding, {"key": ["registry", "database", "multi_az"]}) if {
	not lib.is_development
	some urn in lib.of_type("aws:rds/instance:Instance")
	some finding in lib.must_be(urn, ["multiAz"], {true}, "the database has no standby in another zone")
}
