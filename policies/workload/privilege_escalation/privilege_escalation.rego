# METADATA
# title: "Processes gain no rights"
# description: >-
#   Without it a setuid program in the image makes root of whoever runs it.
# schemas:
#   - input: schema.input
# custom:
#   id: MLI-WORKLOAD-014
#   severity: high
#   family: workload
#   controls:
#     - "HIPAA 45 CFR 164.312(a)(1)"
#     - "GDPR Art. 32(1)(b)"
#     - "PSS restricted"
#     - "CIS Kubernetes 5.2.6"
#   remediation: >-
#     Set allowPrivilegeEscalation: false on every container.
#   stack_key: "cluster.pod_security"
#   points: [synth, preview, live]
#   inputs: [stack, manifests]
#   subjects: [pods]
#   on_unknown: defer
package mlops.workload.privilege_escalation

import data.mlops.lib
import data.mlops.lib.kube

about := rego.metadata.chain()[1].annotations

findings contains finding if {
	some found in kube.containers
	not kube.is_windows(found.pod)
	path := array.concat(found.path, ["securityContext", "allowPrivilegeEscalation"])
	some finding in lib.must_be(found.urn, path, {false}, "processes of the container may gain rights")
}
