# METADATA
# title: "No Kubernetes role leads to others"
# description: >-
#   escalate, bind and impersonate let their holder become anybody, administrators included.
# schemas:
#   - input: schema.input
# custom:
#   id: MLI-ACCESS-011
#   severity: critical
#   family: access
#   controls:
#     - "HIPAA 45 CFR 164.312(a)(1)"
#     - "HIPAA 45 CFR 164.308(a)(4)(ii)(B)"
#     - "GDPR Art. 32(1)(b)"
#     - "CIS Kubernetes 5.1.8"
#     - "CIS EKS 4.1.8"
#   remediation: >-
#     Leave the verbs out of every role.
#   stack_key: "access"
#   points: [synth, preview, live]
#   inputs: [stack, manifests]
#   subjects: [Role, ClusterRole]
#   on_unknown: defer
package mlops.access.rbac_no_escalation

import data.mlops.lib
import data.mlops.lib.kube

about := rego.metadata.chain()[1].annotations

findings contains lib.fail(found.urn, array.concat(found.path, ["verbs"]), sprintf("the role allows %s", [verb])) if {
	some found in kube.role_rules
	some verb in lib.as_list(lib.get(found.rule, "verbs", null))
	verb in {"escalate", "bind", "impersonate"}
}
