package mlops.network.nodes_in_private_subnets_test

import data.mlops.lib.testing as t
import data.mlops.network.nodes_in_private_subnets as rule

network(gateway) := [
	t.res("s", "aws:ec2/subnet:Subnet", {}),
	t.res("t", "aws:ec2/routeTable:RouteTable", {}),
	t.res("i", "aws:ec2/internetGateway:InternetGateway", {}),
	t.ref("r", "aws:ec2/route:Route", {}, {gateway: "i", "routeTableId": "t"}),
	t.ref("a", "aws:ec2/routeTableAssociation:RouteTableAssociation", {}, {"routeTableId": "t", "subnetId": "s"}),
]

group := t.ref("g", "aws:eks/nodeGroup:NodeGroup", {"subnetIds": []}, {"subnetIds": "s"})

with_trail(findings) := {finding.trail | some finding in findings}

test_public if {
	with_trail(rule.findings) == {["g", "s"]} with input as t.doc(array.concat(network("gatewayId"), [group]))
}

test_private if t.none(rule.findings) with input as t.doc(array.concat(network("natGatewayId"), [group]))

test_public_by_its_own_word if {
	subnet := t.res("s", "aws:ec2/subnet:Subnet", {"mapPublicIpOnLaunch": true})
	t.fails(rule.findings, ["g"]) with input as t.doc([subnet, group])
}

test_database if {
	database := t.ref("d", "aws:rds/subnetGroup:SubnetGroup", {"subnetIds": []}, {"subnetIds": "s"})
	t.fails(rule.findings, ["d"]) with input as t.doc(array.concat(network("gatewayId"), [database]))
}

test_control_plane if {
	cluster := t.ref("c", "aws:eks/cluster:Cluster", {"vpcConfig": {}}, {"vpcConfig": "s"})
	t.fails(rule.findings, ["c"]) with input as t.doc(array.concat(network("gatewayId"), [cluster]))
}
