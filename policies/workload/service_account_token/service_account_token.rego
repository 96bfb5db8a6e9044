# METADATA
# title: "Pods that do not talk to Kubernetes have no token for it"
# description: >-
#   A token that nobody needs is one that an attacker finds.
# schemas:
#   - input: schema.input
# custom:
#   id: MLI-WORKLOAD-023
#   severity: medium
#   family: workload
#   controls:
#     - "HIPAA 45 CFR 164.312(a)(1)"
#     - "HIPAA 45 CFR 164.502(b)"
#     - "GDPR Art. 25(2)"
#     - "CIS Kubernetes 5.1.6"
#     - "CIS EKS 4.1.6"
#   remediation: >-
#     Keep automountServiceAccountToken: false.
#   stack_key: "teams"
#   points: [synth, preview, live]
#   inputs: [stack, manifests]
#   subjects: [pods, ServiceAccount]
#   on_unknown: defer
package mlops.workload.service_account_token

import data.mlops.lib
import data.mlops.lib.kube

about := rego.metadata.chain()[1].annotations

findings contains lib.fail(pod.urn, array.concat(pod.path, ["automountServiceAccountToken"]), "the pod gets a token that its service account has no use for") if {
	some pod in kube.pods
	mounted(pod)
	not [pod.namespace, object.get(pod.spec, "serviceAccountName", "default")] in bound
}

# The pod's word counts before its account's; where neither says, a token is mounted.
mounted(pod) if object.get(pod.spec, "automountServiceAccountToken", null) == true

mounted(pod) if {
	object.get(pod.spec, "automountServiceAccountToken", null) == null
	not [pod.namespace, object.get(pod.spec, "serviceAccountName", "default")] in without
}

without contains [kube.namespace(urn), kube.named(urn)] if {
	some urn in kube.of_kind("ServiceAccount")
	lib.value(urn, ["automountServiceAccountToken"]) == false
}

# Accounts that some binding gives a role: they talk to Kubernetes.
bound contains [lib.get(subject, "namespace", kube.namespace(binding.urn)), subject.name] if {
	some binding in kube.bindings
	some subject in binding.subjects
	subject.kind == "ServiceAccount"
}
