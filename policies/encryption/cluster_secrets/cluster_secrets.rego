# METADATA
# title: "Kubernetes secrets are encrypted with a KMS key"
# description: >-
#   Secrets lie in the control plane's store; envelope encryption keeps them unreadable to whoever gets at a copy of it.
# schemas:
#   - input: schema.input
# custom:
#   id: MLI-ENCRYPTION-009
#   severity: high
#   family: encryption
#   controls:
#     - "HIPAA 45 CFR 164.312(a)(2)(iv)"
#     - "GDPR Art. 32(1)(a)"
#     - "CIS EKS 5.3.1"
#   remediation: >-
#     Keep the cluster's `encryptionConfig` with resource `secrets`.
#   stack_key: "cluster"
#   points: [synth, preview, live]
#   inputs: [stack, terraform]
#   subjects: ["aws:eks/cluster:Cluster"]
#   on_unknown: defer
package mlops.encryption.cluster_secrets

import data.mlops.lib

about := rego.metadata.chain()[1].annotations

message := "the cluster does not encrypt secrets with a KMS key"

findings contains lib.unknown(urn, ["encryptionConfig", "resources"], message) if {
	some urn in lib.of_type("aws:eks/cluster:Cluster")
	lib.is_unknown(lib.value(urn, ["encryptionConfig", "resources"]))
}

findings contains lib.fail(urn, ["encryptionConfig", "resources"], message) if {
	some urn in lib.of_type("aws:eks/cluster:Cluster")
	resources := lib.value(urn, ["encryptionConfig", "resources"])
	not lib.is_unknown(resources)
	not "secrets" in lib.as_list(resources)
}

findings contains finding if {
	some urn in lib.of_type("aws:eks/cluster:Cluster")
	some finding in lib.must_be_set(urn, ["encryptionConfig", "provider", "keyArn"], message)
}
