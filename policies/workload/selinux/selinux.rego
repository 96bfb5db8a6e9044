# METADATA
# title: "SELinux labels are the container's own"
# description: >-
#   A label of another type, user or role takes the container out of what SELinux holds it in.
# schemas:
#   - input: schema.input
# custom:
#   id: MLI-WORKLOAD-007
#   severity: medium
#   family: workload
#   controls:
#     - "HIPAA 45 CFR 164.312(a)(1)"
#     - "GDPR Art. 32(1)(b)"
#     - "PSS baseline"
#   remediation: >-
#     Leave out seLinuxOptions.
#   stack_key: "cluster.pod_security"
#   points: [synth, preview, live]
#   inputs: [stack, manifests]
#   subjects: [pods]
#   on_unknown: defer
package mlops.workload.selinux

import data.mlops.lib
import data.mlops.lib.kube

about := rego.metadata.chain()[1].annotations

types := {"", null, "container_t", "container_init_t", "container_kvm_t", "container_engine_t"}

findings contains lib.fail(found.urn, array.concat(found.path, ["seLinuxOptions", "type"]), "the SELinux type is not one of a container") if {
	some found in kube.contexts
	not object.get(found.context, ["seLinuxOptions", "type"], "") in types
}

findings contains lib.fail(found.urn, array.concat(found.path, ["seLinuxOptions", part]), sprintf("the SELinux %s is set", [part])) if {
	some found in kube.contexts
	some part in ["user", "role"]
	not object.get(found.context, ["seLinuxOptions", part], "") in {"", null}
}
