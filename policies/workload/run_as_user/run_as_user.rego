# METADATA
# title: "No container asks for user 0"
# description: >-
#   User 0 is root, whatever the image says.
# schemas:
#   - input: schema.input
# custom:
#   id: MLI-WORKLOAD-016
#   severity: high
#   family: workload
#   controls:
#     - "HIPAA 45 CFR 164.312(a)(1)"
#     - "GDPR Art. 32(1)(b)"
#     - "PSS restricted"
#   remediation: >-
#     Set runAsUser to anything but 0, or leave it out.
#   stack_key: "cluster.pod_security"
#   points: [synth, preview, live]
#   inputs: [stack, manifests]
#   subjects: [pods]
#   on_unknown: defer
package mlops.workload.run_as_user

import data.mlops.lib
import data.mlops.lib.kube

about := rego.metadata.chain()[1].annotations

findings contains lib.fail(found.urn, array.concat(found.path, ["runAsUser"]), "it runs as user 0, root") if {
	some found in kube.contexts
	found.context.runAsUser == 0
	not kube.has_user_namespace(found.pod)
}

findings contains lib.unknown(found.urn, array.concat(found.path, ["runAsUser"]), "the user is not known yet") if {
	some found in kube.contexts
	lib.is_unknown(object.get(found.context, "runAsUser", null))
}
