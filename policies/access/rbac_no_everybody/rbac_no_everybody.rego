# METADATA
# title: "Nothing is bound to everybody"
# description: >-
#   Groups such as system:authenticated include every pod and every user that ever gets a token.
# schemas:
#   - input: schema.input
# custom:
#   id: MLI-ACCESS-014
#   severity: critical
#   family: access
#   controls:
#     - "HIPAA 45 CFR 164.312(a)(1)"
#     - "HIPAA 45 CFR 164.312(d)"
#     - "GDPR Art. 32(1)(b)"
#     - "CIS EKS 3.2.1"
#   remediation: >-
#     Bind groups of the identity provider.
#   stack_key: "access"
#   points: [synth, preview, live]
#   inputs: [stack, manifests]
#   subjects: [RoleBinding, ClusterRoleBinding]
#   on_unknown: defer
package mlops.access.rbac_no_everybody

import data.mlops.lib
import data.mlops.lib.kube

about := rego.metadata.chain()[1].annotations

everybody := {
	"system:anonymous", "system:unauthenticated", "system:authenticated", "system:serviceaccounts",
}

findings contains lib.fail(binding.urn, ["subjects", index], sprintf("the binding names %s", [subject.name])) if {
	some binding in kube.bindings
	some index, subject in binding.subjects
	subject.name in everybody
}
