# METADATA
# title: "The registry's database has backups for two weeks"
# description: >-
#   A mistake is often found days later; without older backups it is in all of them. The fewest days are `policies.backup_days`.
# schemas:
#   - input: schema.input
# custom:
#   id: MLI-RESILIENCE-002
#   severity: high
#   family: resilience
#   controls:
#     - "HIPAA 45 CFR 164.308(a)(7)(ii)(A)"
#     - "GDPR Art. 32(1)(c)"
#   remediation: >-
#     Set `registry.database.backup_days` to 14 or more.
#   stack_key: "registry.database.backup_days"
#   points: [synth, preview, live]
#   inputs: [stack, terraform]
#   subjects: ["aws:rds/instance:Instance"]
#   on_unknown: defer
package mlops.resilience.database_backups

import data.mlops.lib

about := rego.metadata.chain()[1].annotations

least := lib.parameter("backup_days", 14)

findings contains object.union(finding, {"key": ["registry", "database", "backup_days"]}) if {
	some urn in lib.of_type("aws:rds/instance:Instance")
	message := sprintf("backups are kept for less than %d days", [least])
	some finding in lib.at_least(urn, ["backupRetentionPeriod"], least, message)
}
