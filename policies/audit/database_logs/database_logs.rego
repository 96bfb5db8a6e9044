# METADATA
# title: "The database's connections are logged"
# description: >-
#   Who connected to the registry, and from where, is in PostgreSQL's own log only.
# schemas:
#   - input: schema.input
# custom:
#   id: MLI-AUDIT-012
#   severity: medium
#   family: audit
#   controls:
#     - "HIPAA 45 CFR 164.312(b)"
#     - "CIS AWS Foundations 2.2"
#   remediation: >-
#     Keep the log exports and `log_connections` of the database.
#   stack_key: "registry.database"
#   points: [synth, preview, live]
#   inputs: [stack, terraform]
#   subjects: ["aws:rds/instance:Instance", "aws:rds/parameterGroup:ParameterGroup"]
#   on_unknown: defer
package mlops.audit.database_logs

import data.mlops.lib

about := rego.metadata.chain()[1].annotations

findings contains lib.fail(urn, ["enabledCloudwatchLogsExports"], "the database's log does not leave the database") if {
	some urn in lib.of_type("aws:rds/instance:Instance")
	lib.value(urn, ["engine"]) == "postgres"
	exports := lib.list(urn, ["enabledCloudwatchLogsExports"])
	not lib.holds_unknown(exports)
	not "postgresql" in exports
}

findings contains lib.unknown(urn, ["enabledCloudwatchLogsExports"], "which logs leave the database is not known yet") if {
	some urn in lib.of_type("aws:rds/instance:Instance")
	lib.holds_unknown(lib.value(urn, ["enabledCloudwatchLogsExports"]))
}

findings contains lib.fail(urn, ["parameters"], "the database does not log connections") if {
	some urn in lib.of_type("aws:rds/parameterGroup:ParameterGroup")
	family := lib.value(urn, ["family"])
	is_string(family)
	startswith(family, "postgres")
	parameters := lib.value(urn, ["parameters"])
	not lib.is_unknown(parameters)
	not logs_connections(parameters)
}

logs_connections(parameters) if {
	some parameter in parameters
	parameter.name == "log_connections"
	parameter.value in {"1", "on", 1}
}
