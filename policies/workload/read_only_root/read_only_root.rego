# METADATA
# title: "Containers do not write into their image"
# description: >-
#   An attacker who cannot write cannot leave a tool behind; what must be written goes into a volume.
# schemas:
#   - input: schema.input
# custom:
#   id: MLI-WORKLOAD-024
#   severity: low
#   family: workload
#   controls:
#     - "HIPAA 45 CFR 164.312(a)(1)"
#     - "HIPAA 45 CFR 164.312(c)(1)"
#     - "GDPR Art. 32(1)(b)"
#   remediation: >-
#     Set readOnlyRootFilesystem: true and mount an emptyDir for what is written.
#   stack_key: "teams"
#   points: [synth, preview, live]
#   inputs: [stack, manifests]
#   subjects: [pods]
#   on_unknown: defer
package mlops.workload.read_only_root

import data.mlops.lib
import data.mlops.lib.kube

about := rego.metadata.chain()[1].annotations

findings contains finding if {
	some found in kube.containers
	not kube.is_windows(found.pod)
	path := array.concat(found.path, ["securityContext", "readOnlyRootFilesystem"])
	some finding in lib.must_be(found.urn, path, {true}, "the container may write into its image")
}
