# METADATA
# title: "Pods do not mount the node's files"
# description: >-
#   The node's file system holds other pods' data and the kubelet's credentials.
# schemas:
#   - input: schema.input
# custom:
#   id: MLI-WORKLOAD-004
#   severity: critical
#   family: workload
#   controls:
#     - "HIPAA 45 CFR 164.312(a)(1)"
#     - "GDPR Art. 32(1)(b)"
#     - "PSS baseline"
#   remediation: >-
#     Use a volume claim or an emptyDir.
#   stack_key: "cluster.pod_security"
#   points: [synth, preview, live]
#   inputs: [stack, manifests]
#   subjects: [pods]
#   on_unknown: defer
package mlops.workload.host_path

import data.mlops.lib
import data.mlops.lib.kube

about := rego.metadata.chain()[1].annotations

findings contains lib.fail(pod.urn, array.concat(pod.path, ["volumes", index, "hostPath"]), "the pod mounts a path of its node") if {
	some pod in kube.pods
	some index, volume in lib.as_list(object.get(pod.spec, "volumes", null))
	lib.get(volume, "hostPath", null) != null
}
