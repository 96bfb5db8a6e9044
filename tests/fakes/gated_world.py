"""Two environments with a step between them, real receipts, approvals and trust files; the gates ask for one approval."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from evidence_world import PEOPLE, trust_files
from fake_policies import make_policies
from promotion_world import TARGET, PromotionWorld

from mlops_infra.identity.actor import Identity, Role
from mlops_infra.promotion import approving, assess
from mlops_infra.promotion import promote as promotion
from mlops_infra.promotion.approvals import Approval
from mlops_infra.promotion.gates import GATES
from mlops_infra.promotion.promote import MissingError, Promoted
from mlops_infra.promotion.rooms import Rooms
from mlops_infra.promotion.store import FileStore

ADA = Identity("ada", (Role("platform-admin", ("*",)),), "ssh", verified=True)
PIPELINE = "version: 1\nenvironments: [dev, prod]\nsteps:\n  - {from: dev, to: prod, gates: {approvals: [{role: release-approver}]}}\n"


@dataclass
class Evidence:
    """The world with the real evidence; the gates ask for one approval, and `seen` is what they were asked."""

    world: PromotionWorld
    seen: list[Mapping[str, Any]] = field(default_factory=list)

    def decide(self, document: Mapping[str, Any]) -> dict[str, Any]:
        self.seen.append(document)
        enough = bool(document["evidence"]["approvals"]["counted"])
        missing = [f"`mlops-infra approve {document['receipt'][:12]}`"]
        gates = [
            {"name": name, "result": "pass", "missing": []}
            if enough or name != "approvals"
            else {"name": name, "result": "fail", "missing": missing}
            for name in GATES
        ]
        told = {"version": 1, "environment": document["environment"], "receipt": document["receipt"]}
        return {**told, "allow": enough, "gates": gates}

    @property
    def rooms(self) -> Rooms:
        return replace(self.world.rooms, assess=assess.assess, compare=assess.compare, spend=assess.spend)

    @property
    def store(self) -> FileStore:
        return FileStore(self.world.world.project.state / "evidence")

    def promote(self) -> Promoted:
        return promotion.promote(self.world.context(), self.rooms, "dev", TARGET, confirm=lambda found: True)

    def waits(self) -> MissingError:
        with pytest.raises(MissingError) as caught:
            self.promote()
        return caught.value

    def approve(self, name: str, receipt: str, *, yes: bool = True) -> Approval:
        who = Identity(name, (Role("release-approver", ("*",)),), "ssh", verified=True)
        self.world.world.access.who = who
        key = PEOPLE[name].write(self.world.world.project.root / f"key-{name}")
        try:
            made, _ = approving.approve(self.world.context(), receipt, key, confirm=lambda looked: yes)
            return made
        finally:
            self.world.world.access.who = ADA

    @classmethod
    def of(cls, project: PromotionWorld) -> Evidence:
        """Ada asks; a newer image waits in the source."""
        made = cls(project)
        (project.stacks / "pipeline.yaml").write_text(PIPELINE)
        trust_files(project.stacks)
        project.world.opa.decisions["mlops.decisions.promotion.decision"] = made.decide
        project.world.access.who = ADA
        project.world.time = project.world.time.replace(year=2026, month=11, day=24)
        make_policies(project.world.project.policies)
        project.ready()
        return made
