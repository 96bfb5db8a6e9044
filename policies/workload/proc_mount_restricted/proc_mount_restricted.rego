# METADATA
# title: "The container's /proc is masked in user namespaces too"
# description: >-
#   Baseline spares pods with a user namespace of their own; the restricted standard does not (since Kubernetes 1.35).
# schemas:
#   - input: schema.input
# custom:
#   id: MLI-WORKLOAD-027
#   severity: low
#   family: workload
#   controls:
#     - "HIPAA 45 CFR 164.312(a)(1)"
#     - "GDPR Art. 32(1)(b)"
#     - "PSS restricted"
#   remediation: >-
#     Leave out procMount.
#   stack_key: "cluster.pod_security"
#   points: [synth, preview, live]
#   inputs: [stack, manifests]
#   subjects: [pods]
#   on_unknown: defer
package mlops.workload.proc_mount_restricted

import data.mlops.lib
import data.mlops.lib.kube

about := rego.metadata.chain()[1].annotations

findings contains finding if {
	some found in kube.containers
	kube.has_user_namespace(found.pod)
	path := array.concat(found.path, ["securityContext", "procMount"])
	some finding in lib.must_be(found.urn, path, {null, "Default"}, "the container sees an unmasked /proc")
}
