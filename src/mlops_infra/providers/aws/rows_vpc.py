"""EC2, the network's skeleton: VPCs, subnets, gateways, addresses, routes."""

from __future__ import annotations

from typing import Any, Final

from mlops_infra.providers.aws.row import Call, Extra, Out, Prop, Row, Tags, Update


def ec2_tags(resource_type: str) -> Tags:
    """Tagging of an EC2 resource: within the create call, later by CreateTags and DeleteTags."""
    return Tags(
        at="TagSpecifications",
        resource_type=resource_type,
        add=Call("create_tags", {"Resources": ["{id}"], "Tags": "{tags}"}),
        remove=Call("delete_tags", {"Resources": ["{id}"], "Tags": "{removed}"}),
    )


def ec2_arn(kind: str, read: str | None = None) -> Out:
    """The ARN of an EC2 resource."""
    return Out("arn", read, "arn:{partition}:ec2:{region}:{account}:" + kind + "/{id}")


def _of_vpc(**more: Any) -> dict[str, Any]:
    filters = [{"Name": "vpc-id", "Values": ["{id}"]}]
    filters += [{"Name": name.replace("_", "-"), "Values": [value]} for name, value in more.items()]
    return {"Filters": filters}


OWNER: Final = Out("ownerId", None, "{account}")
VPC_ID: Final = Prop("vpcId", replace=True)

ROWS: Final = (
    Row(
        token="aws:ec2/vpc:Vpc",  # noqa: S106
        service="ec2",
        id="Vpc.VpcId",
        create=Call("create_vpc"),
        read=Call("describe_vpcs", {"VpcIds": ["{id}"]}, root="Vpcs[0]"),
        delete=(Call("delete_vpc", {"VpcId": "{id}"}),),
        gone=("InvalidVpcID.NotFound",),
        wait_create="vpc_available",
        wait_params={"VpcIds": ["{id}"]},
        props=(
            Prop("cidrBlock", replace=True),
            Prop("instanceTenancy", replace=True, default="default"),
            Prop("enableDnsSupport", at="", read="DnsSupport", default=True),
            Prop("enableDnsHostnames", at="", read="DnsHostnames", default=False),
        ),
        extras=(
            Extra(
                "DnsSupport",
                Call(
                    "describe_vpc_attribute",
                    {"VpcId": "{id}", "Attribute": "enableDnsSupport"},
                    root="EnableDnsSupport.Value",
                ),
            ),
            Extra(
                "DnsHostnames",
                Call(
                    "describe_vpc_attribute",
                    {"VpcId": "{id}", "Attribute": "enableDnsHostnames"},
                    root="EnableDnsHostnames.Value",
                ),
            ),
            Extra(
                "DefaultSecurityGroup",
                Call("describe_security_groups", _of_vpc(group_name="default"), root="SecurityGroups[0].GroupId"),
            ),
            Extra(
                "MainRouteTable",
                Call(
                    "describe_route_tables",
                    {"Filters": [*_of_vpc()["Filters"], {"Name": "association.main", "Values": ["true"]}]},
                    root="RouteTables[0].RouteTableId",
                ),
            ),
            Extra(
                "DefaultNetworkAcl",
                Call("describe_network_acls", _of_vpc(default="true"), root="NetworkAcls[0].NetworkAclId"),
            ),
        ),
        updates=(
            Update(
                ("enableDnsSupport",),
                (Call("modify_vpc_attribute", {"VpcId": "{id}", "EnableDnsSupport": {"Value": "{enableDnsSupport}"}}),),
                on_create=True,
                unless=True,
            ),
            Update(
                ("enableDnsHostnames",),
                (
                    Call(
                        "modify_vpc_attribute",
                        {"VpcId": "{id}", "EnableDnsHostnames": {"Value": "{enableDnsHostnames}"}},
                    ),
                ),
                on_create=True,
                unless=False,
            ),
        ),
        tags=ec2_tags("vpc"),
        outs=(
            ec2_arn("vpc"),
            OWNER,
            Out("defaultSecurityGroupId", "DefaultSecurityGroup"),
            Out("defaultRouteTableId", "MainRouteTable"),
            Out("mainRouteTableId", "MainRouteTable"),
            Out("defaultNetworkAclId", "DefaultNetworkAcl"),
            Out("dhcpOptionsId", "DhcpOptionsId"),
        ),
    ),
    Row(
        token="aws:ec2/subnet:Subnet",  # noqa: S106
        service="ec2",
        id="Subnet.SubnetId",
        create=Call("create_subnet"),
        read=Call("describe_subnets", {"SubnetIds": ["{id}"]}, root="Subnets[0]"),
        delete=(Call("delete_subnet", {"SubnetId": "{id}"}),),
        gone=("InvalidSubnetID.NotFound",),
        wait_create="subnet_available",
        wait_params={"SubnetIds": ["{id}"]},
        props=(
            VPC_ID,
            Prop("cidrBlock", replace=True),
            Prop("availabilityZone", replace=True, computed=True),
            Prop("availabilityZoneId", replace=True, computed=True),
            Prop("mapPublicIpOnLaunch", at="", read="MapPublicIpOnLaunch", default=False),
        ),
        updates=(
            Update(
                ("mapPublicIpOnLaunch",),
                (
                    Call(
                        "modify_subnet_attribute",
                        {"SubnetId": "{id}", "MapPublicIpOnLaunch": {"Value": "{mapPublicIpOnLaunch}"}},
                    ),
                ),
                on_create=True,
                unless=False,
            ),
        ),
        tags=ec2_tags("subnet"),
        outs=(ec2_arn("subnet", "SubnetArn"), OWNER),
    ),
    Row(
        token="aws:ec2/internetGateway:InternetGateway",  # noqa: S106
        service="ec2",
        id="InternetGateway.InternetGatewayId",
        create=Call("create_internet_gateway"),
        read=Call("describe_internet_gateways", {"InternetGatewayIds": ["{id}"]}, root="InternetGateways[0]"),
        delete=(
            Call(
                "detach_internet_gateway",
                {"InternetGatewayId": "{id}", "VpcId": "{vpcId}"},
                needs="VpcId",
                tolerate=("Gateway.NotAttached", "InvalidVpcID.NotFound"),
            ),
            Call("delete_internet_gateway", {"InternetGatewayId": "{id}"}),
        ),
        gone=("InvalidInternetGatewayID.NotFound",),
        props=(Prop("vpcId", at="", read="Attachments[0].VpcId"),),
        updates=(
            Update(
                ("vpcId",),
                (
                    Call(
                        "detach_internet_gateway",
                        {"InternetGatewayId": "{id}", "VpcId": "{old.vpcId}"},
                        needs="VpcId",
                        tolerate=("Gateway.NotAttached",),
                    ),
                    Call("attach_internet_gateway", {"InternetGatewayId": "{id}", "VpcId": "{vpcId}"}, needs="VpcId"),
                ),
                on_create=True,
            ),
        ),
        tags=ec2_tags("internet-gateway"),
        outs=(ec2_arn("internet-gateway"), OWNER),
    ),
    Row(
        token="aws:ec2/eip:Eip",  # noqa: S106
        service="ec2",
        id="AllocationId",
        create=Call("allocate_address"),
        read=Call("describe_addresses", {"AllocationIds": ["{id}"]}, root="Addresses[0]"),
        delete=(Call("release_address", {"AllocationId": "{id}"}),),
        gone=("InvalidAllocationID.NotFound",),
        props=(Prop("domain", replace=True, default="vpc"),),
        tags=ec2_tags("elastic-ip"),
        outs=(
            ec2_arn("elastic-ip"),
            Out("allocationId", "AllocationId", "{id}"),
            Out("publicIp", "PublicIp"),
            Out("privateIp", "PrivateIpAddress"),
        ),
    ),
    Row(
        token="aws:ec2/natGateway:NatGateway",  # noqa: S106
        service="ec2",
        id="NatGateway.NatGatewayId",
        create=Call("create_nat_gateway"),
        read=Call("describe_nat_gateways", {"NatGatewayIds": ["{id}"]}, root="NatGateways[0]"),
        delete=(Call("delete_nat_gateway", {"NatGatewayId": "{id}"}),),
        gone=("NatGatewayNotFound",),
        gone_when="State == 'deleted' || State == 'deleting' || State == 'failed'",
        wait_create="nat_gateway_available",
        wait_delete="nat_gateway_deleted",
        wait_params={"NatGatewayIds": ["{id}"]},
        props=(
            Prop("allocationId", read="NatGatewayAddresses[0].AllocationId", replace=True),
            Prop("subnetId", replace=True),
            Prop("connectivityType", replace=True, default="public"),
        ),
        tags=ec2_tags("natgateway"),
        outs=(
            Out("publicIp", "NatGatewayAddresses[0].PublicIp"),
            Out("privateIp", "NatGatewayAddresses[0].PrivateIp"),
            Out("networkInterfaceId", "NatGatewayAddresses[0].NetworkInterfaceId"),
        ),
    ),
    Row(
        token="aws:ec2/routeTable:RouteTable",  # noqa: S106
        service="ec2",
        id="RouteTable.RouteTableId",
        create=Call("create_route_table"),
        read=Call("describe_route_tables", {"RouteTableIds": ["{id}"]}, root="RouteTables[0]"),
        delete=(Call("delete_route_table", {"RouteTableId": "{id}"}),),
        gone=("InvalidRouteTableID.NotFound",),
        props=(VPC_ID,),
        tags=ec2_tags("route-table"),
        outs=(ec2_arn("route-table"), OWNER),
    ),
    Row(
        token="aws:ec2/route:Route",  # noqa: S106
        service="ec2",
        id="r-{routeTableId}{destinationCidrBlock|crc32}",
        create=Call("create_route"),
        read=Call(
            "describe_route_tables",
            {"RouteTableIds": ["{routeTableId}"]},
            root="RouteTables[0].Routes[?DestinationCidrBlock=='{destinationCidrBlock}'] | [0]",
        ),
        delete=(
            Call(
                "delete_route",
                {"RouteTableId": "{routeTableId}", "DestinationCidrBlock": "{destinationCidrBlock}"},
                tolerate=("InvalidRoute.NotFound", "InvalidRouteTableID.NotFound"),
            ),
        ),
        id_parts=r"(?P<routeTableId>rtb-[0-9a-f]+)_(?P<destinationCidrBlock>.+)",
        gone=("InvalidRouteTableID.NotFound",),
        props=(
            Prop("routeTableId", replace=True, read=""),
            Prop("destinationCidrBlock", replace=True),
            Prop("gatewayId"),
            Prop("natGatewayId"),
            Prop("vpcPeeringConnectionId"),
            Prop("transitGatewayId"),
            Prop("networkInterfaceId"),
        ),
        updates=(
            Update(
                ("gatewayId", "natGatewayId", "vpcPeeringConnectionId", "transitGatewayId", "networkInterfaceId"),
                (
                    Call(
                        "replace_route",
                        {"RouteTableId": "{routeTableId}", "DestinationCidrBlock": "{destinationCidrBlock}"},
                    ),
                ),
                send=("gatewayId", "natGatewayId", "vpcPeeringConnectionId", "transitGatewayId", "networkInterfaceId"),
            ),
        ),
        outs=(Out("state", "State"), Out("origin", "Origin")),
    ),
    Row(
        token="aws:ec2/routeTableAssociation:RouteTableAssociation",  # noqa: S106
        service="ec2",
        id="AssociationId",
        create=Call("associate_route_table"),
        read=Call(
            "describe_route_tables",
            {"Filters": [{"Name": "association.route-table-association-id", "Values": ["{id}"]}]},
            root="RouteTables[].Associations[] | [?RouteTableAssociationId=='{id}'] | [0]",
        ),
        delete=(
            Call("disassociate_route_table", {"AssociationId": "{id}"}, tolerate=("InvalidAssociationID.NotFound",)),
        ),
        gone=("InvalidAssociationID.NotFound",),
        delete_first=True,
        props=(
            Prop("routeTableId", replace=True),
            Prop("subnetId", replace=True),
            Prop("gatewayId", replace=True),
        ),
    ),
)
"""Rows of the network's skeleton."""
