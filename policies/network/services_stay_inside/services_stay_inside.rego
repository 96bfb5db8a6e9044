# METADATA
# title: "Services are reached from inside of the cluster only"
# description: >-
#   A load balancer or a node port publishes a pod past every network policy of the namespace it serves.
# schemas:
#   - input: schema.input
# custom:
#   id: MLI-NETWORK-011
#   severity: high
#   family: network
#   controls:
#     - "HIPAA 45 CFR 164.312(a)(1)"
#     - "GDPR Art. 32(1)(b)"
#   remediation: >-
#     Keep services of type ClusterIP; ways between namespaces are `teams.<team>.flows`.
#   stack_key: "teams.<team>.flows"
#   points: [synth, preview, live]
#   inputs: [stack, manifests]
#   subjects: [Service]
#   on_unknown: defer
package mlops.network.services_stay_inside

import data.mlops.lib
import data.mlops.lib.kube

about := rego.metadata.chain()[1].annotations

findings contains finding if {
	some urn in kube.of_kind("Service")
	some finding in lib.must_be(urn, ["spec", "type"], {null, "ClusterIP"}, "the service is published outside of the cluster")
}

findings contains lib.fail(urn, ["spec", "externalIPs"], "the service takes addresses from outside of the cluster") if {
	some urn in kube.of_kind("Service")
	count(lib.list(urn, ["spec", "externalIPs"])) > 0
}
