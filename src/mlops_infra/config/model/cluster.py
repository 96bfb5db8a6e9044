"""The network and the Kubernetes cluster."""

from __future__ import annotations

from typing import Literal

from mlops_infra.config.model.types import Cidr, Duration, Name, Quantity, Section


class Network(Section):
    """The VPC; one private and one public subnet per zone."""

    cidr: Cidr
    zones: list[str]
    """Availability zones, at least three, in the environment's region."""
    private_cidrs: list[Cidr]
    public_cidrs: list[Cidr]
    nat_per_zone: bool = False
    """One NAT gateway per zone rather than one for all."""
    endpoints: list[str] = ["ecr.api", "ecr.dkr", "sts", "kms", "logs", "eks", "eks-auth", "ec2", "secretsmanager"]
    """Interface endpoints by service suffix; S3 is always a gateway endpoint."""
    flow_log_retention: Duration = "P1Y"


class Taint(Section):
    """A Kubernetes node taint."""

    key: str
    value: str = ""
    effect: Literal["NoSchedule", "PreferNoSchedule", "NoExecute"]


class NodePool(Section):
    """One EKS managed node group; in the sandbox simulated nodes of the same capacity."""

    name: Name
    instance_type: str
    min: int
    max: int
    desired: int
    cpu: Quantity
    """Capacity of one node as Kubernetes reports it."""
    memory: Quantity
    gpus: int = 0
    """``nvidia.com/gpu`` per node."""
    disk: int = 100
    """Root volume (gp3, encrypted), GiB."""
    labels: dict[str, str] = {}
    taints: list[Taint] = []


class Addon(Section):
    """A pinned EKS add-on."""

    name: str
    version: str


class Cluster(Section):
    """The EKS cluster."""

    version: str
    """Kubernetes minor version, for example ``1.35``."""
    node_pools: list[NodePool]
    addons: list[Addon] = []
    log_retention: Duration = "P1Y"
    pod_security: Literal["baseline", "restricted"] = "restricted"
    """Pod Security Standard that team namespaces enforce."""
