# METADATA
# title: "Network policies let no pod out to everywhere"
# description: >-
#   A way out to every address is a way for data to leave; flows name what is at their other end.
# schemas:
#   - input: schema.input
# custom:
#   id: MLI-NETWORK-010
#   severity: high
#   family: network
#   controls:
#     - "HIPAA 45 CFR 164.312(e)(1)"
#     - "GDPR Art. 32(1)(b)"
#     - "GDPR Art. 44"
#   remediation: >-
#     Narrow `teams.<team>.flows.<n>.to` to a namespace and app or to a block of at least /16.
#   stack_key: "teams.<team>.flows"
#   points: [synth, preview, live]
#   inputs: [stack, manifests]
#   subjects: [NetworkPolicy]
#   on_unknown: defer
package mlops.network.no_open_egress

import data.mlops.lib
import data.mlops.lib.kube

about := rego.metadata.chain()[1].annotations

narrowest := 16

findings contains lib.fail(urn, path, sprintf("pods may reach all of %s", [cidr])) if {
	some urn in kube.of_kind("NetworkPolicy")
	some place, egress in lib.list(urn, ["spec", "egress"])
	some index, peer in lib.as_list(lib.get(egress, "to", null))
	cidr := peer.ipBlock.cidr
	is_string(cidr)
	net.cidr_is_valid(cidr)
	to_number(split(cidr, "/")[1]) < narrowest
	path := ["spec", "egress", place, "to", index, "ipBlock", "cidr"]
}

# A rule without peers means every peer.
findings contains lib.fail(urn, ["spec", "egress", place], "pods may reach every address") if {
	some urn in kube.of_kind("NetworkPolicy")
	some place, egress in lib.list(urn, ["spec", "egress"])
	count(lib.as_list(lib.get(egress, "to", null))) == 0
}

findings contains lib.unknown(urn, ["spec", "egress"], "what pods may reach is not known yet") if {
	some urn in kube.of_kind("NetworkPolicy")
	lib.holds_unknown(lib.value(urn, ["spec", "egress"]))
}
