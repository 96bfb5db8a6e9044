# METADATA
# title: "Containers add no dangerous capability"
# description: >-
#   Capabilities such as SYS_ADMIN or NET_ADMIN are most of what root can do.
# schemas:
#   - input: schema.input
# custom:
#   id: MLI-WORKLOAD-003
#   severity: high
#   family: workload
#   controls:
#     - "HIPAA 45 CFR 164.312(a)(1)"
#     - "GDPR Art. 32(1)(b)"
#     - "PSS baseline"
#     - "CIS Kubernetes 5.2.8"
#   remediation: >-
#     Take the capability out of securityContext.capabilities.add.
#   stack_key: "cluster.pod_security"
#   points: [synth, preview, live]
#   inputs: [stack, manifests]
#   subjects: [pods]
#   on_unknown: defer
package mlops.workload.capabilities_baseline

import data.mlops.lib
import data.mlops.lib.kube

about := rego.metadata.chain()[1].annotations

# The ones that a container has anyway (Pod Security Standards, baseline).
harmless := {
	"AUDIT_WRITE", "CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "MKNOD", "NET_BIND_SERVICE", "SETFCAP", "SETGID",
	"SETPCAP", "SETUID", "SYS_CHROOT",
}

findings contains lib.fail(found.urn, path, sprintf("the container adds %v", [capability])) if {
	some found in kube.containers
	some index, capability in lib.as_list(object.get(kube.context(found.container), ["capabilities", "add"], null))
	not capability in harmless
	path := array.concat(found.path, ["securityContext", "capabilities", "add", index])
}
