# METADATA
# title: "Pods cannot fetch their node's credentials"
# description: >-
#   The instance metadata service hands out the node's role; tokens and a hop limit of one keep pods away from it.
# schemas:
#   - input: schema.input
# custom:
#   id: MLI-NETWORK-012
#   severity: high
#   family: network
#   controls:
#     - "HIPAA 45 CFR 164.312(a)(1)"
#     - "GDPR Art. 32(1)(b)"
#     - "CIS AWS Foundations 5.6"
#   remediation: >-
#     Keep `httpTokens: required` and a hop limit of 1 in the launch template.
#   stack_key: "cluster.node_pools"
#   points: [synth, preview, live]
#   inputs: [stack, terraform]
#   subjects: ["aws:ec2/launchTemplate:LaunchTemplate"]
#   on_unknown: defer
package mlops.network.instance_metadata

import data.mlops.lib

about := rego.metadata.chain()[1].annotations

findings contains finding if {
	some urn in lib.of_type("aws:ec2/launchTemplate:LaunchTemplate")
	some finding in lib.must_be(urn, ["metadataOptions", "httpTokens"], {"required"}, "the metadata service answers without a token")
}

findings contains finding if {
	some urn in lib.of_type("aws:ec2/launchTemplate:LaunchTemplate")
	some finding in lib.at_most(urn, ["metadataOptions", "httpPutResponseHopLimit"], 1, "pods can reach the node's metadata service")
}
