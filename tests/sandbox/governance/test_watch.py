"""What `check --watch` says after each edit is what a `check` says that remembers nothing: real files, real programs, real OPA."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Collection, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from broken_stacks import BREAKS, Break
from fake_world import FakeWorld

from mlops_infra.config import LoadedEnvironment
from mlops_infra.errors import MlopsInfraError
from mlops_infra.governance import policyset
from mlops_infra.governance.policyset import PolicySet
from mlops_infra.governance.server import OpaServer
from mlops_infra.governance.verdict import Verdict
from mlops_infra.graph import Graph
from mlops_infra.operations import check
from mlops_infra.operations.ports import Context
from mlops_infra.operations.real import synth_with_memory, synthesized

pytestmark = pytest.mark.sandbox

AUDIT_LAYER = next(broken for broken in BREAKS if broken.rule == "MLI-AUDIT-005")
ONE_MODEL = next(broken for broken in BREAKS if broken.rule == "MLI-RESILIENCE-009")
PARAMETER = Break("MLI-COST-003", "staging.yaml", "policies:\n", "policies:\n  team_budget: 8000\n")


@pytest.fixture
def world(tmp_path: Path, shipped_rules: PolicySet) -> FakeWorld:
    """The shipped stack files, and rules that may be edited."""
    made = FakeWorld.make(tmp_path / "project")
    rules = made.project.root / "policies"
    shutil.copytree(shipped_rules.folder, rules)
    return replace(made, project=replace(made.project, policies=rules))


@pytest.fixture
def cold(world: FakeWorld, opa_program: Path, opa: OpaServer, shipped_rules: PolicySet) -> Callable[[], Verdict | str]:
    """Says what a check without memory says now, or its error. Files that say what they said before are not synthesized anew."""
    asked: list[LoadedEnvironment] = []

    @cache
    def graph(_files: tuple[str, ...]) -> Graph:
        return synthesized(asked[-1])

    def synth(loaded: LoadedEnvironment) -> Graph:
        asked.append(loaded)
        return graph(tuple(file.read_text() for file in sorted(world.project.stacks.glob("*.yaml"))))

    def started(policies: PolicySet, _programs: Any) -> AbstractContextManager[OpaServer]:
        return nullcontext(opa) if policies.digest == shipped_rules.digest else OpaServer(opa_program, policies)

    def checked() -> Verdict | str:
        try:
            (verdict,) = check.check(at_noon(world, synth=synth, opa=started), ["staging"])
        except MlopsInfraError as error:
            return str(error)
        return verdict

    return checked


def at_noon(world: FakeWorld, **ports: Any) -> Context:
    """A context in which no time passes, as verdicts tell when they were made."""
    return world.context(clock=lambda: datetime(2026, 11, 24, 12, tzinfo=UTC), **ports)


def test_after_each_edit_a_watch_says_what_a_cold_check_says(
    world: FakeWorld, cold: Callable[[], Verdict | str], opa_program: Path
) -> None:
    stacks, rules = world.project.stacks, world.project.policies
    staging = stacks / "staging.yaml"
    shipped = {file: file.read_text() for file in stacks.glob("*.yaml")}

    def change_a_rule() -> None:
        file = rules / "cost" / "budget_ceiling" / "budget_ceiling.rego"
        file.write_text(file.read_text().replace("severity: low", "severity: high"))
        policyset.write(rules, policyset.build(rules, opa_program))

    edits: dict[str, tuple[Callable[[], object], set[str] | None]] = {
        "none": (lambda: None, set()),
        "a shared layer breaks a rule": (lambda: AUDIT_LAYER.apply(stacks), {"MLI-AUDIT-005 high"}),
        "a team's model breaks another, and lines move": (
            lambda: (ONE_MODEL.apply(stacks), world.edit("base.yaml", "\n", "\n# A comment.\n")),
            {"MLI-AUDIT-005 high", "MLI-RESILIENCE-009 medium"},
        ),
        "half a file": (lambda: staging.write_text(staging.read_text()[:900] + "\nx: ["), None),
        "all mended": (lambda: [file.write_text(text) for file, text in shipped.items()], set()),
        "a parameter of a rule": (lambda: PARAMETER.apply(stacks), {"MLI-COST-003 low"}),
        "a rule": (change_a_rule, {"MLI-COST-003 high"}),
    }
    waiting, now = iter(edits), ""
    said: dict[str, tuple[Verdict | str, Verdict | str]] = {}

    def saved() -> Iterator[Collection[Path]]:
        """Each edit is made once the one before was judged."""
        nonlocal now
        for files in check.changed_files(world.project):
            yield files
            now = next(waiting, "")
            if not now:
                return
            edits[now][0]()

    def tell(judged: Verdict | str) -> None:
        said[now] = (judged, cold())

    context = at_noon(
        world,
        synth=synthesized,
        synth_with_memory=synth_with_memory,
        opa=lambda policies, _programs: OpaServer(opa_program, policies),
    )
    now = next(waiting)
    check.watch(context, ["staging"], saved(), lambda verdicts: tell(verdicts[0]), lambda error: tell(str(error)))
    assert {edit: broken(watched) for edit, (watched, _) in said.items()} == {
        edit: wanted for edit, (_, wanted) in edits.items()
    }
    for edit, (watched, alone) in said.items():
        assert watched == alone, edit


def broken(said: Verdict | str) -> set[str] | None:
    """The rules that were found broken, with their severity; None where nothing could be judged."""
    if isinstance(said, str) or said.problem:
        return None
    return {f"{found.rule.id} {found.rule.severity}" for found in said.failures}
