"""Round trips of EC2 types."""

from __future__ import annotations

import json
from typing import Any

import pytest
from aws_round_trip import Example, World, live

pytestmark = pytest.mark.sandbox

TAGS = {"Name": "thing", "owner": "platform"}
OTHER = {"Name": "thing", "owner": "ml", "more": "yes"}
ANYTHING = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}],
}


def id_of(state: Any) -> str:
    return str(state["arn"].rsplit("/", 1)[-1])


def tags_of(boto: Any, resource_id: str) -> dict[str, str]:
    found = boto("ec2").describe_tags(Filters=[{"Name": "resource-id", "Values": [resource_id]}])["Tags"]
    return {tag["Key"]: tag["Value"] for tag in found}


def tagged(boto: Any, state: Any) -> Any:
    return tags_of(boto, id_of(state))


def untag(boto: Any, state: Any) -> Any:
    boto("ec2").delete_tags(Resources=[id_of(state)], Tags=[{"Key": "owner"}])


def dns(boto: Any, state: Any) -> Any:
    found = boto("ec2").describe_vpc_attribute(VpcId=id_of(state), Attribute="enableDnsHostnames")
    return found["EnableDnsHostnames"]["Value"]


def public(boto: Any, state: Any) -> Any:
    return boto("ec2").describe_subnets(SubnetIds=[id_of(state)])["Subnets"][0]["MapPublicIpOnLaunch"]


def attached(boto: Any, state: Any) -> Any:
    gateway = boto("ec2").describe_internet_gateways(InternetGatewayIds=[id_of(state)])["InternetGateways"][0]
    return [item["VpcId"] == state["vpcId"] for item in gateway["Attachments"]]


def nat(boto: Any, state: Any) -> Any:
    found = boto("ec2").describe_nat_gateways(Filter=[{"Name": "subnet-id", "Values": [state["subnetId"]]}])
    return [
        {tag["Key"]: tag["Value"] for tag in gateway["Tags"]}
        for gateway in found["NatGateways"]
        if gateway["NatGatewayAddresses"][0]["AllocationId"] == state["allocationId"]
    ]


def untag_nat(boto: Any, state: Any) -> Any:
    found = boto("ec2").describe_nat_gateways(Filter=[{"Name": "subnet-id", "Values": [state["subnetId"]]}])
    ids = [item["NatGatewayId"] for item in found["NatGateways"]]
    boto("ec2").delete_tags(Resources=ids, Tags=[{"Key": "owner"}])


def routes(boto: Any, state: Any) -> Any:
    table = boto("ec2").describe_route_tables(RouteTableIds=[state["routeTableId"]])["RouteTables"][0]
    return [
        item["GatewayId"] == state["gatewayId"]
        for item in table["Routes"]
        if item["DestinationCidrBlock"] == "0.0.0.0/0"
    ]


def reroute(boto: Any, state: Any) -> Any:
    other = boto("ec2").create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    boto("ec2").replace_route(RouteTableId=state["routeTableId"], DestinationCidrBlock="0.0.0.0/0", GatewayId=other)


def associated(boto: Any, state: Any) -> Any:
    table = boto("ec2").describe_route_tables(RouteTableIds=[state["routeTableId"]])["RouteTables"][0]
    return [item["SubnetId"] == state["subnetId"] for item in table["Associations"] if not item["Main"]]


def endpoint(boto: Any, state: Any) -> Any:
    found = boto("ec2").describe_vpc_endpoints(VpcEndpointIds=[id_of(state)])["VpcEndpoints"][0]
    places = found["RouteTableIds"] if found["VpcEndpointType"] == "Gateway" else found["SubnetIds"]
    return [found["VpcEndpointType"], len(places), json.loads(found["PolicyDocument"])["Statement"][0]["Action"]]


def gateway_endpoint(world: World) -> dict[str, Any]:
    return {
        "vpcId": world.vpc,
        "serviceName": "com.amazonaws.eu-central-1.s3",
        "routeTableIds": [world.route_table(), world.route_table()],
        "policy": json.dumps(ANYTHING),
        "tags": TAGS,
    }


def interface_endpoint(world: World) -> dict[str, Any]:
    return {
        "vpcId": world.vpc,
        "serviceName": "com.amazonaws.eu-central-1.sts",
        "vpcEndpointType": "Interface",
        "subnetIds": world.subnets,
        "securityGroupIds": world.groups[:1],
        "privateDnsEnabled": True,
        "policy": json.dumps(ANYTHING),
        "tags": TAGS,
    }


def narrower() -> str:
    return json.dumps({**ANYTHING, "Statement": [{**ANYTHING["Statement"][0], "Action": "s3:GetObject"}]})  # type: ignore[dict-item]


def flow(boto: Any, state: Any) -> Any:
    found = boto("ec2").describe_flow_logs(FlowLogIds=[id_of(state)])["FlowLogs"][0]
    return [found["TrafficType"], found["ResourceId"] == state["vpcId"], tags_of(boto, id_of(state))]


def flow_inputs(world: World) -> dict[str, Any]:
    name = world.named("/flow")
    world.boto("logs").create_log_group(logGroupName=name)
    return {
        "vpcId": world.vpc,
        "trafficType": "ALL",
        "logDestination": f"arn:aws:logs:eu-central-1:111100000099:log-group:{name}",
        "iamRoleArn": world.role_arn,
        "tags": TAGS,
    }


def rules(boto: Any, state: Any) -> Any:
    found = boto("ec2").describe_security_groups(GroupIds=[id_of(state)])["SecurityGroups"][0]
    return [found["IpPermissions"], found["IpPermissionsEgress"]]


def open_up(boto: Any, state: Any) -> Any:
    permission = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
    boto("ec2").authorize_security_group_ingress(GroupId=id_of(state), IpPermissions=[permission])


def rule(boto: Any, state: Any) -> Any:
    found = boto("ec2").describe_security_group_rules(SecurityGroupRuleIds=[state["securityGroupRuleId"]])
    item = found["SecurityGroupRules"][0]
    return [item["IpProtocol"], item["FromPort"], item.get("CidrIpv4"), item.get("Description"), item["IsEgress"]]


def change_rule(boto: Any, state: Any) -> Any:
    changed = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "CidrIpv4": "10.8.0.0/16", "Description": "b"}
    boto("ec2").modify_security_group_rules(
        GroupId=state["securityGroupId"],
        SecurityGroupRules=[{"SecurityGroupRuleId": state["securityGroupRuleId"], "SecurityGroupRule": changed}],
    )


def rule_inputs(world: World) -> dict[str, Any]:
    group = world.boto("ec2").create_security_group(GroupName=world.named(), Description="x", VpcId=world.vpc)
    return {
        "securityGroupId": group["GroupId"],
        "ipProtocol": "tcp",
        "fromPort": 443,
        "toPort": 443,
        "cidrIpv4": "10.0.0.0/16",
        "description": "a",
    }


def template(boto: Any, state: Any) -> Any:
    latest = boto("ec2").describe_launch_template_versions(LaunchTemplateId=id_of(state), Versions=["$Latest"])
    data = latest["LaunchTemplateVersions"][0]["LaunchTemplateData"]
    return [
        tagged(boto, state),
        data["MetadataOptions"]["HttpTokens"],
        data["BlockDeviceMappings"][0]["Ebs"]["VolumeSize"],
    ]


def template_inputs(world: World) -> dict[str, Any]:
    return {
        "name": world.named("template"),
        "metadataOptions": {"httpTokens": "required", "httpPutResponseHopLimit": 1, "httpEndpoint": "enabled"},
        "blockDeviceMappings": [
            {
                "deviceName": "/dev/xvda",
                "ebs": {"volumeType": "gp3", "volumeSize": 50, "encrypted": "true", "kmsKeyId": world.key},
            }
        ],
        "tagSpecifications": [{"resourceType": "instance", "tags": {"owner": "platform"}}],
        "updateDefaultVersion": True,
        "tags": TAGS,
    }


EXAMPLES = (
    Example(
        "aws:ec2/vpc:Vpc",
        lambda world: {"cidrBlock": "10.20.0.0/16", "enableDnsHostnames": True, "tags": TAGS},
        dns,
        True,
        {"enableDnsHostnames": False, "tags": OTHER},
        False,
        lambda boto, state: boto("ec2").modify_vpc_attribute(VpcId=id_of(state), EnableDnsHostnames={"Value": True}),
        "enableDnsHostnames",
    ),
    Example(
        "aws:ec2/subnet:Subnet",
        lambda world: {
            "vpcId": world.fresh_vpc(),
            "cidrBlock": "10.9.1.0/24",
            "availabilityZone": "eu-central-1a",
            "mapPublicIpOnLaunch": True,
            "tags": TAGS,
        },
        public,
        True,
        {"mapPublicIpOnLaunch": False},
        False,
        untag,
        "tags",
    ),
    Example(
        "aws:ec2/internetGateway:InternetGateway",
        lambda world: {"vpcId": world.fresh_vpc(), "tags": TAGS},
        attached,
        [True],
        {"tags": OTHER},
        [True],
        lambda boto, state: boto("ec2").detach_internet_gateway(InternetGatewayId=id_of(state), VpcId=state["vpcId"]),
        "vpcId",
    ),
    Example("aws:ec2/eip:Eip", lambda world: {"tags": TAGS}, tagged, TAGS, {"tags": OTHER}, OTHER, untag, "tags"),
    Example(
        "aws:ec2/natGateway:NatGateway",
        lambda world: {"allocationId": world.address(), "subnetId": world.subnets[0], "tags": TAGS},
        nat,
        [TAGS],
        {"tags": OTHER},
        [OTHER],
        untag_nat,
        "tags",
    ),
    Example(
        "aws:ec2/routeTable:RouteTable",
        lambda world: {"vpcId": world.vpc, "tags": TAGS},
        tagged,
        TAGS,
        {"tags": OTHER},
        OTHER,
        untag,
        "tags",
    ),
    Example(
        "aws:ec2/route:Route",
        lambda world: {
            "routeTableId": world.route_table(),
            "destinationCidrBlock": "0.0.0.0/0",
            "gatewayId": world.gateway,
        },
        routes,
        [True],
        drift=reroute,
        drifts="gatewayId",
    ),
    Example(
        "aws:ec2/routeTableAssociation:RouteTableAssociation",
        lambda world: {"routeTableId": world.route_table(), "subnetId": world.subnets[0]},
        associated,
        [True],
    ),
    Example(
        "aws:ec2/vpcEndpoint:VpcEndpoint",
        gateway_endpoint,
        endpoint,
        ["Gateway", 2, "*"],
        {"policy": narrower(), "tags": OTHER},
        ["Gateway", 2, "s3:GetObject"],
        lambda boto, state: boto("ec2").modify_vpc_endpoint(
            VpcEndpointId=id_of(state), RemoveRouteTableIds=state["routeTableIds"][:1]
        ),
        "routeTableIds",
        case="-gateway",
    ),
    Example(
        "aws:ec2/vpcEndpoint:VpcEndpoint",
        interface_endpoint,
        endpoint,
        ["Interface", 2, "*"],
        {"policy": narrower()},
        ["Interface", 2, "s3:GetObject"],
        lambda boto, state: boto("ec2").modify_vpc_endpoint(
            VpcEndpointId=id_of(state), RemoveSubnetIds=state["subnetIds"][:1]
        ),
        "subnetIds",
        case="-interface",
    ),
    Example(
        "aws:ec2/flowLog:FlowLog",
        flow_inputs,
        flow,
        ["ALL", True, TAGS],
        {"tags": OTHER},
        ["ALL", True, OTHER],
        untag,
        "tags",
    ),
    Example(
        "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup",
        lambda world: {"vpcId": world.fresh_vpc(), "tags": TAGS},
        rules,
        [[], []],
        {"tags": OTHER},
        [[], []],
        open_up,
        "ingress",
        outlives=True,
    ),
    Example(
        "aws:ec2/securityGroup:SecurityGroup",
        lambda world: {"vpcId": world.vpc, "name": world.named("group"), "description": "endpoints", "tags": TAGS},
        rules,
        [[], []],
        {"tags": OTHER},
        [[], []],
        untag,
        "tags",
    ),
    Example(
        "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
        rule_inputs,
        rule,
        ["tcp", 443, "10.0.0.0/16", "a", False],
        {"description": "b"},
        ["tcp", 443, "10.0.0.0/16", "b", False],
        change_rule,
        "cidrIpv4",
    ),
    Example(
        "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule",
        rule_inputs,
        rule,
        ["tcp", 443, "10.0.0.0/16", "a", True],
        {"description": "b"},
        ["tcp", 443, "10.0.0.0/16", "b", True],
        change_rule,
        "cidrIpv4",
    ),
    Example(
        "aws:ec2/launchTemplate:LaunchTemplate",
        template_inputs,
        template,
        [TAGS, "required", 50],
        {"tags": OTHER, "metadataOptions": {"httpTokens": "optional", "httpPutResponseHopLimit": 1}},
        [OTHER, "optional", 50],
        untag,
        "tags",
    ),
)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.name)
def test_round_trip_of_network_type(aws_world: World, example: Example) -> None:
    live(aws_world, example)
