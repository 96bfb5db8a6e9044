# METADATA
# title: "Kubernetes roles name what they allow"
# description: >-
#   `*` includes secrets, and every resource that an operator brings along tomorrow.
# schemas:
#   - input: schema.input
# custom:
#   id: MLI-ACCESS-009
#   severity: high
#   family: access
#   controls:
#     - "HIPAA 45 CFR 164.308(a)(4)(ii)(B)"
#     - "GDPR Art. 32(1)(b)"
#     - "CIS Kubernetes 5.1.3"
#     - "CIS EKS 4.1.3"
#   remediation: >-
#     List groups, resources and verbs.
#   stack_key: "access"
#   points: [synth, preview, live]
#   inputs: [stack, manifests]
#   subjects: [Role, ClusterRole]
#   on_unknown: defer
package mlops.access.rbac_no_wildcards

import data.mlops.lib
import data.mlops.lib.kube

about := rego.metadata.chain()[1].annotations

findings contains lib.fail(found.urn, array.concat(found.path, [part]), sprintf("the role allows all %s", [words[part]])) if {
	some found in kube.role_rules
	some part in ["apiGroups", "resources", "verbs"]
	"*" in lib.as_list(lib.get(found.rule, part, null))
}

words := {"apiGroups": "groups", "resources": "resources", "verbs": "verbs"}
