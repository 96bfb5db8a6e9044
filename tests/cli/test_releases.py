"""release, data and sandbox simulate on the command line."""

from __future__ import annotations

import json

import pytest
from fake_policies import make_policies
from fake_terminal import Terminal
from fake_world import FakeWorld

from mlops_infra.cli import release_documents as documents


@pytest.fixture
def made(run: Terminal, world: FakeWorld) -> str:
    """The id of a release of dev."""
    make_policies(world.project.policies)
    found: str = run("release", "create", "--env", "dev", "--output", "json").document["id"]
    return found


def test_a_release_is_made_shown_and_recorded(run: Terminal, world: FakeWorld, made: str) -> None:
    short = made[:12]
    assert (world.project.stacks / "releases" / f"{short}.json").exists()
    assert world.kinds("dev") == ["intent release create", "result release create succeeded"]
    ran = run("release", "show", short)
    assert f"release {short}  ready" in ran.out
    assert "models.fraud-scorer.version" in ran.out
    documents.ReleaseDocument.model_validate(run("release", "show", short, "--output", "json").document)
    assert short in run("release", "list").out
    documents.ReleasesDocument.model_validate(run("release", "list", "--output", "json").document)


def test_there_may_be_no_release(run: Terminal) -> None:
    assert run("release", "list").out == "no releases\n"
    ran = run("release", "show", "0123456789ab")
    assert (ran.code, "there is no release" in ran.err) == (2, True)


def test_two_releases_are_compared(run: Terminal, world: FakeWorld, made: str) -> None:
    world.edit("base.yaml", "version: 3.4.1", "version: 3.5.0")
    other = run("release", "create", "--env", "dev", "--output", "json").document["id"]
    ran = run("release", "diff", made, other)
    assert "models.fraud-scorer.version" in ran.out
    assert "3.5.0" in ran.out
    document = run("release", "diff", made, other, "--output", "json").document
    documents.ReleaseDiffDocument.model_validate(document)
    assert {one["key"] for one in document["differences"]} == {"layers.base.yaml", "models.fraud-scorer.version"}
    assert run("release", "diff", made, made).out == "the two releases say the same\n"


def test_a_release_is_held_let_go_and_rejected_with_reasons(run: Terminal, world: FakeWorld, made: str) -> None:
    assert "held" in run("release", "hold", made, "--reason", "legal review").out
    ran = run("release", "hold", made, "--reason", "again")
    assert (ran.code, "legal review" in ran.err) == (2, True)
    assert run("release", "unhold", made, "--reason", "reviewed", "--env", "staging").code == 0
    assert "rejected" in run("release", "reject", made, "--reason", "slow").out
    assert "slow" in run("release", "list").out
    assert "intent release hold" in world.kinds("dev")
    assert "intent release unhold" in world.kinds("staging")
    assert run("release", "reject", made).code == 2


def test_data_asks_for_a_sandbox_that_runs_and_for_what_is_pinned(run: Terminal, world: FakeWorld) -> None:
    ran = run("data", "pin", "members", "--env", "dev")
    assert (ran.code, "does not run" in ran.err) == (1, True)
    assert world.kinds("dev")[-1] == "result data pin failed"
    ran = run("data", "pin", "members", "--env", "dev", "--read-limit", "1 GB")
    assert (ran.code, "is no size" in ran.err) == (2, True)
    ran = run("data", "verify", "--env", "dev")
    assert (ran.code, "data pin DATASET --env dev --set" in ran.err) == (2, True)


def test_models_are_simulated(run: Terminal, world: FakeWorld) -> None:
    options = ("--latency", "p95=900ms", "--accuracy", "0.71", "--for", "10m", "--ago", "1h")
    ran = run("sandbox", "simulate", "fraud-scorer", "--env", "dev", *options)
    assert (ran.code, "does not run" in ran.err) == (1, True)
    run("sandbox", "start", "--env", "dev")
    ran = run("sandbox", "simulate", "fraud-scorer", "--env", "dev", *options)
    assert ran.out == "Prometheus at http://127.0.0.1:9090 is fed with fraud-scorer of dev\n"
    (call,) = [call for call in world.embedded.calls if call.startswith("simulate dev fraud-scorer")][-1:]
    assert "seconds=600, ago=3600, latency_p95=0.9" in call
    assert json.dumps(0.71) in call
    assert run("sandbox", "simulate", "--env", "dev", "--latency", "900").code == 2
