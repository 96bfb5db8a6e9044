# METADATA
# title: "Pods do not share the node's namespaces"
# description: >-
#   In the node's network, process or IPC namespace a pod sees and reaches what belongs to the node and to other pods.
# schemas:
#   - input: schema.input
# custom:
#   id: MLI-WORKLOAD-001
#   severity: critical
#   family: workload
#   controls:
#     - "HIPAA 45 CFR 164.312(a)(1)"
#     - "GDPR Art. 32(1)(b)"
#     - "PSS baseline"
#     - "CIS Kubernetes 5.2.3"
#   remediation: >-
#     Leave out hostNetwork, hostPID and hostIPC.
#   stack_key: "cluster.pod_security"
#   points: [synth, preview, live]
#   inputs: [stack, manifests]
#   subjects: [pods]
#   on_unknown: defer
package mlops.workload.host_namespaces

import data.mlops.lib
import data.mlops.lib.kube

about := rego.metadata.chain()[1].annotations

findings contains finding if {
	some pod in kube.pods
	some property in ["hostNetwork", "hostPID", "hostIPC"]
	message := sprintf("the pod shares the node's namespace: %s", [property])
	some finding in lib.must_be(pod.urn, array.concat(pod.path, [property]), {null, false}, message)
}
