"""The network and the Kubernetes cluster."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

from pydantic import Field

from mlops_infra.config.model.types import (
    AddonVersion,
    Cidr,
    Duration,
    Gpus,
    InstanceType,
    KubernetesVersion,
    LabelKey,
    LabelValue,
    Name,
    Quantity,
    Section,
    ServiceSuffix,
    Zone,
)


class Network(Section):
    """The VPC; one private and one public subnet per zone."""

    cidr: Cidr = Field(examples=["10.32.0.0/16"])
    """Address block of the VPC: /16 to /28 (AWS limit), no overlap with another environment's."""
    zones: Annotated[list[Zone], Field(min_length=3, max_length=6)] = Field(
        examples=[["eu-central-1a", "eu-central-1b", "eu-central-1c"]]
    )
    """Availability zones, at least three, in the environment's region."""
    private_cidrs: list[Cidr] = Field(examples=[["10.32.0.0/19", "10.32.32.0/19", "10.32.64.0/19"]])
    """Blocks of the private subnets (nodes, databases), one per zone in the order of `zones`, inside of `cidr`."""
    public_cidrs: list[Cidr] = Field(examples=[["10.32.128.0/22", "10.32.132.0/22", "10.32.136.0/22"]])
    """Blocks of the public subnets (NAT gateways only), one per zone in the order of `zones`, inside of `cidr`."""
    nat_per_zone: bool = Field(default=False, examples=[True])
    """One NAT gateway per zone rather than one for all."""
    endpoints: list[ServiceSuffix] = Field(
        default=["s3", "ecr.api", "ecr.dkr", "sts", "kms", "logs", "eks", "eks-auth", "ec2", "secretsmanager", "sns"],
        examples=[
            ["s3", "ecr.api", "ecr.dkr", "sts", "kms", "logs", "eks", "eks-auth", "ec2", "secretsmanager", "sns"]
        ],
    )
    """Interface endpoints by service suffix. Pods reach only the services named here; S3 always has a gateway endpoint besides."""
    flow_log_retention: Duration = Field(default="P1Y", examples=["P90D", "P1Y"])
    """How long VPC flow logs are kept."""


class Taint(Section):
    """A Kubernetes node taint."""

    key: LabelKey = Field(examples=["nvidia.com/gpu"])
    """The taint's key."""
    value: LabelValue = Field(default="", examples=["present"])
    """The taint's value; empty for none."""
    effect: Literal["NoSchedule", "PreferNoSchedule", "NoExecute"] = Field(examples=["NoSchedule"])
    """What happens to pods that do not tolerate the taint."""


class NodePool(Section):
    """One EKS managed node group; in the sandbox simulated nodes of the same capacity."""

    name: Name = Field(examples=["cpu", "gpu"])
    """Name of the pool, unique in the environment."""
    instance_type: InstanceType = Field(examples=["m7i.4xlarge", "g6.4xlarge"])
    """EC2 instance type."""
    min: Annotated[int, Field(ge=0, le=450)] = Field(examples=[2])
    """Smallest number of nodes."""
    max: Annotated[int, Field(ge=1, le=450)] = Field(examples=[8])
    """Largest number of nodes (EKS quota: 450 nodes in a managed node group)."""
    desired: Annotated[int, Field(ge=0, le=450)] = Field(examples=[3])
    """Number of nodes at the start, between `min` and `max`."""
    cpu: Quantity = Field(examples=["16"])
    """CPU capacity of one node as Kubernetes reports it, in cores."""
    memory: Quantity = Field(examples=["64Gi"])
    """Memory capacity of one node as Kubernetes reports it."""
    gpus: Gpus = Field(default=0, examples=[1])
    """``nvidia.com/gpu`` per node."""
    disk: Annotated[int, Field(ge=20, le=16384)] = Field(default=100, examples=[200])
    """Root volume (gp3, encrypted), GiB."""
    labels: dict[LabelKey, LabelValue] = Field(default={}, examples=[{"workload": "gpu"}])
    """Kubernetes labels of the nodes."""
    taints: list[Taint] = Field(
        default=[], examples=[[{"key": "nvidia.com/gpu", "value": "present", "effect": "NoSchedule"}]]
    )
    """Kubernetes taints of the nodes."""


class Addon(Section):
    """A pinned EKS add-on."""

    name: Name = Field(examples=["coredns", "aws-ebs-csi-driver"])
    """Name of the add-on as EKS knows it."""
    version: AddonVersion = Field(examples=["v1.12.4-eksbuild.1"])
    """Pinned version of the add-on."""


NODE_POOL_EXAMPLE: Final[dict[str, Any]] = {
    "name": "cpu",
    "instance_type": "m7i.4xlarge",
    "min": 2,
    "max": 8,
    "desired": 3,
    "cpu": "16",
    "memory": "64Gi",
}


class Cluster(Section):
    """The EKS cluster."""

    version: KubernetesVersion = Field(examples=["1.35"])
    """Kubernetes minor version, for example ``1.35``; in quotes, it is not a number."""
    node_pools: Annotated[list[NodePool], Field(min_length=1, max_length=30)] = Field(examples=[[NODE_POOL_EXAMPLE]])
    """Node pools; at least one."""
    addons: list[Addon] = Field(default=[], examples=[[{"name": "coredns", "version": "v1.12.4-eksbuild.1"}]])
    """Add-ons with pinned versions."""
    log_retention: Duration = Field(default="P1Y", examples=["P6Y"])
    """How long control-plane logs (API, audit, authenticator, controller manager, scheduler) are kept."""
    pod_security: Literal["baseline", "restricted"] = Field(default="restricted", examples=["restricted"])
    """Pod Security Standard that team namespaces enforce."""
