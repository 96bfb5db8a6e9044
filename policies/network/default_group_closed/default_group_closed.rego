# METADATA
# title: "The default security group lets nothing through"
# description: >-
#   What is started without a group gets the default one; it must not open anything by accident.
# schemas:
#   - input: schema.input
# custom:
#   id: MLI-NETWORK-005
#   severity: medium
#   family: network
#   controls:
#     - "HIPAA 45 CFR 164.312(a)(1)"
#     - "CIS AWS Foundations 5.4"
#   remediation: >-
#     Keep the default security group without rules.
#   stack_key: "network.cidr"
#   points: [synth, preview, live]
#   inputs: [stack, terraform]
#   subjects: ["aws:ec2/defaultSecurityGroup:DefaultSecurityGroup", "aws:ec2/vpc:Vpc"]
#   on_unknown: defer
package mlops.network.default_group_closed

import data.mlops.lib

about := rego.metadata.chain()[1].annotations

findings contains lib.fail(urn, [property], "the default security group has rules") if {
	some urn in lib.of_type("aws:ec2/defaultSecurityGroup:DefaultSecurityGroup")
	some property in ["ingress", "egress"]
	count(lib.list(urn, [property])) > 0
}

# Every VPC has a default group; one that nobody manages keeps AWS' own rules, which allow everything inside and out.
findings contains lib.fail(urn, ["cidrBlock"], "nobody closes the VPC's default security group") if {
	some urn in lib.of_type("aws:ec2/vpc:Vpc")
	count(lib.sources(urn, "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup", "vpcId")) == 0
}
