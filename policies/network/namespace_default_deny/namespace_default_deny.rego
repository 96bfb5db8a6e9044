# METADATA
# title: "Namespaces deny traffic by default"
# description: >-
#   Without a policy that selects every pod, Kubernetes lets all pods talk to each other and to the Internet.
# schemas:
#   - input: schema.input
# custom:
#   id: MLI-NETWORK-009
#   severity: high
#   family: network
#   controls:
#     - "HIPAA 45 CFR 164.312(a)(1)"
#     - "GDPR Art. 32(1)(b)"
#     - "CIS Kubernetes 5.3.2"
#     - "CIS EKS 4.3.2"
#   remediation: >-
#     Keep the policy `default-deny`; open single ways with `teams.<team>.flows`.
#   stack_key: "teams.<team>.flows"
#   points: [synth, preview, live]
#   inputs: [stack, manifests]
#   subjects: [Namespace]
#   on_unknown: defer
package mlops.network.namespace_default_deny

import data.mlops.lib
import data.mlops.lib.kube

about := rego.metadata.chain()[1].annotations

findings contains lib.fail(urn, ["metadata", "name"], sprintf("no network policy denies %s by default", [lower(direction)])) if {
	some urn in kube.of_kind("Namespace")
	some direction in ["Ingress", "Egress"]
	not [kube.named(urn), direction] in denied
}

# Directions that a policy closes for every pod of a namespace.
denied contains [kube.namespace(urn), direction] if {
	some urn in kube.of_kind("NetworkPolicy")
	lib.value(urn, ["spec", "podSelector"]) in [{}, null]
	some direction in lib.list(urn, ["spec", "policyTypes"])
	is_string(direction)
	count(lib.list(urn, ["spec", lower(direction)])) == 0
}
