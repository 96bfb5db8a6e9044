# METADATA
# title: "The container's /proc is masked"
# description: >-
#   The unmasked /proc shows and sets what belongs to the node's kernel.
# schemas:
#   - input: schema.input
# custom:
#   id: MLI-WORKLOAD-008
#   severity: medium
#   family: workload
#   controls:
#     - "HIPAA 45 CFR 164.312(a)(1)"
#     - "GDPR Art. 32(1)(b)"
#     - "PSS baseline"
#   remediation: >-
#     Leave out procMount.
#   stack_key: "cluster.pod_security"
#   points: [synth, preview, live]
#   inputs: [stack, manifests]
#   subjects: [pods]
#   on_unknown: defer
package mlops.workload.proc_mount

import data.mlops.lib
import data.mlops.lib.kube

about := rego.metadata.chain()[1].annotations

findings contains finding if {
	some found in kube.containers
	not kube.has_user_namespace(found.pod)
	path := array.concat(found.path, ["securityContext", "procMount"])
	some finding in lib.must_be(found.urn, path, {null, "Default"}, "the container sees the node's /proc")
}
