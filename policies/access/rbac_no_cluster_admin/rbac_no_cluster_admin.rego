# METADATA
# title: "Nobody is bound to cluster-admin"
# description: >-
#   cluster-admin and system:masters pass every check of RBAC, and the second one cannot even be taken away.
# schemas:
#   - input: schema.input
# custom:
#   id: MLI-ACCESS-013
#   severity: critical
#   family: access
#   controls:
#     - "HIPAA 45 CFR 164.312(a)(1)"
#     - "HIPAA 45 CFR 164.308(a)(4)(ii)(B)"
#     - "GDPR Art. 32(1)(b)"
#     - "CIS Kubernetes 5.1.1"
#     - "CIS EKS 4.1.1"
#   remediation: >-
#     Bind the roles that the platform makes.
#   stack_key: "access"
#   points: [synth, preview, live]
#   inputs: [stack, manifests, terraform]
#   subjects: ["aws:eks/accessEntry:AccessEntry", RoleBinding, ClusterRoleBinding]
#   on_unknown: defer
package mlops.access.rbac_no_cluster_admin

import data.mlops.lib
import data.mlops.lib.kube

about := rego.metadata.chain()[1].annotations

findings contains lib.fail(binding.urn, ["roleRef", "name"], "the binding gives cluster-admin") if {
	some binding in kube.bindings
	binding.role == "cluster-admin"
}

findings contains lib.fail(binding.urn, ["subjects", index], "the binding names system:masters") if {
	some binding in kube.bindings
	some index, subject in binding.subjects
	subject.name == "system:masters"
}

findings contains lib.fail(entry, ["kubernetesGroups"], "the access entry joins system:masters") if {
	some entry in lib.of_type("aws:eks/accessEntry:AccessEntry")
	"system:masters" in lib.list(entry, ["kubernetesGroups"])
}
