# METADATA
# title: "Nothing runs or is bound as the default service account"
# description: >-
#   Every pod that names no account gets the default one, so whatever it may do, all may do.
# schemas:
#   - input: schema.input
# custom:
#   id: MLI-ACCESS-015
#   severity: medium
#   family: access
#   controls:
#     - "HIPAA 45 CFR 164.312(a)(1)"
#     - "HIPAA 45 CFR 164.312(a)(2)(i)"
#     - "GDPR Art. 32(1)(b)"
#     - "CIS Kubernetes 5.1.5"
#     - "CIS EKS 4.1.5"
#   remediation: >-
#     Name a service account of its own for every workload.
#   stack_key: "teams"
#   points: [synth, preview, live]
#   inputs: [stack, manifests]
#   subjects: [pods, RoleBinding, ClusterRoleBinding, ServiceAccount]
#   on_unknown: defer
package mlops.access.no_default_account

import data.mlops.lib
import data.mlops.lib.kube

about := rego.metadata.chain()[1].annotations

findings contains lib.fail(pod.urn, array.concat(pod.path, ["serviceAccountName"]), "the pod runs as the default service account") if {
	some pod in kube.pods
	object.get(pod.spec, "serviceAccountName", "default") in {"default", ""}
}

findings contains lib.fail(binding.urn, ["subjects", index], "the default service account is given a role") if {
	some binding in kube.bindings
	some index, subject in binding.subjects
	subject.kind == "ServiceAccount"
	subject.name == "default"
}
