# METADATA
# title: "Databases refuse connections without TLS"
# description: >-
#   Passwords and records travel between zones; without rds.force_ssl a client may fall back to plain text.
# schemas:
#   - input: schema.input
# custom:
#   id: MLI-ENCRYPTION-008
#   severity: high
#   family: encryption
#   controls:
#     - "HIPAA 45 CFR 164.312(e)(1)"
#     - "GDPR Art. 32(1)(a)"
#   remediation: >-
#     Keep the parameter `rds.force_ssl` at 1 in the database's parameter group.
#   stack_key: "registry.database"
#   points: [synth, preview, live]
#   inputs: [stack, terraform]
#   subjects: ["aws:rds/parameterGroup:ParameterGroup", "aws:rds/instance:Instance"]
#   on_unknown: defer
package mlops.encryption.database_tls

import data.mlops.lib

about := rego.metadata.chain()[1].annotations

message := "the parameter group does not force TLS (rds.force_ssl)"

findings contains lib.fail(urn, ["parameters"], message) if {
	some urn in lib.of_type("aws:rds/parameterGroup:ParameterGroup")
	family := lib.value(urn, ["family"])
	is_string(family)
	startswith(family, "postgres")
	parameters := lib.value(urn, ["parameters"])
	not lib.is_unknown(parameters)
	not forces_tls(parameters)
}

findings contains lib.unknown(urn, ["parameters"], message) if {
	some urn in lib.of_type("aws:rds/parameterGroup:ParameterGroup")
	lib.is_unknown(lib.value(urn, ["parameters"]))
}

# A database with the engine's own parameter group has no such parameter (before PostgreSQL 15 the default is off).
findings contains finding if {
	some urn in lib.of_type("aws:rds/instance:Instance")
	lib.value(urn, ["engine"]) == "postgres"
	some finding in lib.must_be_set(urn, ["parameterGroupName"], message)
}

forces_tls(parameters) if {
	some parameter in parameters
	parameter.name == "rds.force_ssl"
	parameter.value in {"1", 1}
}
