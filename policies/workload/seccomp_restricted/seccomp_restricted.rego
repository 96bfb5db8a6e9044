# METADATA
# title: "Every container says how its system calls are filtered"
# description: >-
#   Where nobody says it, the node's default holds, which is no filter.
# schemas:
#   - input: schema.input
# custom:
#   id: MLI-WORKLOAD-017
#   severity: medium
#   family: workload
#   controls:
#     - "HIPAA 45 CFR 164.312(a)(1)"
#     - "GDPR Art. 32(1)(b)"
#     - "PSS restricted"
#     - "CIS Kubernetes 5.7.2"
#   remediation: >-
#     Set seccompProfile RuntimeDefault for the pod.
#   stack_key: "cluster.pod_security"
#   points: [synth, preview, live]
#   inputs: [stack, manifests]
#   subjects: [pods]
#   on_unknown: defer
package mlops.workload.seccomp_restricted

import data.mlops.lib
import data.mlops.lib.kube

about := rego.metadata.chain()[1].annotations

findings contains lib.fail(found.urn, array.concat(found.path, ["securityContext", "seccompProfile"]), "nobody says how system calls are filtered") if {
	some found in kube.containers
	not kube.is_windows(found.pod)
	kube.inherited(found, "seccompProfile") == null
}

findings contains lib.unknown(found.urn, array.concat(found.path, ["securityContext", "seccompProfile"]), "how system calls are filtered is not known yet") if {
	some found in kube.containers
	lib.holds_unknown(kube.inherited(found, "seccompProfile"))
}
