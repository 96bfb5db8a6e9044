# METADATA
# title: "Logs are kept for a year"
# description: >-
#   Reviews of activity and the investigation of a breach look back months. The fewest days are `policies.log_retention_days`.
# schemas:
#   - input: schema.input
# custom:
#   id: MLI-AUDIT-009
#   severity: medium
#   family: audit
#   controls:
#     - "HIPAA 45 CFR 164.308(a)(1)(ii)(D)"
#     - "HIPAA 45 CFR 164.312(b)"
#     - "GDPR Art. 33(5)"
#   remediation: >-
#     Set `monitoring.log_retention`, `cluster.log_retention` and `network.flow_log_retention` to P1Y or longer.
#   stack_key: "monitoring.log_retention"
#   points: [synth, preview, live]
#   inputs: [stack, terraform]
#   subjects: ["aws:cloudwatch/logGroup:LogGroup"]
#   on_unknown: defer
package mlops.audit.log_retention

import data.mlops.lib

about := rego.metadata.chain()[1].annotations

least := lib.parameter("log_retention_days", 365)

findings contains finding if {
	some urn in lib.of_type("aws:cloudwatch/logGroup:LogGroup")
	days := lib.value(urn, ["retentionInDays"])

	# Nought, like nothing, means for ever.
	not days in {0, null}
	some finding in lib.at_least(urn, ["retentionInDays"], least, sprintf("the logs are gone in less than %d days", [least]))
}
