# METADATA
# title: "Namespaces enforce the restricted standard"
# description: >-
#   The API server refuses what the standard forbids, also from people and tools that do not pass these rules.
# schemas:
#   - input: schema.input
# custom:
#   id: MLI-WORKLOAD-026
#   severity: high
#   family: workload
#   controls:
#     - "HIPAA 45 CFR 164.312(a)(1)"
#     - "GDPR Art. 32(1)(b)"
#     - "PSS restricted"
#     - "CIS Kubernetes 5.2.1"
#     - "CIS EKS 4.2.1"
#   remediation: >-
#     Set `cluster.pod_security: restricted`.
#   stack_key: "cluster.pod_security"
#   points: [synth, preview, live]
#   inputs: [stack, manifests]
#   subjects: [Namespace]
#   on_unknown: defer
package mlops.workload.namespace_pod_security

import data.mlops.lib
import data.mlops.lib.kube

about := rego.metadata.chain()[1].annotations

findings contains object.union(finding, {"key": ["cluster", "pod_security"]}) if {
	some urn in kube.of_kind("Namespace")
	path := ["metadata", "labels", "pod-security.kubernetes.io/enforce"]
	some finding in lib.must_be(urn, path, {"restricted"}, "the namespace does not enforce the restricted standard")
}
