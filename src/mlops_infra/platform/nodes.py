"""EKS managed node groups, one per pool of the stack file, each with its launch template."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from mlops_infra.config.model import Cluster, NodePool
from mlops_infra.platform.names import Names
from mlops_infra.platform.part import at
from mlops_infra.platform.policies import service_trust
from mlops_infra.platform.roles import RoleArgs, make_role

EFFECTS = {"NoSchedule": "NO_SCHEDULE", "PreferNoSchedule": "PREFER_NO_SCHEDULE", "NoExecute": "NO_EXECUTE"}
"""Kubernetes' taint effects as EKS spells them."""

AUTOSCALER = "k8s.io/cluster-autoscaler/node-template/resources"
"""Tags by which the cluster autoscaler knows what a node of an empty group would have."""


@dataclass(frozen=True)
class NodePoolsArgs:
    """What the node groups are made from."""

    names: Names
    cluster: Cluster
    cluster_name: pulumi.Input[str]
    subnets: Sequence[pulumi.Input[str]]
    security_group: pulumi.Input[str]
    volume_key: pulumi.Input[str]
    boundary: pulumi.Input[str]
    ready: Sequence[pulumi.Resource]
    """What nodes need to become ready."""


class NodePools(pulumi.ComponentResource):
    """The node groups and their role."""

    def __init__(self, name: str, args: NodePoolsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("mlops:platform:NodePools", name, {}, opts)
        self._args = args
        names = args.names
        # Without the add-on there is no pod identity that the network plugin could use.
        own_network = [] if any(addon.name == "vpc-cni" for addon in args.cluster.addons) else ["AmazonEKS_CNI_Policy"]
        self.role = make_role(
            "node",
            RoleArgs(
                names=names,
                role=names.role("node"),
                description="Nodes: join the cluster and pull images",
                trust=service_trust("ec2.amazonaws.com"),
                boundary=args.boundary,
                tags=names.tags(names.role("node")),
                managed=["AmazonEKSWorkerNodeMinimalPolicy", "AmazonEC2ContainerRegistryPullOnly", *own_network],
            ),
            self,
        )
        self.groups: list[aws.eks.NodeGroup] = []
        for pool in args.cluster.node_pools:
            with at("cluster", "node_pools", pool.name):
                self.groups.append(self._group(pool))
        self.register_outputs({"role": self.role.arn})

    def _group(self, pool: NodePool) -> aws.eks.NodeGroup:
        args, names = self._args, self._args.names
        template = self._template(pool)
        return aws.eks.NodeGroup(
            pool.name,
            cluster_name=args.cluster_name,
            node_group_name=names.named(pool.name),
            node_role_arn=self.role.arn,
            subnet_ids=args.subnets,
            version=args.cluster.version,
            ami_type=ami_type(pool),
            capacity_type="ON_DEMAND",
            instance_types=[pool.instance_type],
            scaling_config=aws.eks.NodeGroupScalingConfigArgs(
                min_size=pool.min, max_size=pool.max, desired_size=pool.desired
            ),
            update_config=aws.eks.NodeGroupUpdateConfigArgs(max_unavailable=1),
            launch_template=aws.eks.NodeGroupLaunchTemplateArgs(
                id=template.id, version=template.latest_version.apply(str)
            ),
            labels=dict(pool.labels),
            taints=[
                aws.eks.NodeGroupTaintArgs(key=taint.key, value=taint.value or None, effect=EFFECTS[taint.effect])
                for taint in pool.taints
            ],
            tags=names.tags(names.named(pool.name)) | capacity_tags(pool),
            opts=pulumi.ResourceOptions(parent=self, depends_on=[self.role, *args.ready]),
        )

    def _template(self, pool: NodePool) -> aws.ec2.LaunchTemplate:
        args, names = self._args, self._args.names
        tags = names.tags(names.named("node", pool.name))
        return aws.ec2.LaunchTemplate(
            pool.name,
            name=names.named(pool.name),
            description=f"Nodes of pool {pool.name}",
            update_default_version=True,
            # Session tokens only, and no hop further than the node itself: pods cannot take the node's role.
            metadata_options=aws.ec2.LaunchTemplateMetadataOptionsArgs(
                http_endpoint="enabled", http_tokens="required", http_put_response_hop_limit=1
            ),
            block_device_mappings=[
                aws.ec2.LaunchTemplateBlockDeviceMappingArgs(
                    device_name="/dev/xvda",
                    ebs=aws.ec2.LaunchTemplateBlockDeviceMappingEbsArgs(
                        encrypted="true",
                        kms_key_id=args.volume_key,
                        volume_type="gp3",
                        volume_size=pool.disk,
                        delete_on_termination="true",
                    ),
                )
            ],
            vpc_security_group_ids=[args.security_group],
            tag_specifications=[
                aws.ec2.LaunchTemplateTagSpecificationArgs(resource_type=kind, tags=tags)
                for kind in ("instance", "volume", "network-interface")
            ],
            tags=tags,
            opts=pulumi.ResourceOptions(parent=self),
        )


def ami_type(pool: NodePool) -> str:
    """The EKS image family of a pool: Amazon Linux 2023 for its processor, with NVIDIA's drivers where it has GPUs."""
    # Graviton families have a g after the generation: m7g, c7gn, g5g; not g6 (EC2 instance type naming).
    processor = "ARM_64" if re.match(r"[a-z]+\d+g", pool.instance_type) else "x86_64"
    return f"AL2023_{processor}_{'NVIDIA' if pool.gpus else 'STANDARD'}"


def capacity_tags(pool: NodePool) -> dict[str, str]:
    """What a node of the pool has, for an autoscaler that looks at an empty group."""
    tags = {f"{AUTOSCALER}/cpu": pool.cpu, f"{AUTOSCALER}/memory": pool.memory}
    if pool.gpus:
        tags[f"{AUTOSCALER}/nvidia.com/gpu"] = str(pool.gpus)
    return tags
