# METADATA
# title: "The Kubernetes API is reached from the VPC only"
# description: >-
#   A public API endpoint can be attacked by everybody; a private one only from inside.
# schemas:
#   - input: schema.input
# custom:
#   id: MLI-NETWORK-004
#   severity: high
#   family: network
#   controls:
#     - "HIPAA 45 CFR 164.312(a)(1)"
#     - "GDPR Art. 32(1)(b)"
#     - "CIS EKS 5.4.2"
#   remediation: >-
#     Keep `endpointPublicAccess` off.
#   stack_key: "cluster"
#   points: [synth, preview, live]
#   inputs: [stack, terraform]
#   subjects: ["aws:eks/cluster:Cluster"]
#   on_unknown: defer
package mlops.network.cluster_endpoint_private

import data.mlops.lib

about := rego.metadata.chain()[1].annotations

findings contains finding if {
	some urn in lib.of_type("aws:eks/cluster:Cluster")
	some finding in lib.must_be(urn, ["vpcConfig", "endpointPublicAccess"], {false}, "the Kubernetes API has a public endpoint")
}
