# METADATA
# title: "Containers do not take ports of the node"
# description: >-
#   A port of the node is reached past the network policies of the pod's namespace.
# schemas:
#   - input: schema.input
# custom:
#   id: MLI-WORKLOAD-005
#   severity: medium
#   family: workload
#   controls:
#     - "HIPAA 45 CFR 164.312(a)(1)"
#     - "GDPR Art. 32(1)(b)"
#     - "PSS baseline"
#     - "CIS Kubernetes 5.2.13"
#   remediation: >-
#     Leave out hostPort; use a service.
#   stack_key: "cluster.pod_security"
#   points: [synth, preview, live]
#   inputs: [stack, manifests]
#   subjects: [pods]
#   on_unknown: defer
package mlops.workload.host_ports

import data.mlops.lib
import data.mlops.lib.kube

about := rego.metadata.chain()[1].annotations

findings contains finding if {
	some found in kube.containers
	some index, _ in lib.as_list(object.get(found.container, "ports", null))
	path := array.concat(found.path, ["ports", index, "hostPort"])
	some finding in lib.must_be(found.urn, path, {null, 0}, "the container takes a port of its node")
}
