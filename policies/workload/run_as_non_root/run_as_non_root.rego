# METADATA
# title: "Containers do not run as root"
# description: >-
#   Root inside is one hole in the kernel away from root on the node.
# schemas:
#   - input: schema.input
# custom:
#   id: MLI-WORKLOAD-015
#   severity: high
#   family: workload
#   controls:
#     - "HIPAA 45 CFR 164.312(a)(1)"
#     - "GDPR Art. 32(1)(b)"
#     - "PSS restricted"
#     - "CIS Kubernetes 5.2.7"
#   remediation: >-
#     Set runAsNonRoot: true for the pod or for every container.
#   stack_key: "cluster.pod_security"
#   points: [synth, preview, live]
#   inputs: [stack, manifests]
#   subjects: [pods]
#   on_unknown: defer
package mlops.workload.run_as_non_root

import data.mlops.lib
import data.mlops.lib.kube

about := rego.metadata.chain()[1].annotations

findings contains lib.fail(found.urn, array.concat(found.path, ["securityContext", "runAsNonRoot"]), "the container may run as root") if {
	some found in kube.containers
	not kube.has_user_namespace(found.pod)
	kube.inherited(found, "runAsNonRoot") in {null, false}
}

findings contains lib.fail(pod.urn, array.concat(pod.path, ["securityContext", "runAsNonRoot"]), "the pod may run as root") if {
	some pod in kube.pods
	not kube.has_user_namespace(pod)
	pod.spec.securityContext.runAsNonRoot == false
}

findings contains lib.unknown(found.urn, array.concat(found.path, ["securityContext", "runAsNonRoot"]), "whether the container may run as root is not known yet") if {
	some found in kube.containers
	lib.is_unknown(kube.inherited(found, "runAsNonRoot"))
}
