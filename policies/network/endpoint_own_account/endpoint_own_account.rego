# METADATA
# title: "VPC endpoints serve the own account only"
# description: >-
#   Through an endpoint that serves every account, a pod could copy data into a stranger's bucket without leaving the
#   network.
# schemas:
#   - input: schema.input
# custom:
#   id: MLI-NETWORK-013
#   severity: high
#   family: network
#   controls:
#     - "HIPAA 45 CFR 164.312(e)(1)"
#     - "GDPR Art. 32(1)(b)"
#     - "GDPR Art. 44"
#   remediation: >-
#     Keep the endpoint policy bound to aws:PrincipalAccount or aws:ResourceAccount.
#   stack_key: "network.endpoints"
#   points: [synth, preview, live]
#   inputs: [stack, terraform]
#   subjects: ["aws:ec2/vpcEndpoint:VpcEndpoint"]
#   on_unknown: defer
package mlops.network.endpoint_own_account

import data.mlops.lib
import data.mlops.lib.iam

about := rego.metadata.chain()[1].annotations

message := "the endpoint serves accounts other than this one"

findings contains lib.fail(urn, ["policy"], message) if {
	some urn in lib.of_type("aws:ec2/vpcEndpoint:VpcEndpoint")
	lib.value(urn, ["policy"]) == null
}

findings contains lib.unknown(urn, ["policy"], message) if {
	some urn in lib.of_type("aws:ec2/vpcEndpoint:VpcEndpoint")
	lib.value(urn, ["policy"]) != null
	not iam.document(urn, "policy")
}

findings contains lib.fail(urn, ["policy", "Statement", statement.index], message) if {
	some urn in lib.of_type("aws:ec2/vpcEndpoint:VpcEndpoint")
	some statement in iam.statements(iam.document(urn, "policy"))
	statement.effect == "Allow"
	some principal in statement.principals
	principal.name == "*"
	count(iam.condition_keys(statement) & bound) == 0
	not reads_named_buckets(statement)
}

bound := {"aws:principalaccount", "aws:resourceaccount", "aws:principalorgid", "aws:resourceorgid"}

# Reading from named buckets of AWS itself (image layers lie in them) takes nothing out.
reads_named_buckets(statement) if {
	statement.actions == {"s3:getobject"}
	not iam.everywhere(statement)
}
