# METADATA
# title: "No security group lets the Internet in"
# description: >-
#   Nothing of the platform serves the Internet; a rule from 0.0.0.0/0 exposes databases and the API server to everybody.
# schemas:
#   - input: schema.input
# custom:
#   id: MLI-NETWORK-001
#   severity: critical
#   family: network
#   controls:
#     - "HIPAA 45 CFR 164.312(a)(1)"
#     - "GDPR Art. 32(1)(b)"
#     - "CIS AWS Foundations 5.2"
#     - "CIS AWS Foundations 5.3"
#   remediation: >-
#     Name a block of the VPC or a security group as the source.
#   stack_key: "network.cidr"
#   points: [synth, preview, live]
#   inputs: [stack, terraform]
#   subjects: ["aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", "aws:ec2/securityGroup:SecurityGroup", "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup"]
#   on_unknown: defer
package mlops.network.no_open_ingress

import data.mlops.lib

about := rego.metadata.chain()[1].annotations

everywhere := {"0.0.0.0/0", "::/0"}

findings contains lib.fail(urn, [property], "the rule lets in every address of the Internet") if {
	some urn in lib.of_type("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule")
	some property in ["cidrIpv4", "cidrIpv6"]
	lib.value(urn, [property]) in everywhere
}

findings contains lib.unknown(urn, [property], "whom the rule lets in is not known yet") if {
	some urn in lib.of_type("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule")
	some property in ["cidrIpv4", "cidrIpv6"]
	lib.is_unknown(lib.value(urn, [property]))
}

# Rules may also be written inside of a security group.
findings contains lib.fail(urn, ["ingress", index], "the rule lets in every address of the Internet") if {
	some type in ["aws:ec2/securityGroup:SecurityGroup", "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup"]
	some urn in lib.of_type(type)
	some index, rule in lib.list(urn, ["ingress"])
	some property in ["cidrBlocks", "ipv6CidrBlocks"]
	some block in lib.as_list(lib.get(rule, property, null))
	block in everywhere
}
