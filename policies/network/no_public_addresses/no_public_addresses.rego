# METADATA
# title: "Subnets hand out no public addresses"
# description: >-
#   A machine that starts with a public address is reachable from outside before anybody looked at its security group.
# schemas:
#   - input: schema.input
# custom:
#   id: MLI-NETWORK-002
#   severity: high
#   family: network
#   controls:
#     - "HIPAA 45 CFR 164.312(a)(1)"
#     - "GDPR Art. 32(1)(b)"
#   remediation: >-
#     Keep `mapPublicIpOnLaunch` off.
#   stack_key: "network.public_cidrs"
#   points: [synth, preview, live]
#   inputs: [stack, terraform]
#   subjects: ["aws:ec2/subnet:Subnet"]
#   on_unknown: defer
package mlops.network.no_public_addresses

import data.mlops.lib

about := rego.metadata.chain()[1].annotations

findings contains finding if {
	some urn in lib.of_type("aws:ec2/subnet:Subnet")
	some finding in lib.must_be(urn, ["mapPublicIpOnLaunch"], {false, null}, "machines in this subnet get public addresses")
}
