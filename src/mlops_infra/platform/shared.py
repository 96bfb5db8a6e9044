"""What the whole cluster shares: the storage class, priorities, the roles, and who holds them everywhere."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import pulumi
from pulumi_kubernetes.rbac.v1 import (
    ClusterRole,
    ClusterRoleBinding,
    PolicyRuleArgs,
    RoleRefArgs,
    SubjectArgs,
)
from pulumi_kubernetes.scheduling.v1 import PriorityClass
from pulumi_kubernetes.storage.v1 import StorageClass

from mlops_infra.platform.cluster_roles import CLUSTER_ROLES, Rule, cluster_role
from mlops_infra.platform.objects import Scope
from mlops_infra.platform.part import Part, at

STORAGE_CLASS: Final = "gp3"
"""Name of the cluster's default storage class."""

RBAC: Final = "rbac.authorization.k8s.io"

PLATFORM_PRIORITY: Final = "mlops-infra-platform"
SERVING_PRIORITY: Final = "mlops-infra-serving"
NOTEBOOK_PRIORITY: Final = "mlops-infra-notebook"

_PRIORITIES: Final = {
    PLATFORM_PRIORITY: (900_000, "PreemptLowerPriority", "Services that all teams need: registry and monitoring."),
    SERVING_PRIORITY: (500_000, "PreemptLowerPriority", "Models in serving."),
    NOTEBOOK_PRIORITY: (100_000, "Never", "Interactive work: waits for room and makes none."),
}
"""Value, preemption and meaning of each PriorityClass (user classes: at most 1,000,000,000)."""

_PROMETHEUS_RULES: Final = (Rule(("",), ("pods",), ("get", "list", "watch")),)

PROMETHEUS_ROLE: Final = "mlops-infra-prometheus"
"""ClusterRole that lets Prometheus find pods; bound namespace by namespace, in those that it scrapes."""


@dataclass(frozen=True)
class SharedArgs:
    part: Part


class Shared(pulumi.ComponentResource):
    """Cluster-wide objects. `storage_class` is the name of the default one, `needed` what the platform's own workloads need."""

    storage_class: pulumi.Output[str]
    needed: tuple[pulumi.Resource, ...]

    def __init__(self, name: str, args: SharedArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("mlops:platform:Shared", name, None, opts)
        scope = Scope(args.part, self, app="mlops-infra", component="cluster")
        with at("cluster"):
            made = _storage_class(scope)
            priorities = {}
            for priority, (value, preemption, meaning) in _PRIORITIES.items():
                priorities[priority] = PriorityClass(
                    priority,
                    metadata=scope.meta(priority),
                    value=value,
                    preemption_policy=preemption,
                    global_default=False,
                    description=meaning,
                    opts=scope.options(),
                )
        with at("monitoring"):
            _cluster_role(scope, PROMETHEUS_ROLE, _PROMETHEUS_RULES)
        with at("access"):
            roles = {role: _cluster_role(scope, cluster_role(role), rules) for role, rules in CLUSTER_ROLES.items()}
        bound: dict[str, None] = {}
        for index, binding in enumerate(args.part.env.access):
            with at("access", index):
                # Two entries of one role give two bindings; the first has the plain name.
                bound_name = cluster_role(binding.role) + (f"-{index}" if binding.role in bound else "")
                bound[binding.role] = None
                ClusterRoleBinding(
                    bound_name,
                    metadata=scope.meta(bound_name),
                    role_ref=RoleRefArgs(api_group=RBAC, kind="ClusterRole", name=cluster_role(binding.role)),
                    subjects=group_subjects(binding.groups),
                    opts=scope.options(roles[binding.role]),
                )
        self.storage_class = made.metadata.name
        self.needed = (made, priorities[PLATFORM_PRIORITY])
        self.register_outputs({"storageClass": self.storage_class})


def shared(part: Part) -> None:
    """Make the cluster-wide objects."""
    with at("cluster"):
        part.keep(Shared("shared", SharedArgs(part)))


def group_subjects(groups: list[str]) -> list[SubjectArgs]:
    """Groups of the identity provider as RBAC subjects."""
    return [SubjectArgs(api_group=RBAC, kind="Group", name=group) for group in groups]


def _storage_class(scope: Scope) -> StorageClass:
    return StorageClass(
        STORAGE_CLASS,
        metadata=scope.meta(STORAGE_CLASS, annotations={"storageclass.kubernetes.io/is-default-class": "true"}),
        provisioner="ebs.csi.aws.com",
        parameters={
            "type": "gp3",
            "encrypted": "true",
            "kmsKeyId": scope.part.take("keys.platform.arn"),
            "csi.storage.k8s.io/fstype": "ext4",
        },
        # A volume is made in the zone where its pod will run.
        volume_binding_mode="WaitForFirstConsumer",
        reclaim_policy="Delete",
        allow_volume_expansion=True,
        opts=scope.options(),
    )


def _cluster_role(scope: Scope, name: str, rules: tuple[Rule, ...]) -> ClusterRole:
    return ClusterRole(
        name,
        metadata=scope.meta(name),
        rules=[
            PolicyRuleArgs(api_groups=list(rule.groups), resources=list(rule.resources), verbs=list(rule.verbs))
            for rule in rules
        ],
        opts=scope.options(),
    )
