"""A team in the cluster: its fenced namespace, who works there, its service account, declared flows, and its notebook."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

import pulumi
from pulumi_kubernetes.core.v1 import ServiceAccount
from pulumi_kubernetes.rbac.v1 import RoleBinding, RoleRefArgs, SubjectArgs

from mlops_infra.config.model import Flow, Team
from mlops_infra.config.model.types import Classification
from mlops_infra.platform.cluster_roles import cluster_role
from mlops_infra.platform.fence import Fence, FenceArgs, fence
from mlops_infra.platform.flows import aws_endpoints, policy, target, to
from mlops_infra.platform.notebook import notebook
from mlops_infra.platform.objects import Scope, label_value
from mlops_infra.platform.part import Part, at
from mlops_infra.platform.shared import PROMETHEUS_ROLE, RBAC, group_subjects

_ORDER: Final[tuple[Classification, ...]] = ("public", "internal", "pii", "phi")


@dataclass(frozen=True)
class TeamClusterArgs:
    part: Part
    team: Team


class TeamCluster(pulumi.ComponentResource):
    """One team's namespace and what is in it before any model. `namespace` is its name, `fence` what pods come after."""

    namespace: pulumi.Output[str]
    fence: Fence

    def __init__(self, name: str, args: TeamClusterArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("mlops:platform:TeamCluster", name, None, opts)
        part, team = args.part, args.team
        made = _fence(part, team, self)
        scope = Scope(
            part, self, app=team.name, namespace=part.names.namespace(team.name), team=team.name, after=(made,)
        )
        self._people(scope.of(team.name, "access"), team)
        self._flows(scope.of(team.name, "network"), team)
        with at("teams", team.name):
            account = service_account(scope.of(team.name, "identity"), team.name)
        if team.notebook is not None:
            notebook(scope, team, team.notebook, account)
        self.fence = made
        self.namespace = made.namespace
        self.register_outputs({"namespace": self.namespace})

    def _people(self, scope: Scope, team: Team) -> None:
        bound: set[str] = set()
        for index, members in enumerate(team.members):
            with at("teams", team.name, "members", index):
                name = members.role + (f"-{index}" if members.role in bound else "")
                bound.add(members.role)
                role_binding(scope, name, cluster_role(members.role), group_subjects(members.groups))
        with at("monitoring"):
            subject = SubjectArgs(kind="ServiceAccount", name="prometheus", namespace="monitoring")
            role_binding(scope, "prometheus", PROMETHEUS_ROLE, [subject])

    def _flows(self, scope: Scope, team: Team) -> None:
        with at("teams", team.name, "grants"):
            policy(scope, "allow-aws", egress=aws_endpoints(scope.part.env))
        for index, flow in enumerate(team.flows):
            with at("teams", team.name, "flows", index):
                policy(scope, flow_name(flow), egress=[to([target(flow.to)], flow.port)])


def team_cluster(part: Part, team: Team) -> None:
    """Make the in-cluster side of a team."""
    with at("teams", team.name):
        part.keep(TeamCluster(team.name, TeamClusterArgs(part, team)))


def flow_name(flow: Flow) -> str:
    """Name of the policy that allows a flow; it follows from the flow, so that other flows may come and go."""
    return f"allow-{re.sub('[./]', '-', flow.to)}-{flow.port}"


def service_account(scope: Scope, name: str) -> ServiceAccount:
    """A service account whose token is mounted nowhere unless a pod asks for it."""
    return ServiceAccount(
        scope.key(name), metadata=scope.meta(name), automount_service_account_token=False, opts=scope.options()
    )


def role_binding(scope: Scope, name: str, role: str, subjects: list[SubjectArgs]) -> RoleBinding:
    """Bind a ClusterRole to `subjects` in the scope's namespace."""
    return RoleBinding(
        scope.key(name),
        metadata=scope.meta(name),
        role_ref=RoleRefArgs(api_group=RBAC, kind="ClusterRole", name=role),
        subjects=subjects,
        opts=scope.options(),
    )


def _fence(part: Part, team: Team, parent: pulumi.Resource) -> Fence:
    env = part.env
    granted = {grant.dataset for grant in team.grants}
    classes = [dataset.classification for dataset in env.datasets if dataset.name in granted]
    return fence(
        FenceArgs(
            part,
            part.names.namespace(team.name),
            ("teams", team.name),
            security=env.cluster.pod_security,
            team=team.name,
            quota=team.quota,
            labels={
                "mlops-infra/cost-centre": label_value(team.cost_centre),
                "mlops-infra/data-classification": max(classes, key=_ORDER.index, default="internal"),
            },
            annotations={"mlops-infra/owner": team.owner},
        ),
        parent,
    )
