# METADATA
# title: "Keys, data and secrets are reached without the Internet"
# description: >-
#   Calls to KMS, S3, STS, Secrets Manager and the logs carry or unlock personal data; endpoints keep them inside of the
#   network.
# schemas:
#   - input: schema.input
# custom:
#   id: MLI-NETWORK-014
#   severity: medium
#   family: network
#   controls:
#     - "HIPAA 45 CFR 164.312(e)(1)"
#     - "GDPR Art. 32(1)(b)"
#   remediation: >-
#     List `s3`, `kms`, `sts`, `logs` and `secretsmanager` in `network.endpoints`.
#   stack_key: "network.endpoints"
#   points: [synth, preview, live]
#   inputs: [stack]
#   subjects: [stack, "aws:ec2/vpcEndpoint:VpcEndpoint"]
#   on_unknown: defer
package mlops.network.private_ways_to_services

import data.mlops.lib

about := rego.metadata.chain()[1].annotations

wanted := {"s3", "kms", "sts", "logs", "secretsmanager"}

findings contains finding if {
	some service in wanted
	not service in reached
	message := sprintf("there is no endpoint for %s: calls to it go through the Internet", [service])
	finding := lib.fail_config(["network", "endpoints"], message, sort(reached))
}

reached contains service if {
	some urn in lib.of_type("aws:ec2/vpcEndpoint:VpcEndpoint")
	name := lib.value(urn, ["serviceName"])
	is_string(name)
	some service in wanted
	endswith(name, concat("", [".", service]))
}
