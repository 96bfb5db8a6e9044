# METADATA
# title: "Every role has a permissions boundary"
# description: >-
#   The boundary is what no later policy can exceed, however it came to be attached.
# schemas:
#   - input: schema.input
# custom:
#   id: MLI-ACCESS-005
#   severity: high
#   family: access
#   controls:
#     - "HIPAA 45 CFR 164.312(a)(1)"
#     - "GDPR Art. 32(1)(b)"
#     - "GDPR Art. 25(2)"
#   remediation: >-
#     Keep the platform's boundary on every role.
#   stack_key: "access"
#   points: [synth, preview, live]
#   inputs: [stack, terraform]
#   subjects: ["aws:iam/role:Role"]
#   on_unknown: defer
package mlops.access.roles_bounded

import data.mlops.lib

about := rego.metadata.chain()[1].annotations

findings contains finding if {
	some urn in lib.of_type("aws:iam/role:Role")
	some finding in lib.must_be_set(urn, ["permissionsBoundary"], "the role has no permissions boundary")
}
