# METADATA
# title: "Who reads personal data has no way to the Internet"
# description: >-
#   A namespace whose pods can read personal data and reach a public address is one command away from a breach.
# schemas:
#   - input: schema.input
# custom:
#   id: MLI-PII-009
#   severity: critical
#   family: pii
#   controls:
#     - "HIPAA 45 CFR 164.312(e)(1)"
#     - "HIPAA 45 CFR 164.308(a)(4)(ii)(B)"
#     - "GDPR Art. 44"
#     - "GDPR Art. 32(1)(b)"
#   remediation: >-
#     Take the public block out of `teams.<team>.flows`, or the grant out of `teams.<team>.grants`.
#   stack_key: "teams.<team>.flows"
#   points: [synth, preview, live]
#   inputs: [stack]
#   subjects: [NetworkPolicy, "aws:eks/podIdentityAssociation:PodIdentityAssociation", "aws:iam/role:Role", "aws:iam/policy:Policy", "aws:iam/rolePolicy:RolePolicy", "aws:s3/bucket:Bucket"]
#   on_unknown: defer
package mlops.pii.no_way_out

import data.mlops.lib
import data.mlops.lib.flow
import data.mlops.lib.kube

about := rego.metadata.chain()[1].annotations

findings contains lib.fail_along(urn, path, message, array.concat([urn], trail)) if {
	some urn in kube.of_kind("NetworkPolicy")
	some place, egress in lib.list(urn, ["spec", "egress"])
	some index, peer in lib.as_list(lib.get(egress, "to", null))
	cidr := peer.ipBlock.cidr
	is_string(cidr)
	net.cidr_is_valid(cidr)
	public(cidr)
	namespace := kube.namespace(urn)
	trail := flow.personal_reach[namespace]
	path := ["spec", "egress", place, "to", index, "ipBlock", "cidr"]
	message := sprintf("pods of %s reach %s, and personal data", [namespace, cidr])
}

# Addresses that are nobody's on the Internet: RFC 1918, RFC 6598, RFC 3927.
private := ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "169.254.0.0/16"]

public(cidr) if {
	every block in private {
		not net.cidr_contains(block, cidr)
	}
}
