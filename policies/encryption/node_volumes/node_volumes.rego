# METADATA
# title: "Node volumes are encrypted"
# description: >-
#   Images, scratch data and what pods keep in emptyDir lie on the nodes' root volumes.
# schemas:
#   - input: schema.input
# custom:
#   id: MLI-ENCRYPTION-010
#   severity: high
#   family: encryption
#   controls:
#     - "HIPAA 45 CFR 164.312(a)(2)(iv)"
#     - "GDPR Art. 32(1)(a)"
#   remediation: >-
#     Keep `encrypted` in the launch template of every node pool.
#   stack_key: "cluster.node_pools"
#   points: [synth, preview, live]
#   inputs: [stack, terraform]
#   subjects: ["aws:ec2/launchTemplate:LaunchTemplate"]
#   on_unknown: defer
package mlops.encryption.node_volumes

import data.mlops.lib

about := rego.metadata.chain()[1].annotations

findings contains finding if {
	some urn in lib.of_type("aws:ec2/launchTemplate:LaunchTemplate")
	some index, _ in lib.list(urn, ["blockDeviceMappings"])
	some finding in lib.must_be(urn, ["blockDeviceMappings", index, "ebs", "encrypted"], lib.truthy, "the nodes' volume is not encrypted")
}

findings contains finding if {
	some urn in lib.of_type("aws:ec2/launchTemplate:LaunchTemplate")
	some finding in lib.must_be_set(urn, ["blockDeviceMappings"], "the launch template does not ask for encrypted volumes")
}
