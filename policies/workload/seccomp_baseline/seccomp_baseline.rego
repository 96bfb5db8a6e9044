# METADATA
# title: "System calls are filtered"
# description: >-
#   Unconfined lets a container make every system call of the kernel, rare and badly tested ones included.
# schemas:
#   - input: schema.input
# custom:
#   id: MLI-WORKLOAD-009
#   severity: high
#   family: workload
#   controls:
#     - "HIPAA 45 CFR 164.312(a)(1)"
#     - "GDPR Art. 32(1)(b)"
#     - "PSS baseline"
#     - "CIS Kubernetes 5.7.2"
#   remediation: >-
#     Use RuntimeDefault or Localhost.
#   stack_key: "cluster.pod_security"
#   points: [synth, preview, live]
#   inputs: [stack, manifests]
#   subjects: [pods]
#   on_unknown: defer
package mlops.workload.seccomp_baseline

import data.mlops.lib
import data.mlops.lib.kube

about := rego.metadata.chain()[1].annotations

findings contains lib.fail(found.urn, array.concat(found.path, ["seccompProfile", "type"]), "system calls are not filtered") if {
	some found in kube.contexts
	profile := object.get(found.context, "seccompProfile", null)
	profile != null
	not lib.get(profile, "type", "") in {"RuntimeDefault", "Localhost"}
}
