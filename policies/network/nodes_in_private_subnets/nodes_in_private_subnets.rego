# METADATA
# title: "Nodes and databases lie in private subnets"
# description: >-
#   A subnet whose table has a route to the Internet gateway is reachable from outside; only NAT gateways belong there.
# schemas:
#   - input: schema.input
# custom:
#   id: MLI-NETWORK-015
#   severity: high
#   family: network
#   controls:
#     - "HIPAA 45 CFR 164.312(a)(1)"
#     - "GDPR Art. 32(1)(b)"
#   remediation: >-
#     Keep nodes and databases in the subnets of `network.private_cidrs`.
#   stack_key: "network.private_cidrs"
#   points: [synth, preview, live]
#   inputs: [stack, terraform]
#   subjects: ["aws:eks/nodeGroup:NodeGroup", "aws:rds/subnetGroup:SubnetGroup", "aws:eks/cluster:Cluster", "aws:ec2/subnet:Subnet", "aws:ec2/route:Route", "aws:ec2/internetGateway:InternetGateway", "aws:ec2/routeTable:RouteTable", "aws:ec2/routeTableAssociation:RouteTableAssociation"]
#   on_unknown: defer
package mlops.network.nodes_in_private_subnets

import data.mlops.lib

about := rego.metadata.chain()[1].annotations

placed := {
	"aws:eks/nodeGroup:NodeGroup": "subnetIds",
	"aws:rds/subnetGroup:SubnetGroup": "subnetIds",
	"aws:eks/cluster:Cluster": "vpcConfig",
}

findings contains lib.fail_along(urn, [property], "it lies in a public subnet", [urn, subnet]) if {
	some type, property in placed
	some urn in lib.of_type(type)
	some subnet in lib.targets(urn, property, "aws:ec2/subnet:Subnet")
	subnet in public
}

# Subnets whose route table leads to an Internet gateway.
public contains subnet if {
	some route in lib.of_type("aws:ec2/route:Route")
	count(lib.targets(route, "gatewayId", "aws:ec2/internetGateway:InternetGateway")) > 0
	some table in lib.targets(route, "routeTableId", "aws:ec2/routeTable:RouteTable")
	some association in lib.sources(table, "aws:ec2/routeTableAssociation:RouteTableAssociation", "routeTableId")
	some subnet in lib.targets(association, "subnetId", "aws:ec2/subnet:Subnet")
}

# The live API has no references, so a subnet's own word is asked.
public contains subnet if {
	some subnet in lib.of_type("aws:ec2/subnet:Subnet")
	lib.value(subnet, ["mapPublicIpOnLaunch"]) == true
}
