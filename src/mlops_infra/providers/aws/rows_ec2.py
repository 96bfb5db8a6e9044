"""EC2, what hangs on the network: endpoints, flow logs, security groups and their rules, launch templates."""

from __future__ import annotations

from typing import Any, Final

from mlops_infra.providers.aws.row import Call, Extra, Kind, Out, Prop, Row, Update
from mlops_infra.providers.aws.rows_vpc import OWNER, VPC_ID, ec2_arn, ec2_tags

_RULE_PROPS: Final = ("ipProtocol", "fromPort", "toPort", "cidrIpv4", "cidrIpv6", "prefixListId", "description")


def _rule(direction: str) -> Row:
    """A rule of a security group; `direction` is ``ingress`` or ``egress``."""
    permission = {
        "IpProtocol": "{ipProtocol}",
        "FromPort": "{fromPort}",
        "ToPort": "{toPort}",
        "IpRanges": [{"CidrIp": "{cidrIpv4!}", "Description": "{description}"}],
        "Ipv6Ranges": [{"CidrIpv6": "{cidrIpv6!}", "Description": "{description}"}],
        "PrefixListIds": [{"PrefixListId": "{prefixListId!}", "Description": "{description}"}],
        "UserIdGroupPairs": [{"GroupId": "{referencedSecurityGroupId!}", "Description": "{description}"}],
    }
    rule = {
        "IpProtocol": "{ipProtocol}",
        "FromPort": "{fromPort}",
        "ToPort": "{toPort}",
        "CidrIpv4": "{cidrIpv4}",
        "CidrIpv6": "{cidrIpv6}",
        "PrefixListId": "{prefixListId}",
        "ReferencedGroupId": "{referencedSecurityGroupId}",
        "Description": "{description}",
    }
    change = Call(
        "modify_security_group_rules",
        {
            "GroupId": "{securityGroupId}",
            "SecurityGroupRules": [{"SecurityGroupRuleId": "{id}", "SecurityGroupRule": rule}],
        },
    )
    return Row(
        token=f"aws:vpc/securityGroup{direction.capitalize()}Rule:SecurityGroup{direction.capitalize()}Rule",
        service="ec2",
        id="SecurityGroupRules[0].SecurityGroupRuleId",
        create=Call(
            f"authorize_security_group_{direction}",
            {"GroupId": "{securityGroupId}", "IpPermissions": [permission]},
        ),
        read=Call("describe_security_group_rules", {"SecurityGroupRuleIds": ["{id}"]}, root="SecurityGroupRules[0]"),
        delete=(
            Call(
                f"revoke_security_group_{direction}",
                {"GroupId": "{securityGroupId}", "SecurityGroupRuleIds": ["{id}"]},
                tolerate=("InvalidSecurityGroupRuleId.NotFound", "InvalidPermission.NotFound", "InvalidGroup.NotFound"),
            ),
        ),
        gone=("InvalidSecurityGroupRuleId.NotFound", "InvalidGroup.NotFound"),
        props=(
            Prop("securityGroupId", at="", read="GroupId", replace=True),
            Prop("ipProtocol", at=""),
            # All protocols have no ports; AWS answers -1 for both.
            Prop("fromPort", at="", computed=True),
            Prop("toPort", at="", computed=True),
            Prop("cidrIpv4", at=""),
            Prop("cidrIpv6", at=""),
            Prop("prefixListId", at=""),
            Prop("referencedSecurityGroupId", at="", read="ReferencedGroupInfo.GroupId"),
            Prop("description", at=""),
        ),
        updates=(Update((*_RULE_PROPS, "referencedSecurityGroupId"), (change,)),),
        tags=ec2_tags("security-group-rule"),
        outs=(ec2_arn("security-group-rule"), Out("securityGroupRuleId", "SecurityGroupRuleId", "{id}")),
    )


def _instances_tags(specifications: Any) -> Any:
    """Without the template's own tags, which the emulator lists among those of what is started from it."""
    return [item for item in specifications if item.get("ResourceType") != "launch-template"]


_ANYWHERE: Final = [{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]
_DATA: Final = "LaunchTemplateData."

ROWS: Final = (
    Row(
        token="aws:ec2/vpcEndpoint:VpcEndpoint",  # noqa: S106
        service="ec2",
        id="VpcEndpoint.VpcEndpointId",
        create=Call("create_vpc_endpoint"),
        read=Call("describe_vpc_endpoints", {"VpcEndpointIds": ["{id}"]}, root="VpcEndpoints[0]"),
        delete=(
            # Out of its route tables first: the emulator looks there for routes that it makes at creation only.
            Call(
                "modify_vpc_endpoint",
                {"VpcEndpointId": "{id}", "RemoveRouteTableIds": "{routeTableIds}"},
                needs="RemoveRouteTableIds",
                tolerate=("InvalidRouteTableId.NotFound",),
            ),
            Call("delete_vpc_endpoints", {"VpcEndpointIds": ["{id}"]}),
        ),
        gone=("InvalidVpcEndpointId.NotFound", "InvalidVpcEndpoint.NotFound"),
        gone_when="State == 'deleted' || State == 'Deleted'",
        props=(
            VPC_ID,
            Prop("serviceName", replace=True),
            Prop("vpcEndpointType", replace=True, default="Gateway"),
            Prop("policy", at="PolicyDocument", kind=Kind.JSON, computed=True),
            Prop("privateDnsEnabled", computed=True),
            Prop("dnsOptions", read=""),
            Prop("ipAddressType", computed=True),
            Prop("routeTableIds", kind=Kind.SET, computed=True),
            Prop("subnetIds", kind=Kind.SET, computed=True),
            Prop("securityGroupIds", read="Groups[].GroupId", kind=Kind.SET, computed=True),
        ),
        updates=(
            Update(
                (
                    "policy",
                    "privateDnsEnabled",
                    "ipAddressType",
                    "dnsOptions",
                    "routeTableIds",
                    "subnetIds",
                    "securityGroupIds",
                ),
                (
                    Call(
                        "modify_vpc_endpoint",
                        {
                            "VpcEndpointId": "{id}",
                            "PolicyDocument": "{policy}",
                            "PrivateDnsEnabled": "{changed.privateDnsEnabled}",
                            "IpAddressType": "{changed.ipAddressType}",
                            "DnsOptions": "{changed.dnsOptions}",
                            "AddRouteTableIds": "{added.routeTableIds}",
                            "RemoveRouteTableIds": "{removed.routeTableIds}",
                            "AddSubnetIds": "{added.subnetIds}",
                            "RemoveSubnetIds": "{removed.subnetIds}",
                            "AddSecurityGroupIds": "{added.securityGroupIds}",
                            "RemoveSecurityGroupIds": "{removed.securityGroupIds}",
                        },
                    ),
                ),
            ),
        ),
        tags=ec2_tags("vpc-endpoint"),
        outs=(
            ec2_arn("vpc-endpoint"),
            OWNER,
            Out("state", "State"),
            Out("networkInterfaceIds", "NetworkInterfaceIds"),
            Out("dnsEntries", "DnsEntries[].{dnsName: DnsName, hostedZoneId: HostedZoneId}"),
        ),
    ),
    Row(
        token="aws:ec2/flowLog:FlowLog",  # noqa: S106
        service="ec2",
        id="FlowLogIds[0]",
        create=Call("create_flow_logs", {"ResourceIds": ["{vpcId}"], "ResourceType": "VPC"}),
        read=Call("describe_flow_logs", {"FlowLogIds": ["{id}"]}, root="FlowLogs[0]"),
        delete=(Call("delete_flow_logs", {"FlowLogIds": ["{id}"]}),),
        gone=("InvalidFlowLogId.NotFound",),
        props=(
            Prop("vpcId", at="", read="ResourceId", replace=True),
            Prop("trafficType", replace=True),
            Prop("logDestinationType", replace=True, default="cloud-watch-logs"),
            Prop("logDestination", replace=True, kind=Kind.REFERENCE),
            Prop("iamRoleArn", at="DeliverLogsPermissionArn", replace=True),
            Prop("logFormat", replace=True, computed=True),
            Prop("maxAggregationInterval", replace=True, default=600),
        ),
        tags=ec2_tags("vpc-flow-log"),
        outs=(ec2_arn("vpc-flow-log"),),
    ),
    Row(
        token="aws:ec2/defaultSecurityGroup:DefaultSecurityGroup",  # noqa: S106
        service="ec2",
        id="GroupId",
        adopt=Call(
            "describe_security_groups",
            {"Filters": [{"Name": "vpc-id", "Values": ["{vpcId}"]}, {"Name": "group-name", "Values": ["default"]}]},
            root="SecurityGroups[0]",
        ),
        read=Call("describe_security_groups", {"GroupIds": ["{id}"]}, root="SecurityGroups[0]"),
        gone=("InvalidGroup.NotFound",),
        props=(
            Prop("vpcId", replace=True),
            # Only "no rules at all" can be asked for: rules of their own are the rule types' business.
            Prop("ingress", at="", read="IpPermissions", default=[]),
            Prop("egress", at="", read="IpPermissionsEgress", default=[]),
        ),
        updates=(
            Update(
                ("ingress",),
                (
                    Call(
                        "revoke_security_group_ingress",
                        {"GroupId": "{id}", "IpPermissions": "{live.IpPermissions}"},
                        needs="IpPermissions",
                    ),
                ),
                on_create=True,
            ),
            Update(
                ("egress",),
                (
                    Call(
                        "revoke_security_group_egress",
                        {"GroupId": "{id}", "IpPermissions": "{live.IpPermissionsEgress}"},
                        needs="IpPermissions",
                    ),
                ),
                on_create=True,
            ),
        ),
        tags=ec2_tags("security-group"),
        outs=(ec2_arn("security-group"), OWNER, Out("name", "GroupName"), Out("description", "Description")),
    ),
    Row(
        token="aws:ec2/securityGroup:SecurityGroup",  # noqa: S106
        service="ec2",
        id="GroupId",
        create=Call("create_security_group"),
        read=Call("describe_security_groups", {"GroupIds": ["{id}"]}, root="SecurityGroups[0]"),
        delete=(Call("delete_security_group", {"GroupId": "{id}"}),),
        gone=("InvalidGroup.NotFound", "InvalidGroupId.NotFound"),
        props=(
            Prop("name", at="GroupName", replace=True, auto_name=255),
            Prop("description", replace=True, default="Managed by Pulumi"),
            Prop("vpcId", replace=True, computed=True),
            Prop("revokeRulesOnDelete", local=True, default=False),
        ),
        # AWS adds a rule that lets everything out; as with the official provider, rules exist only where they are asked for.
        updates=(
            Update(
                ("name",),
                (
                    Call(
                        "revoke_security_group_egress",
                        {"GroupId": "{id}", "IpPermissions": _ANYWHERE},
                        tolerate=("InvalidPermission.NotFound",),
                    ),
                ),
                on_create=True,
            ),
        ),
        tags=ec2_tags("security-group"),
        outs=(ec2_arn("security-group"), OWNER),
    ),
    _rule("ingress"),
    _rule("egress"),
    Row(
        token="aws:ec2/launchTemplate:LaunchTemplate",  # noqa: S106
        service="ec2",
        id="LaunchTemplate.LaunchTemplateId",
        create=Call("create_launch_template", {"LaunchTemplateName": "{name}"}),
        read=Call("describe_launch_templates", {"LaunchTemplateIds": ["{id}"]}, root="LaunchTemplates[0]"),
        delete=(Call("delete_launch_template", {"LaunchTemplateId": "{id}"}),),
        exists=("InvalidLaunchTemplateName.AlreadyExistsException",),
        gone=(
            "InvalidLaunchTemplateId.NotFound",
            "InvalidLaunchTemplateId.NotFoundException",
            "InvalidLaunchTemplateName.NotFoundException",
        ),
        props=(
            Prop("name", at="", read="LaunchTemplateName", replace=True, auto_name=125),
            Prop("description", at="VersionDescription", read="VersionDescription"),
            Prop("imageId", at=_DATA),
            Prop("instanceType", at=_DATA),
            Prop("ebsOptimized", at=_DATA),
            Prop("keyName", at=_DATA),
            Prop("userData", at=_DATA),
            Prop("metadataOptions", at=_DATA),
            Prop("blockDeviceMappings", at=_DATA),
            Prop("monitoring", at=_DATA),
            Prop("networkInterfaces", at=_DATA),
            Prop("placement", at=_DATA),
            Prop("tagSpecifications", at=_DATA, receive=_instances_tags),
            Prop("vpcSecurityGroupIds", at=f"{_DATA}SecurityGroupIds", kind=Kind.SET),
            Prop("updateDefaultVersion", local=True),
        ),
        extras=(
            Extra(
                "@",
                Call(
                    "describe_launch_template_versions",
                    {"LaunchTemplateId": "{id}", "Versions": ["$Latest"]},
                    root="LaunchTemplateVersions[0]",
                ),
            ),
            # The emulator's templates keep the tags that they were made with; its tags know better.
            Extra(
                "Tags",
                Call(
                    "describe_tags",
                    {"Filters": [{"Name": "resource-id", "Values": ["{id}"]}]},
                    root="Tags[].{Key: Key, Value: Value}",
                ),
            ),
        ),
        updates=(
            Update(
                (
                    "description",
                    "imageId",
                    "instanceType",
                    "ebsOptimized",
                    "keyName",
                    "userData",
                    "metadataOptions",
                    "blockDeviceMappings",
                    "monitoring",
                    "networkInterfaces",
                    "placement",
                    "tagSpecifications",
                    "vpcSecurityGroupIds",
                ),
                (
                    Call("create_launch_template_version", {"LaunchTemplateId": "{id}"}),
                    Call(
                        "modify_launch_template",
                        {"LaunchTemplateId": "{id}", "DefaultVersion": "{latest_if_default}"},
                        needs="DefaultVersion",
                    ),
                ),
                send=("*",),
            ),
        ),
        tags=ec2_tags("launch-template"),
        outs=(
            ec2_arn("launch-template"),
            Out("latestVersion", "LatestVersionNumber", volatile=True),
            Out("defaultVersion", "DefaultVersionNumber", volatile=True),
        ),
    ),
)
"""Rows of EC2 beyond the network's skeleton."""
