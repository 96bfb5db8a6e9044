# METADATA
# title: "Storage classes make encrypted volumes"
# description: >-
#   Notebooks keep extracts of datasets on their volumes.
# schemas:
#   - input: schema.input
# custom:
#   id: MLI-ENCRYPTION-014
#   severity: high
#   family: encryption
#   controls:
#     - "HIPAA 45 CFR 164.312(a)(2)(iv)"
#     - "GDPR Art. 32(1)(a)"
#   remediation: >-
#     Keep the parameter `encrypted` of every storage class of the EBS driver.
#   stack_key: "cluster"
#   points: [synth, preview, live]
#   inputs: [stack, manifests]
#   subjects: [StorageClass]
#   on_unknown: defer
package mlops.encryption.volume_class

import data.mlops.lib
import data.mlops.lib.kube

about := rego.metadata.chain()[1].annotations

findings contains finding if {
	some urn in kube.of_kind("StorageClass")
	lib.value(urn, ["provisioner"]) == "ebs.csi.aws.com"
	some finding in lib.must_be(urn, ["parameters", "encrypted"], lib.truthy, "the storage class makes volumes that are not encrypted")
}
