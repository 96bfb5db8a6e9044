"""Staging broken through its YAML alone, in many ways: `check` and `up` both refuse, with the file and the line to change."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from broken_stacks import BREAKS, Break
from fake_guard import NoReceipt
from fake_world import FakeWorld

from mlops_infra.config import LoadedEnvironment
from mlops_infra.errors import ExitCode
from mlops_infra.governance.policyset import PolicySet
from mlops_infra.governance.server import OpaServer
from mlops_infra.governance.verdict import Finding, Verdict
from mlops_infra.graph import Graph
from mlops_infra.operations import check, deploy
from mlops_infra.operations.judging import VerdictError
from mlops_infra.operations.ports import Context
from mlops_infra.operations.real import by_policies, synthesized

pytestmark = pytest.mark.sandbox


@dataclass(frozen=True)
class Staging:
    """A project with the shipped files and rules, in which everything is real but the engine, whose preview is what synth gives."""

    world: FakeWorld
    context: Callable[[], Context]

    def check(self) -> Verdict:
        (verdict,) = check.check(self.context(), ["staging"])
        return verdict

    def up(self, context: Context | None = None) -> Verdict:
        """The verdict that stops `up`."""
        with pytest.raises(VerdictError) as caught:
            deploy.up(context or self.context(), "staging", confirm=lambda planned: True)
        assert caught.value.exit_code == ExitCode.POLICY
        return caught.value.verdict

    def plan(self) -> Verdict:
        return deploy.plan(self.context(), "staging").verdict

    def edit(self, broken: Break) -> int:
        """Make the edit; returns the line, counted from 1."""
        return broken.apply(self.world.project.stacks)


@pytest.fixture
def staging(tmp_path: Path, opa: OpaServer, shipped_rules: PolicySet) -> Staging:
    made = FakeWorld.make(tmp_path / "project")
    world = replace(
        made, project=replace(made.project, policies=shipped_rules.folder), time=datetime(2026, 11, 24, 12, tzinfo=UTC)
    )

    @cache
    def graph(text: str) -> Graph:
        return synthesized(known[text])

    known: dict[str, LoadedEnvironment] = {}

    def wanted(loaded: LoadedEnvironment) -> Graph:
        text = loaded.environment.model_dump_json()
        known[text] = loaded
        return graph(text)

    def shared(policies: PolicySet, programs: Any) -> AbstractContextManager[OpaServer]:
        assert policies.digest == shipped_rules.digest
        return nullcontext(opa)

    world.cloud.wanted = wanted
    return Staging(world, lambda: world.context(synth=wanted, opa=shared, judge=by_policies))


def of(verdict: Verdict, rule: str) -> Iterator[Finding]:
    return (finding for finding in verdict.failures if finding.rule.id == rule)


def places(verdict: Verdict, rule: str) -> set[tuple[str, int]]:
    """Where the findings of a rule are said to come from."""
    assert verdict.problem is None, verdict.problem
    return {(found.origin.file, found.origin.line) for found in of(verdict, rule) if found.origin}


def test_all_at_once_each_names_its_line(staging: Staging) -> None:
    stacks = staging.world.project.stacks
    # From the top of a file to its end, so that no edit moves the line of an earlier one.
    ordered = sorted(BREAKS, key=lambda broken: (stacks / broken.file).read_text().index(broken.old))
    lines = {broken.rule: (f"stacks/{broken.file}", staging.edit(broken)) for broken in ordered}
    checked = staging.check()
    assert checked.result == "fail"
    assert {rule: line for rule, line in lines.items() if line not in places(checked, rule)} == {}
    assert staging.up() == checked
    # Shared layers are part of every release, so that where releases are promoted to the edit lacks a receipt as well.
    context = staging.context()
    assert staging.up(replace(context, ports=replace(context.ports, guard=NoReceipt()))) == checked
    assert staging.world.cloud.state == {}


@pytest.mark.deep
@pytest.mark.parametrize("broken", BREAKS, ids=lambda broken: broken.rule)
def test_check_and_up_refuse_and_name_the_line(broken: Break, staging: Staging) -> None:
    line = staging.edit(broken)
    checked = staging.check()
    assert checked.result == "fail"
    assert places(checked, broken.rule) == {(f"stacks/{broken.file}", line)}
    assert staging.up() == checked
    assert staging.world.cloud.state == {}


SHORT_BACKUPS = next(broken for broken in BREAKS if broken.rule == "MLI-RESILIENCE-002")
"""A high rule: its waivers last for 30 days at most."""


def waive(staging: Staging, finding: Finding, **changed: Any) -> None:
    """Write a waiver for `finding`, which holds from 2026-11-24 to 2026-12-20."""
    waiver = {
        "rule": finding.rule.id,
        "resource": {"type": finding.type or "stack", "name": finding.name},
        "environments": ["staging"],
        "reason": "The snapshots of the storage team hold until the window is agreed.",
        "owner": "ml-platform@meridian-health.example",
        "approver": "compliance@meridian-health.example",
        "ticket": "SEC-1234",
        "granted": "2026-11-24",
        "expires": "2026-12-20",
        **changed,
    }
    text = yaml.safe_dump({"version": 1, "waivers": [waiver]})
    (staging.world.project.stacks / "waivers.yaml").write_text(text)


def test_a_waiver_works_until_the_day_it_expires(staging: Staging) -> None:
    staging.edit(SHORT_BACKUPS)
    (finding,) = of(staging.check(), SHORT_BACKUPS.rule)
    waive(staging, finding)
    staging.world.time = datetime(2026, 12, 20, 23, 59, tzinfo=UTC)
    held = staging.check()
    assert (held.result, held.waived[0].waived_by) == ("pass", "SEC-1234")
    assert "2026-12-20" in held.notes[0]
    assert staging.plan().result == "pass"
    staging.world.time = datetime(2026, 12, 21, tzinfo=UTC)
    (again,) = of(staging.check(), SHORT_BACKUPS.rule)
    assert "expired on 2026-12-20" in str(again.not_waived)
    assert of(staging.up(), SHORT_BACKUPS.rule)
    assert staging.world.cloud.state == {}


def test_renaming_the_policies_makes_everything_deny(staging: Staging, tmp_path: Path) -> None:
    gone = replace(staging.world.project, policies=tmp_path / "elsewhere")
    context = replace(staging.context(), project=gone)
    for verdict in (*check.check(context, ["staging"]), deploy.plan(context, "staging").verdict):
        assert (verdict.result, verdict.problem and verdict.problem.code) == ("fail", "no-policies")
    with pytest.raises(VerdictError, match="there are no policies"):
        deploy.up(context, "staging", confirm=lambda planned: True)
    assert staging.world.cloud.state == {}
