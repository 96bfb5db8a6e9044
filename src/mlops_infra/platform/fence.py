"""A namespace and what surrounds it: Pod Security labels, quota, limits, and network policies that deny everything but DNS.

Workloads of the namespace come after the whole fence, so that no pod ever runs outside of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pulumi
from pulumi_kubernetes.core.v1 import (
    LimitRange,
    LimitRangeItemArgs,
    LimitRangeSpecArgs,
    Namespace,
    ResourceQuota,
    ResourceQuotaSpecArgs,
)
from pulumi_kubernetes.meta.v1 import ObjectMetaArgs

from mlops_infra.config.model import Environment, Quota
from mlops_infra.config.units import quantity
from mlops_infra.graph.model import PropertyPath
from mlops_infra.platform.flows import allow_dns, default_deny
from mlops_infra.platform.objects import Scope
from mlops_infra.platform.part import Part, at
from mlops_infra.platform.workload import GPU


@dataclass(frozen=True)
class FenceArgs:
    """`path` is the stack-file key that the namespace comes from; `quota` None for namespaces of the platform itself.

    `security` is the Pod Security Standard that is enforced.
    """

    part: Part
    namespace: str
    path: PropertyPath
    security: str = "restricted"
    team: str = ""
    quota: Quota | None = None
    labels: Mapping[str, str] = field(default_factory=dict)
    annotations: Mapping[str, str] = field(default_factory=dict)


class Fence(pulumi.ComponentResource):
    """The namespace, ready for workloads. `namespace` is its name."""

    namespace: pulumi.Output[str]

    def __init__(self, name: str, args: FenceArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("mlops:platform:Fence", name, None, opts)
        env = args.part.env
        scope = Scope(args.part, self, app="fence", namespace=args.namespace, component="namespace", team=args.team)
        made = Namespace(
            args.namespace,
            metadata=ObjectMetaArgs(
                name=args.namespace,
                labels={**scope.labels, **pod_security_labels(args.security, env.cluster.version), **args.labels},
                annotations=dict(args.annotations) or None,
            ),
            opts=scope.options(),
        )
        scope = scope.following(made)
        default_deny(scope)
        allow_dns(scope)
        if args.quota is not None:
            with at(*args.path, "quota"):
                _quota(scope, args.quota)
                _limits(scope, args.quota, env)
        self.namespace = made.metadata.name
        self.register_outputs({"namespace": self.namespace})


def fence(args: FenceArgs, parent: pulumi.Resource) -> Fence:
    """The fence of a namespace, as a part of the component `parent`."""
    with at(*args.path):
        return Fence(args.namespace, args, pulumi.ResourceOptions(parent=parent))


def pod_security_labels(enforced: str, version: str) -> dict[str, str]:
    """Labels of Pod Security Admission: `enforced` is refused, and what is short of ``restricted`` is warned of and audited.

    The standard is pinned to the cluster's `version`, so that an upgrade does not change what is accepted.
    """
    levels = {"enforce": enforced, "audit": "restricted", "warn": "restricted"}
    labels = {f"pod-security.kubernetes.io/{mode}": level for mode, level in levels.items()}
    return labels | {f"pod-security.kubernetes.io/{mode}-version": f"v{version}" for mode in levels}


def _quota(scope: Scope, quota: Quota) -> None:
    ResourceQuota(
        scope.key("quota"),
        metadata=scope.meta("quota"),
        spec=ResourceQuotaSpecArgs(
            hard={
                "requests.cpu": quota.cpu,
                "requests.memory": quota.memory,
                f"requests.{GPU}": str(quota.gpus),
                "requests.storage": quota.storage,
                "pods": str(quota.pods),
                # Nothing of a team is reachable from outside of the cluster.
                "services.loadbalancers": "0",
                "services.nodeports": "0",
            }
        ),
        opts=scope.options(),
    )


def _limits(scope: Scope, quota: Quota, env: Environment) -> None:
    """No container is larger than the largest node, or than the quota; what a container does not say gets a value."""
    pools = env.cluster.node_pools
    most = {
        "cpu": min(quota.cpu, max((pool.cpu for pool in pools), key=quantity), key=quantity),
        "memory": min(quota.memory, max((pool.memory for pool in pools), key=quantity), key=quantity),
    }
    asked = {"cpu": min("100m", most["cpu"], key=quantity), "memory": min("256Mi", most["memory"], key=quantity)}
    LimitRange(
        scope.key("limits"),
        metadata=scope.meta("limits"),
        spec=LimitRangeSpecArgs(
            limits=[
                # A smaller default would refuse every container that requests more and names no limit.
                LimitRangeItemArgs(type="Container", max=most, default=dict(most), default_request=asked),
                LimitRangeItemArgs(type="PersistentVolumeClaim", max={"storage": quota.storage}),
            ]
        ),
        opts=scope.options(),
    )
