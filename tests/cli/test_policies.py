"""check, policy and waiver on the command line."""

from __future__ import annotations

import json

import pytest
from fake_policies import make_policies
from fake_terminal import Terminal
from fake_world import FakeWorld

from mlops_infra.errors import ExitCode

FINDING = {
    "rule": "MLI-COST-001",
    "resource": None,
    "path": ["teams", "claims-fraud", "budget"],
    "message": "no budget",
    "status": "fail",
}
WAIVER = (
    "waiver", "add", "--env", "staging", "--rule", "MLI-COST-001", "--type", "stack", "--name", "teams.claims-fraud.budget",
    "--reason", "new team", "--owner", "a@example.org", "--ticket", "FIN-1",
)  # fmt: skip


@pytest.fixture(autouse=True)
def rules(world: FakeWorld) -> None:
    make_policies(world.project.policies)


def test_check_passes(run: Terminal) -> None:
    ran = run("check", "--env", "staging")
    assert ran.code == ExitCode.DONE
    assert "staging: pass: 0 findings" in ran.out


def test_check_fails_with_the_line(run: Terminal, world: FakeWorld) -> None:
    world.opa.findings = [FINDING]
    ran = run("check", "--env", "staging")
    assert ran.code == ExitCode.POLICY
    assert "LOW MLI-COST-001" in ran.out
    assert "stacks/base.yaml:" in ran.out
    assert ran.err == ""


def test_check_needs_opa_alone(run: Terminal, world: FakeWorld) -> None:
    run("check", "--all")
    assert [names for names, _ in world.programs.asked] == [("opa",)]
    assert [document["environment"]["name"] for document in world.opa.seen] == ["dev", "prod", "staging"]
    assert world.embedded.calls == []


def test_check_looks_ahead(run: Terminal, world: FakeWorld) -> None:
    ran = run("check", "--env", "dev", "--as", "prod")
    assert world.opa.seen[0]["environment"]["name"] == "prod"
    assert "dev as prod: pass" in ran.out


def test_fail_on_and_strict(run: Terminal, world: FakeWorld) -> None:
    world.opa.findings = [FINDING]
    ran = run("check", "--env", "staging", "--fail-on", "high")
    assert ran.code == ExitCode.DONE
    assert "1 findings are less grave than high" in ran.err
    world.opa.findings = [{**FINDING, "status": "unknown"}]
    ran = run("check", "--env", "staging")
    assert ran.code == ExitCode.DONE
    assert "1 unknown" in ran.out
    assert run("check", "--env", "staging", "--strict").code == ExitCode.POLICY


def test_a_baseline(run: Terminal, world: FakeWorld) -> None:
    world.opa.findings = [FINDING]
    file = world.project.root / "before.json"
    file.write_text(run("check", "--env", "staging", "--format", "json").out)
    ran = run("check", "--env", "staging", "--baseline", str(file))
    assert ran.code == ExitCode.DONE
    assert "1 known from the baseline" in ran.out


def test_a_graph_from_a_file(run: Terminal, world: FakeWorld) -> None:
    file = world.project.root / "graph.json"
    file.write_text(run("graph", "--env", "staging", "--format", "json").out)
    run("check", "--env", "staging")
    assert run("check", "--env", "staging", "--graph", str(file)).code == ExitCode.DONE
    own, read = world.opa.seen
    assert read["by_type"] == own["by_type"]
    assert read["edges"] == own["edges"]
    assert {urn: item["inputs"] for urn, item in read["resources"].items()} == {
        urn: item["inputs"] for urn, item in own["resources"].items()
    }
    file.write_text("{}")
    assert run("check", "--env", "staging", "--graph", str(file)).code == ExitCode.BAD_USAGE


def test_formats(run: Terminal) -> None:
    assert run("check", "--env", "staging", "--output", "json").document["verdicts"][0]["result"] == "pass"
    assert json.loads(run("check", "--all", "--format", "sarif").out)["version"] == "2.1.0"
    assert run("check", "--all", "--env", "staging").code == ExitCode.BAD_USAGE


def test_a_waiver_excuses_and_is_listed(run: Terminal, world: FakeWorld) -> None:
    world.opa.findings = [FINDING]
    assert run(*WAIVER, "--approver", "b@example.org", "--expires", "2026-04-01").code == ExitCode.DONE
    ran = run("check", "--env", "staging")
    assert ran.code == ExitCode.DONE
    assert "1 waived" in ran.out
    (listed,) = run("waiver", "list", "--output", "json").document["waivers"]
    assert (listed["holds"], listed["expires"]) == (True, "2026-04-01")
    assert run("waiver", "renew", "1", "--approver", "c@example.org", "--expires", "2026-05-01").code == ExitCode.DONE
    assert "2026-05-01" in run("waiver", "list").out


def test_a_waiver_that_would_not_hold(run: Terminal) -> None:
    ran = run(*WAIVER, "--approver", "a@example.org", "--expires", "2026-04-01")
    assert ran.code == ExitCode.BAD_USAGE
    assert "the approver is the owner" in ran.err
    assert run(*WAIVER, "--approver", "nobody", "--expires", "2026-04-01").code == ExitCode.BAD_USAGE
    assert "no waivers" in run("waiver", "list").out


def test_rules_are_shown(run: Terminal, world: FakeWorld) -> None:
    assert "3 rules" in run("policy", "list").out
    assert run("policy", "list", "--family", "nothing").code == ExitCode.BAD_USAGE
    assert "Set the key of first." in run("policy", "show", "mli-pii-001").out
    assert run("policy", "show", "MLI-PII-999").code == ExitCode.BAD_USAGE
    assert "### MLI-PII-001" in run("policy", "docs").out
    ran = run("policy", "controls", "--framework", "gdpr")
    assert "gdpr: rules serve 1 of 2 clauses" in ran.out
    assert run("policy", "controls", "--framework", "gdpr", "--output", "json").document["served"] == 1


def test_a_new_rule_is_refused_until_the_manifest_names_it(run: Terminal) -> None:
    assert run("policy", "new", "pii", "names", "--title", "No names in tags").code == ExitCode.DONE
    ran = run("check", "--env", "staging")
    assert ran.code == ExitCode.POLICY
    assert "pii/names/names.rego" in ran.out
