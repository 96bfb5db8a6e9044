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

STRANGER = "registry.example.org/claims-fraud/fraud-scorer@sha256:" + "0123456789abcdef" * 4


@dataclass(frozen=True)
class Break:
    """One edit of a stack file: `old` becomes `new`, and the finding of `rule` names the line of `new` that holds `line`."""

    rule: str
    file: str
    old: str
    new: str
    line: str = ""

    @property
    def told(self) -> str:
        return self.line or self.new


BREAKS = [
    Break("MLI-AUDIT-005", "base.yaml", "  audit_retention: P6Y", "  audit_retention: P1Y"),
    Break("MLI-AUDIT-011", "base.yaml", "  log_retention: P1Y", "  log_retention: P30D"),
    Break("MLI-AUDIT-004", "base.yaml", "    data_events: true", "    data_events: false"),
    Break("MLI-AUDIT-009", "staging.yaml", "  log_retention: P1Y", "  log_retention: P30D"),
    Break(
        "MLI-AUDIT-013",
        "base.yaml",
        "  alert_emails:\n    - ml-platform-oncall@meridian-health.example",
        "  alert_emails: []",
    ),
    Break("MLI-ENCRYPTION-004", "base.yaml", "    key_rotation_days: 90", "    key_rotation_days: 730"),
    Break("MLI-PII-005", "base.yaml", "    retention: P7Y", "    retention: P30Y"),
    Break(
        "MLI-PII-006",
        "base.yaml",
        "    legal_basis: GDPR Art. 6(1)(b) and Art. 9(2)(h)",
        "    legal_basis: GDPR Art. 6(1)(b)",
    ),
    Break("MLI-PII-008", "base.yaml", "  business-unit: health-insurance", "  contact: 123-45-6789"),
    Break(
        "MLI-PII-009",
        "base.yaml",
        "      - to: mlflow/mlflow",
        "      - to: 203.0.113.7/32",
    ),
    Break("MLI-NETWORK-010", "base.yaml", "      - to: mlflow/mlflow", "      - to: 0.0.0.0/0"),
    Break("MLI-ACCESS-017", "base.yaml", "[compliance-office, internal-audit]", "[ml-platform-engineers]"),
    Break("MLI-COST-003", "base.yaml", "    budget: 9000", "    budget: 90000"),
    Break("MLI-COST-005", "base.yaml", "      gpus: 2", "      gpus: 40"),
    Break("MLI-COST-007", "staging.yaml", "      max: 8", "      max: 400"),
    Break(
        "MLI-COST-006",
        "staging.yaml",
        "      taints:\n        - key: nvidia.com/gpu\n          value: present\n          effect: NoSchedule",
        "      taints:\n        - key: nvidia.com/gpu\n          value: present\n          effect: PreferNoSchedule",
        "        - key: nvidia.com/gpu",
    ),
    Break("MLI-RESILIENCE-001", "base.yaml", "    multi_az: true", "    multi_az: false"),
    Break("MLI-RESILIENCE-002", "base.yaml", "    backup_days: 14", "    backup_days: 1"),
    Break("MLI-RESILIENCE-007", "staging.yaml", "  nat_per_zone: true", "  nat_per_zone: false"),
    Break("MLI-RESILIENCE-008", "base.yaml", "  replicas: 2", "  replicas: 1"),
    Break("MLI-RESILIENCE-009", "staging.yaml", "    scale: {min: 2, max: 4}", "    scale: {min: 1, max: 4}"),
    Break("MLI-WORKLOAD-026", "base.yaml", "  pod_security: restricted", "  pod_security: baseline"),
    Break(
        "MLI-WORKLOAD-020",
        "staging.yaml",
        "  - name: fraud-scorer\n",
        f"  - name: fraud-scorer\n    image: {STRANGER}\n",
        f"    image: {STRANGER}",
    ),
    Break("MLI-MODEL-002", "base.yaml", "    version: 3.4.1", "    version: 3.5.0-rc1"),
    Break("MLI-MODEL-004", "base.yaml", "      accuracy: 0.92", "      accuracy: 0.69"),
]


@dataclass(frozen=True)
class Staging:
    """A project with the shipped files and rules, in which everything is real but the engine, whose preview is what synth gives."""

    world: FakeWorld
    context: Callable[[], Context]

    def check(self) -> Verdict:
        (verdict,) = check.check(self.context(), ["staging"])
        return verdict

    def up(self) -> Verdict:
        """The verdict that stops `up`."""
        with pytest.raises(VerdictError) as caught:
            deploy.up(self.context(), "staging", confirm=lambda planned: True)
        assert caught.value.exit_code == ExitCode.POLICY
        return caught.value.verdict

    def plan(self) -> Verdict:
        return deploy.plan(self.context(), "staging").verdict

    def edit(self, broken: Break) -> int:
        """Make the edit; returns the line, counted from 1."""
        before = (self.world.project.stacks / broken.file).read_text().partition(broken.old)[0]
        self.world.edit(broken.file, broken.old, broken.new)
        return before.count("\n") + broken.new.partition(broken.told)[0].count("\n") + 1


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
