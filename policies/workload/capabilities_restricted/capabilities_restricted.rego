# METADATA
# title: "Containers drop all capabilities"
# description: >-
#   What a container does not need it should not have; NET_BIND_SERVICE is the only one that may come back.
# schemas:
#   - input: schema.input
# custom:
#   id: MLI-WORKLOAD-018
#   severity: medium
#   family: workload
#   controls:
#     - "HIPAA 45 CFR 164.312(a)(1)"
#     - "GDPR Art. 32(1)(b)"
#     - "PSS restricted"
#     - "CIS Kubernetes 5.2.9"
#     - "CIS Kubernetes 5.2.10"
#   remediation: >-
#     Set capabilities.drop: [ALL].
#   stack_key: "cluster.pod_security"
#   points: [synth, preview, live]
#   inputs: [stack, manifests]
#   subjects: [pods]
#   on_unknown: defer
package mlops.workload.capabilities_restricted

import data.mlops.lib
import data.mlops.lib.kube

about := rego.metadata.chain()[1].annotations

findings contains lib.fail(found.urn, array.concat(found.path, ["securityContext", "capabilities", "drop"]), "the container does not drop ALL capabilities") if {
	some found in kube.containers
	not kube.is_windows(found.pod)
	dropped := lib.as_list(object.get(kube.context(found.container), ["capabilities", "drop"], null))
	not "ALL" in dropped
}

findings contains lib.fail(found.urn, path, sprintf("the container adds %v", [capability])) if {
	some found in kube.containers
	not kube.is_windows(found.pod)
	some index, capability in lib.as_list(object.get(kube.context(found.container), ["capabilities", "add"], null))
	capability != "NET_BIND_SERVICE"
	path := array.concat(found.path, ["securityContext", "capabilities", "add", index])
}
