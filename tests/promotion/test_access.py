"""Whoever may not promote, roll back, approve or touch a release changes nothing and is recorded."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fake_access import FakeAccess
from promotion_world import POLICIES, SOURCE, TARGET, PromotionWorld

from mlops_infra.config import load_environment
from mlops_infra.errors import GateError
from mlops_infra.operations.mutating import ASKS
from mlops_infra.operations.places import mirror
from mlops_infra.operations.ports import Context
from mlops_infra.promotion import catalogue, promote
from mlops_infra.promotion.git import propose
from mlops_infra.promotion.release import of
from mlops_infra.promotion.rollback import rollback


def yes(_: object) -> bool:
    return True


RUN: Mapping[str, Callable[[PromotionWorld, Context, str], Any]] = {
    "promotion.catalogue.create": lambda world, context, name: catalogue.create(context, TARGET),
    "promotion.catalogue.judge": lambda world, context, name: catalogue.judge(context, "hold", name, "why", TARGET),
    "promotion.catalogue.pin": lambda world, context, name: catalogue.pin(context, TARGET, "codes"),
    "promotion.git.propose": lambda world, context, name: propose(context, world.rooms, SOURCE, TARGET),
    "promotion.promote.abort": lambda world, context, name: promote.abort(context, world.rooms, TARGET),
    "promotion.promote.promote": lambda world, context, name: promote.promote(
        context, world.rooms, SOURCE, TARGET, confirm=yes
    ),
    "promotion.promote.resume": lambda world, context, name: promote.resume(context, world.rooms, TARGET),
    "promotion.rollback.rollback": lambda world, context, name: rollback(
        context, world.rooms, TARGET, to=name, confirm=yes
    ),
}


def test_every_use_case_of_promotion_is_run() -> None:
    """`approve` has tests of its own, with receipts."""
    assert {*RUN, "promotion.approving.approve"} == {name for name in ASKS if name.startswith("promotion.")}


def files(world: PromotionWorld) -> Mapping[Path, bytes]:
    root = world.stacks.parent
    return {
        file: file.read_bytes() for file in sorted(root.rglob("*")) if file.is_file() and file.parent.name != "ledger"
    }


@pytest.mark.parametrize("name", RUN)
def test_whoever_may_not_changes_nothing(project: PromotionWorld, name: str) -> None:
    project.ready()
    access = FakeAccess(refuses=lambda who, operation, environment: "a stranger moves nothing")
    context = project.context()
    context = replace(context, ports=replace(context.ports, identify=access.identify, authorise=access.authorise))
    said = of(load_environment(project.stacks, SOURCE), POLICIES)
    release = project.releases(context).create(said, environment=SOURCE, by="somebody").release.id
    before, cloud = files(project), dict(project.cloud.state)
    with pytest.raises(GateError, match="a stranger moves nothing"):
        RUN[name](project, context, release)
    assert files(project) == before
    assert project.cloud.state == cloud
    assert access.asked == [(ASKS[name], TARGET)]
    last = next(mirror(context, TARGET).newest_first())
    assert (last.kind, last.data["operation"]) == ("denied", ASKS[name])
