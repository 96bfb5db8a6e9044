"""The VPC: public subnets for NAT gateways only, private ones for everything else, endpoints so that AWS traffic stays inside.

Gives `vpc.id` and `subnets.private`.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from mlops_infra.config.model import Network
from mlops_infra.platform.identity import Boundary
from mlops_infra.platform.keys import Keys
from mlops_infra.platform.logs import log_group
from mlops_infra.platform.names import Names
from mlops_infra.platform.part import Part, at
from mlops_infra.platform.policies import allow, service_trust
from mlops_infra.platform.roles import RoleArgs, make_role


@dataclass(frozen=True)
class VpcArgs:
    """What the network is made from."""

    names: Names
    network: Network
    log_key: pulumi.Input[str]
    boundary: pulumi.Input[str]


class Vpc(pulumi.ComponentResource):
    """The VPC with its subnets, routes, endpoints and flow logs."""

    def __init__(self, name: str, args: VpcArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("mlops:platform:Network", name, {}, opts)
        self._args = args
        self._names = args.names
        with at("network", "cidr"):
            self.vpc = aws.ec2.Vpc(
                "vpc",
                cidr_block=args.network.cidr,
                enable_dns_hostnames=True,
                enable_dns_support=True,
                tags=self._tags("vpc"),
                opts=self._child,
            )
            # Without rules: what is put into it by mistake reaches nothing (CIS AWS Foundations, default security group).
            aws.ec2.DefaultSecurityGroup(
                "default", vpc_id=self.vpc.id, ingress=[], egress=[], tags=self._tags("default"), opts=self._child
            )
        self.public: list[aws.ec2.Subnet] = []
        self.private: list[aws.ec2.Subnet] = []
        self.nats: dict[str, aws.ec2.NatGateway] = {}
        """NAT gateways by zone."""
        self._subnets()
        self._internet()
        self._private_tables = self._private_routes()
        self._endpoints()
        with at("network", "flow_log_retention"):
            self._flow_logs()
        self.register_outputs({"vpc": self.vpc.id, "private": self.private_ids})

    @property
    def private_ids(self) -> list[pulumi.Output[str]]:
        """Ids of the private subnets in the order of the zones."""
        return [subnet.id for subnet in self.private]

    @property
    def _child(self) -> pulumi.ResourceOptions:
        return pulumi.ResourceOptions(parent=self)

    def _tags(self, *words: str) -> dict[str, str]:
        return self._names.tags(self._names.named(*words))

    def _subnets(self) -> None:
        network, shared = self._args.network, {f"kubernetes.io/cluster/{self._names.cluster}": "shared"}
        for kind, cidrs, role, made in (
            ("public", network.public_cidrs, "kubernetes.io/role/elb", self.public),
            ("private", network.private_cidrs, "kubernetes.io/role/internal-elb", self.private),
        ):
            with at("network", f"{kind}_cidrs"):
                for zone, cidr in zip(network.zones, cidrs, strict=True):
                    made.append(
                        aws.ec2.Subnet(
                            f"{kind}-{zone}",
                            vpc_id=self.vpc.id,
                            cidr_block=cidr,
                            availability_zone=zone,
                            map_public_ip_on_launch=False,
                            # Load balancers find their subnets by these (EKS User Guide, "Subnet requirements").
                            tags=self._tags(kind, zone) | shared | {role: "1"},
                            opts=self._child,
                        )
                    )

    def _internet(self) -> None:
        network = self._args.network
        with at("network", "public_cidrs"):
            gateway = aws.ec2.InternetGateway(
                "internet", vpc_id=self.vpc.id, tags=self._tags("internet"), opts=self._child
            )
            table = aws.ec2.RouteTable("public", vpc_id=self.vpc.id, tags=self._tags("public"), opts=self._child)
            aws.ec2.Route(
                "public",
                route_table_id=table.id,
                destination_cidr_block="0.0.0.0/0",
                gateway_id=gateway.id,
                opts=self._child,
            )
            for zone, subnet in zip(network.zones, self.public, strict=True):
                aws.ec2.RouteTableAssociation(
                    f"public-{zone}", route_table_id=table.id, subnet_id=subnet.id, opts=self._child
                )
        with at("network", "nat_per_zone"):
            for zone, subnet in zip(network.zones, self.public, strict=True):
                if zone != network.zones[0] and not network.nat_per_zone:
                    continue
                address = aws.ec2.Eip(f"nat-{zone}", domain="vpc", tags=self._tags("nat", zone), opts=self._child)
                self.nats[zone] = aws.ec2.NatGateway(
                    f"nat-{zone}",
                    allocation_id=address.id,
                    subnet_id=subnet.id,
                    connectivity_type="public",
                    tags=self._tags("nat", zone),
                    opts=pulumi.ResourceOptions(parent=self, depends_on=[gateway]),
                )

    def _private_routes(self) -> list[aws.ec2.RouteTable]:
        """One table per NAT gateway, and each private subnet's association with its zone's or the only one."""
        network, tables = self._args.network, {}
        for zone, nat in self.nats.items():
            with at("network", "nat_per_zone"):
                tables[zone] = aws.ec2.RouteTable(
                    f"private-{zone}", vpc_id=self.vpc.id, tags=self._tags("private", zone), opts=self._child
                )
                aws.ec2.Route(
                    f"private-{zone}",
                    route_table_id=tables[zone].id,
                    destination_cidr_block="0.0.0.0/0",
                    nat_gateway_id=nat.id,
                    opts=self._child,
                )
        with at("network", "private_cidrs"):
            for zone, subnet in zip(network.zones, self.private, strict=True):
                aws.ec2.RouteTableAssociation(
                    f"private-{zone}",
                    route_table_id=tables.get(zone, tables[network.zones[0]]).id,
                    subnet_id=subnet.id,
                    opts=self._child,
                )
        return list(tables.values())

    def _endpoints(self) -> None:
        names, network = self._names, self._args.network
        with at("network", "endpoints"):
            aws.ec2.VpcEndpoint(
                "s3",
                vpc_id=self.vpc.id,
                service_name=names.endpoint_service("s3"),
                vpc_endpoint_type="Gateway",
                route_table_ids=[table.id for table in self._private_tables],
                policy=s3_endpoint_policy(names),
                tags=self._tags("s3"),
                opts=self._child,
            )
            if not network.endpoints:
                return
            group = aws.ec2.SecurityGroup(
                "endpoints",
                name=names.named("endpoints"),
                description="HTTPS from the VPC to interface endpoints",
                vpc_id=self.vpc.id,
                tags=self._tags("endpoints"),
                opts=self._child,
            )
            aws.vpc.SecurityGroupIngressRule(
                "endpoints",
                security_group_id=group.id,
                description="HTTPS from the VPC",
                cidr_ipv4=network.cidr,
                ip_protocol="tcp",
                from_port=443,
                to_port=443,
                tags=self._tags("endpoints"),
                opts=self._child,
            )
            for service in network.endpoints:
                storage = service == "s3"
                aws.ec2.VpcEndpoint(
                    f"{service}-interface" if storage else service,
                    vpc_id=self.vpc.id,
                    service_name=names.endpoint_service(service),
                    vpc_endpoint_type="Interface",
                    subnet_ids=self.private_ids,
                    security_group_ids=[group.id],
                    private_dns_enabled=True,
                    # Otherwise AWS keeps the name for resolvers outside of the VPC, since S3 has a gateway endpoint too.
                    dns_options=aws.ec2.VpcEndpointDnsOptionsArgs(private_dns_only_for_inbound_resolver_endpoint=False)
                    if storage
                    else None,
                    policy=s3_endpoint_policy(names) if storage else endpoint_policy(names),
                    tags=self._tags("s3-interface" if storage else service.replace(".", "-")),
                    opts=self._child,
                )

    def _flow_logs(self) -> None:
        args, names = self._args, self._names
        group = log_group(
            "flow",
            names=names,
            group=names.log_group("flow"),
            retention=args.network.flow_log_retention,
            key_arn=args.log_key,
            parent=self,
        )
        writes = ("logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents")
        role = make_role(
            "flow-logs",
            RoleArgs(
                names=names,
                role=names.role("flow-logs"),
                description="VPC flow logs write to their log group",
                trust=service_trust("vpc-flow-logs.amazonaws.com", names.env.aws.account),
                boundary=args.boundary,
                tags=self._tags("flow-logs"),
                statements=[allow("WriteFlowLogs", writes, [f"{names.log_group_arn(names.log_group('flow'))}:*"])],
            ),
            self,
        )
        aws.ec2.FlowLog(
            "flow",
            vpc_id=self.vpc.id,
            traffic_type="ALL",
            log_destination_type="cloud-watch-logs",
            log_destination=group.arn,
            iam_role_arn=role.arn,
            max_aggregation_interval=60,
            tags=self._tags("flow"),
            opts=self._child,
        )


def network(part: Part) -> None:
    """Make the network and give what others connect to."""
    keys = part.made(Keys)
    args = VpcArgs(part.names, part.env.network, keys.arn("platform"), part.made(Boundary).arn)
    with at("network"):
        made = part.keep(Vpc("network", args))
    part.give("vpc.id", made.vpc, made.vpc.id)
    part.give("subnets.private", made.vpc, pulumi.Output.all(*made.private_ids))


def endpoint_policy(names: Names) -> str:
    """Only this account's principals go through the endpoint."""
    condition = {"StringEquals": {"aws:PrincipalAccount": names.env.aws.account}}
    statement = allow("OwnAccount", ["*"], "*", principal="*", condition=condition)
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def s3_endpoint_policy(names: Names) -> str:
    """This account's principals reach this account's buckets, so that data cannot leave through the endpoint; and image layers.

    ECR keeps layers in a bucket of AWS (ECR User Guide, "Minimum Amazon S3 bucket permissions for Amazon ECR").
    """
    account = names.env.aws.account
    own = allow(
        "OwnAccount",
        ["s3:*"],
        "*",
        principal="*",
        condition={"StringEquals": {"aws:PrincipalAccount": account, "aws:ResourceAccount": account}},
    )
    layers = names.bucket_arn(f"prod-{names.env.aws.region}-starport-layer-bucket/*")
    return json.dumps(
        {"Version": "2012-10-17", "Statement": [own, allow("ImageLayers", ["s3:GetObject"], [layers], principal="*")]}
    )
