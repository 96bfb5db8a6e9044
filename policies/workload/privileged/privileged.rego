# METADATA
# title: "Containers are not privileged"
# description: >-
#   A privileged container is root on its node, whatever else its pod says.
# schemas:
#   - input: schema.input
# custom:
#   id: MLI-WORKLOAD-002
#   severity: critical
#   family: workload
#   controls:
#     - "HIPAA 45 CFR 164.312(a)(1)"
#     - "GDPR Art. 32(1)(b)"
#     - "PSS baseline"
#     - "CIS Kubernetes 5.2.2"
#   remediation: >-
#     Leave out securityContext.privileged.
#   stack_key: "cluster.pod_security"
#   points: [synth, preview, live]
#   inputs: [stack, manifests]
#   subjects: [pods]
#   on_unknown: defer
package mlops.workload.privileged

import data.mlops.lib
import data.mlops.lib.kube

about := rego.metadata.chain()[1].annotations

findings contains finding if {
	some found in kube.containers
	path := array.concat(found.path, ["securityContext", "privileged"])
	some finding in lib.must_be(found.urn, path, {null, false}, "the container is privileged")
}
