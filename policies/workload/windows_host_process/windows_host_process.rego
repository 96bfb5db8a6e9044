# METADATA
# title: "No pod runs as a process of a Windows node"
# description: >-
#   A HostProcess container is a process of the node, with all of its rights.
# schemas:
#   - input: schema.input
# custom:
#   id: MLI-WORKLOAD-011
#   severity: critical
#   family: workload
#   controls:
#     - "HIPAA 45 CFR 164.312(a)(1)"
#     - "GDPR Art. 32(1)(b)"
#     - "PSS baseline"
#   remediation: >-
#     Leave out windowsOptions.hostProcess.
#   stack_key: "cluster.pod_security"
#   points: [synth, preview, live]
#   inputs: [stack, manifests]
#   subjects: [pods]
#   on_unknown: defer
package mlops.workload.windows_host_process

import data.mlops.lib
import data.mlops.lib.kube

about := rego.metadata.chain()[1].annotations

findings contains finding if {
	some found in kube.contexts
	path := array.concat(found.path, ["windowsOptions", "hostProcess"])
	some finding in lib.must_be(found.urn, path, {null, false}, "the container is a process of its node")
}
