# METADATA
# title: "Probes and hooks ask their own pod only"
# description: >-
#   With a host of its own a probe makes the kubelet send requests to wherever the pod's author likes.
# schemas:
#   - input: schema.input
# custom:
#   id: MLI-WORKLOAD-012
#   severity: medium
#   family: workload
#   controls:
#     - "HIPAA 45 CFR 164.312(a)(1)"
#     - "GDPR Art. 32(1)(b)"
#     - "PSS baseline"
#   remediation: >-
#     Leave out `host` in probes and lifecycle hooks.
#   stack_key: "cluster.pod_security"
#   points: [synth, preview, live]
#   inputs: [stack, manifests]
#   subjects: [pods]
#   on_unknown: defer
package mlops.workload.probe_hosts

import data.mlops.lib
import data.mlops.lib.kube

about := rego.metadata.chain()[1].annotations

handlers := [
	["livenessProbe"], ["readinessProbe"], ["startupProbe"], ["lifecycle", "postStart"], ["lifecycle", "preStop"],
]

findings contains finding if {
	some found in kube.containers
	some handler in handlers
	object.get(found.container, handler[0], null) != null
	some action in ["httpGet", "tcpSocket"]
	path := array.concat(found.path, array.concat(handler, [action, "host"]))
	some finding in lib.must_be(found.urn, path, {null, ""}, "the kubelet is made to ask another host")
}
