"""audit-state on the command line: its exit codes and reports."""

from __future__ import annotations

import json

import pytest
from fake_judge import failing
from fake_policies import rule
from fake_terminal import Terminal
from fake_world import FakeWorld

from mlops_infra.errors import ExitCode

NAMESPACE = "urn:pulumi:staging-teams-00::mlops-infra::kubernetes:core/v1:Namespace::claims-fraud"


@pytest.fixture(autouse=True)
def deployed(run: Terminal) -> None:
    assert run("up", "--env", "staging", "--yes").code == ExitCode.DONE


def test_what_holds_is_told(run: Terminal, world: FakeWorld) -> None:
    world.cloud.vanish(NAMESPACE)
    ran = run("audit-state", "--env", "staging")
    assert ran.code == ExitCode.DONE
    assert "note: gone, though the state knows them: Namespace claims-fraud" in ran.out
    assert "staging: pass: 0 findings" in ran.out


def test_a_rule_that_says_no_is_exit_code_3(run: Terminal, world: FakeWorld) -> None:
    world.judge.verdicts = {"after": failing(rule(), "changed by hand")}
    ran = run("audit-state", "--env", "staging")
    assert ran.code == ExitCode.POLICY
    assert "changed by hand" in ran.out
    assert "stacks/staging.yaml:3" in ran.out
    assert run("audit-state", "--env", "staging", "--fail-on", "critical").code == ExitCode.DONE


def test_reports_are_those_of_check(run: Terminal, world: FakeWorld) -> None:
    world.judge.verdicts = {"after": failing(rule(), "changed by hand")}
    told = run("audit-state", "--env", "staging", "--output", "json")
    assert told.code == ExitCode.POLICY
    assert told.document["verdicts"][0]["findings"][0]["rule"] == rule().id
    sarif = json.loads(run("audit-state", "--env", "staging", "--format", "sarif").out)
    assert sarif["runs"][0]["results"][0]["ruleId"] == rule().id
    file = world.project.root / "live.md"
    ran = run("audit-state", "--env", "staging", "--fail-on", "critical", "--report", f"markdown={file}")
    assert (ran.code, "changed by hand" in file.read_text()) == (ExitCode.DONE, True)
    assert "1 finding is less grave than critical" in ran.err


def test_what_cannot_be_read_is_exit_code_1(run: Terminal, world: FakeWorld) -> None:
    world.embedded.stop("staging")
    ran = run("audit-state", "--env", "staging")
    assert ran.code == ExitCode.FAILED
    assert ran.out == ""
    assert "sandbox start --env staging" in ran.err
