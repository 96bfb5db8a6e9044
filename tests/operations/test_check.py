"""check while files change, and check of what changed."""

from __future__ import annotations

import subprocess
from collections.abc import Collection, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from fake_policies import make_policies
from fake_world import FakeWorld

from mlops_infra.config import LoadedEnvironment
from mlops_infra.errors import MlopsInfraError, UsageError
from mlops_infra.governance.verdict import Verdict
from mlops_infra.graph import Graph
from mlops_infra.operations import check
from mlops_infra.operations.ports import SynthPort


def finding(*path: str) -> dict[str, object]:
    return {"rule": "MLI-COST-001", "resource": None, "path": list(path), "message": "no budget", "status": "fail"}


@pytest.fixture(autouse=True)
def policies(world: FakeWorld) -> None:
    make_policies(world.project.policies)


def test_a_watch_judges_again_after_each_change_with_one_opa_until_the_policies_change(world: FakeWorld) -> None:
    told: list[tuple[str, int]] = []
    errors: list[MlopsInfraError] = []

    def changes() -> Iterator[Collection[Path]]:
        stacks, rules = world.project.stacks, world.project.policies
        yield []
        world.opa.findings = [finding("teams")]
        yield [stacks / "base.yaml"]
        world.edit("staging.yaml", "target: sandbox", "target: moon")
        yield [stacks / "staging.yaml"]
        world.edit("staging.yaml", "target: moon", "target: sandbox")
        yield [stacks / "staging.yaml"]
        (rules / "main.rego").write_text("package mlops.governance")
        yield [rules / "main.rego"]
        make_policies(rules)
        yield [rules / "main.rego"]

    def tell(verdicts: tuple[Verdict, ...]) -> None:
        (verdict,) = verdicts
        told.append((verdict.problem.code if verdict.problem else verdict.result, len(world.programs.asked)))

    check.watch(world.context(), ["staging"], changes(), tell, errors.append)
    assert told == [("pass", 1), ("fail", 1), ("fail", 1), ("changed-policies", 1), ("fail", 2)]
    assert "moon" in str(errors[0])


def test_a_watch_keeps_one_synth_for_all_of_its_judgements(world: FakeWorld) -> None:
    context = world.context()
    made: list[list[str]] = []

    def with_memory() -> SynthPort:
        asked: list[str] = []
        made.append(asked)

        def synth(loaded: LoadedEnvironment) -> Graph:
            asked.append(loaded.environment.environment)
            return context.ports.synth(loaded)

        return synth

    context = replace(context, ports=replace(context.ports, synth_with_memory=with_memory))
    changes = [[], [world.project.stacks / "base.yaml"]]
    check.watch(context, ["staging", "dev"], changes, lambda _: None, lambda error: pytest.fail(str(error)))
    assert made == [["staging", "dev"] * 2]


def git(world: FakeWorld, *args: str) -> None:
    who = ("-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false")
    subprocess.run(["git", "-C", world.project.root, *who, *args], check=True, capture_output=True)


def test_only_findings_on_changed_lines_fail(world: FakeWorld) -> None:
    world.opa.findings = [finding("cost_centre"), finding("owner")]
    git(world, "init", "--quiet")
    git(world, "add", ".")
    git(world, "commit", "--quiet", "-m", "first")

    def new() -> tuple[list[str], list[str]]:
        (verdict,) = check.check(world.context(), ["staging"], since="HEAD")
        return [found.name for found in verdict.findings], [found.name for found in verdict.known]

    assert new() == ([], ["owner", "cost_centre"])
    world.edit("base.yaml", "cost_centre: CC-4100", "cost_centre: CC-4101")
    assert new() == (["cost_centre"], ["owner"])
    world.edit("base.yaml", "  business-unit: health-insurance\n", "")
    assert new() == (["owner", "cost_centre"], [])
    with pytest.raises(UsageError, match="no commit '--output=x' here"):
        check.check(world.context(), ["staging"], since="--output=x")


def test_a_new_file_is_new_as_a_whole(world: FakeWorld) -> None:
    world.opa.findings = [finding("cost_centre")]
    git(world, "init", "--quiet")
    git(world, "commit", "--quiet", "--allow-empty", "-m", "first")
    (verdict,) = check.check(world.context(), ["staging"], since="HEAD")
    assert len(verdict.findings) == 1
