"""A whole small project on the running embedded cloud: the real operations, the real engine, the smallest stack file there can be."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import yaml
from fake_access import FakeAccess
from fake_judge import FakeJudge

from mlops_infra.audit import Ledger
from mlops_infra.engine.plan import Event, ignore_events
from mlops_infra.operations import deploy
from mlops_infra.operations.deploy import Deployed, Planned
from mlops_infra.operations.ports import Context, Ports
from mlops_infra.operations.project import Project
from mlops_infra.operations.real import real_ports
from mlops_infra.providers.connection import Connection

ENVIRONMENT = "unit"
_SHA = "@sha256:" + "0123456789abcdef" * 4
_POOL = {"min": 1, "max": 4, "desired": 2, "cpu": "8", "memory": "32Gi"}
_TAINT = {"key": "nvidia.com/gpu", "value": "present", "effect": "NoSchedule"}

SMALL: Mapping[str, Any] = {
    "version": 1,
    "project": "meridian",
    "environment": ENVIRONMENT,
    "target": "sandbox",
    "owner": "ml-platform@example.org",
    "cost_centre": "CC-1",
    "aws": {"account": "111100000099", "region": "eu-central-1"},
    "network": {
        "cidr": "10.48.0.0/16",
        "zones": ["eu-central-1a", "eu-central-1b", "eu-central-1c"],
        "private_cidrs": ["10.48.0.0/19", "10.48.32.0/19", "10.48.64.0/19"],
        "public_cidrs": ["10.48.128.0/22", "10.48.132.0/22", "10.48.136.0/22"],
        "endpoints": ["s3"],
    },
    "datasets": [{"name": "codes", "classification": "public", "owner": "data@example.org"}],
    # The node pools of the shipped dev environment, whose nodes the session's cluster has.
    "cluster": {
        "version": "1.35",
        "node_pools": [
            {"name": "cpu", "instance_type": "m7i.2xlarge", "labels": {"workload": "general"}, **_POOL},
            {"name": "gpu", "instance_type": "g6.2xlarge", "gpus": 1, "labels": {"workload": "gpu"}, "taints": [_TAINT]}
            | {**_POOL, "max": 2},
        ],
    },
    "registry": {"image": f"registry.example.org/mlflow{_SHA}", "replicas": 1},
    "monitoring": {
        "prometheus_image": f"registry.example.org/prometheus{_SHA}",
        "alertmanager_image": f"registry.example.org/alertmanager{_SHA}",
        "grafana_image": f"registry.example.org/grafana{_SHA}",
    },
    "teams": [
        {
            "name": "research",
            "owner": "research@example.org",
            "cost_centre": "CC-2",
            "budget": 1000,
            "quota": {"cpu": "4", "memory": "16Gi"},
            "members": [{"role": "ml-engineer", "groups": ["research-engineers"]}],
        }
    ],
}
"""About 190 resources in three parts."""


@dataclass
class Lab:
    """The project, what its last operation told, and a door to everything that it made."""

    project: Project
    cloud: Connection
    boto: Callable[..., Any]
    stack: dict[str, Any] = field(default_factory=lambda: json.loads(json.dumps(SMALL)))
    notices: list[str] = field(default_factory=list)

    @classmethod
    def make(cls, state: Path, cloud: Connection, boto: Callable[..., Any]) -> Lab:
        """A project whose ``.mlops-infra`` is `state`."""
        stacks = state.parent / "stacks"
        stacks.mkdir(exist_ok=True)
        made = cls(Project(state.parent, stacks, state.parent / "policies", state), cloud, boto)
        made.save()
        return made

    def save(self, **changed: Any) -> None:
        """Write the stack file, with keys replaced; the change stays."""
        self.stack |= changed
        (self.project.stacks / f"{ENVIRONMENT}.yaml").write_text(yaml.safe_dump(self.stack, sort_keys=False))

    @property
    def ports(self) -> Ports:
        """The real ones, without policies: these tests are about the engine."""
        access = FakeAccess()
        return replace(real_ports(), judge=FakeJudge(), identify=access.identify, authorise=access.authorise)

    def context(self, ports: Ports | None = None, on_event: Callable[[Event], None] = ignore_events) -> Context:
        """The context of one operation; what it notices is in `notices` afterwards."""
        self.notices.clear()
        return Context(self.project, ports or self.ports, on_event=on_event, notice=self.notices.append)

    def plan(self, **options: Any) -> Planned:
        return deploy.plan(self.context(), ENVIRONMENT, **options)

    def up(self, on_event: Callable[[Event], None] = ignore_events, **options: Any) -> Deployed:
        """`up`, confirmed. `on_event` hears only what is applied."""
        confirmed: list[Planned] = []

        def hear(event: Event) -> None:
            if confirmed:
                on_event(event)

        def confirm(planned: Planned) -> bool:
            confirmed.append(planned)
            return True

        return deploy.up(self.context(on_event=hear), ENVIRONMENT, confirm=confirm, **options)

    @property
    def ledger(self) -> Ledger:
        return Ledger(self.project.ledger(ENVIRONMENT))

    def told(self, since: int = 0) -> list[str]:
        """What the ledger says after its entry number `since`, shortly: ``intent up``, ``result up failed``."""
        return [
            " ".join(filter(None, [e.kind, str(e.data.get("operation", "")), str(e.data.get("result", ""))]))
            for e in self.ledger.entries()
            if e.seq > since
        ]

    @property
    def entries(self) -> int:
        """How many entries the ledger has."""
        return sum(1 for _ in self.ledger.entries())

    def in_state(self, token: str) -> set[str]:
        """Ids of the deployed resources of one type."""
        found = set()
        for file in (self.project.state / "engine/state/.pulumi/stacks/mlops-infra").glob(f"{ENVIRONMENT}-*.json"):
            latest = json.loads(file.read_text())["checkpoint"]["latest"] or {}
            found |= {r["id"] for r in latest.get("resources") or () if r["type"] == token}
        return found

    def in_cloud(self) -> dict[str, set[str]]:
        """Ids by type of what really is, of the types that AWS makes a second one of without complaint."""
        ec2, kms = self.boto("ec2"), self.boto("kms")
        ours = [{"Name": "tag:environment", "Values": [ENVIRONMENT]}]
        keys = (kms.describe_key(KeyId=key["KeyId"])["KeyMetadata"] for key in kms.list_keys()["Keys"])
        mine = {"TagKey": "environment", "TagValue": ENVIRONMENT}
        return {
            "aws:ec2/vpc:Vpc": {v["VpcId"] for v in ec2.describe_vpcs(Filters=ours)["Vpcs"]},
            "aws:ec2/subnet:Subnet": {s["SubnetId"] for s in ec2.describe_subnets(Filters=ours)["Subnets"]},
            "aws:ec2/natGateway:NatGateway": {
                n["NatGatewayId"] for n in ec2.describe_nat_gateways(Filters=ours)["NatGateways"]
            },
            "aws:ec2/eip:Eip": {a["AllocationId"] for a in ec2.describe_addresses(Filters=ours)["Addresses"]},
            "aws:ec2/routeTable:RouteTable": {
                t["RouteTableId"] for t in ec2.describe_route_tables(Filters=ours)["RouteTables"]
            },
            "aws:ec2/launchTemplate:LaunchTemplate": {
                t["LaunchTemplateId"]
                for t in ec2.describe_launch_templates()["LaunchTemplates"]
                if "unit" in t["LaunchTemplateName"]
            },
            "aws:kms/key:Key": {
                key["KeyId"]
                for key in keys
                if key["KeyState"] == "Enabled" and mine in kms.list_resource_tags(KeyId=key["KeyId"])["Tags"]
            },
        }
