"""check, policy and waiver on the command line."""

from __future__ import annotations

import json
import shutil

import pytest
from fake_policies import ENTRIES, entry, make_policies
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
    assert "1 finding is less grave than high and does not fail" in ran.err
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


def test_one_run_writes_every_report_that_is_asked_for(run: Terminal, world: FakeWorld) -> None:
    world.opa.findings = [FINDING]
    folder = world.project.root / "made" / "reports"
    files = {form: folder / f"policies.{form}" for form in ("sarif", "junit", "markdown", "json")}
    ran = run("check", "--all", *(word for form, file in files.items() for word in ("--report", f"{form}={file}")))
    assert ran.code == ExitCode.POLICY
    assert "LOW MLI-COST-001" in ran.out
    assert len(world.opa.seen) == len(world.project.environments())
    for form, file in files.items():
        assert file.read_text() == run("check", "--all", "--format", form).out
    assert run("check", "--all", "--baseline", str(files["json"])).code == ExitCode.DONE


@pytest.mark.parametrize("wrong", ["sarif", "sarif=", "=policies.sarif", "html=policies.html", "json=stacks"])
def test_a_report_that_cannot_be_is_refused_before_anybody_judges(run: Terminal, world: FakeWorld, wrong: str) -> None:
    ran = run("check", "--env", "staging", "--report", wrong.replace("=stacks", f"={world.project.stacks}"))
    assert ran.code == ExitCode.BAD_USAGE
    assert "--report sarif=policies.sarif" in ran.err
    assert world.opa.seen == []


def test_no_two_reports_go_to_one_file(run: Terminal, world: FakeWorld) -> None:
    file = world.project.root / "told"
    ran = run("check", "--env", "staging", "--report", f"sarif={file}", "--report", f"json={file}")
    assert (ran.code, file.exists()) == (ExitCode.BAD_USAGE, False)


def test_a_report_that_cannot_be_written_is_a_failure(run: Terminal, world: FakeWorld) -> None:
    inside_of_a_file = world.project.stacks / "base.yaml" / "policies.json"
    ran = run("check", "--env", "staging", "--report", f"json={inside_of_a_file}")
    assert ran.code == ExitCode.FAILED
    assert "the report cannot be written" in ran.err


def test_a_waiver_excuses_and_is_listed(run: Terminal, world: FakeWorld) -> None:
    world.opa.findings = [FINDING]
    assert run(*WAIVER, "--approver", "b@example.org", "--expires", "2026-04-01").code == ExitCode.DONE
    ran = run("check", "--env", "staging")
    assert ran.code == ExitCode.DONE
    assert "1 waived" in ran.out
    (listed,) = run("waiver", "list", "--output", "json").document["waivers"]
    assert (listed["holds"], listed["expires"]) == (True, "2026-04-01")
    assert "yes, 31 more days" in run("waiver", "list").out
    assert run("waiver", "renew", "1", "--approver", "c@example.org", "--expires", "2026-05-01").code == ExitCode.DONE
    assert "2026-05-01" in run("waiver", "list").out


def test_a_waiver_that_would_not_hold(run: Terminal) -> None:
    ran = run(*WAIVER, "--approver", "a@example.org", "--expires", "2026-04-01")
    assert ran.code == ExitCode.BAD_USAGE
    assert "the approver is the owner" in ran.err
    ran = run(*WAIVER, "--approver", "nobody", "--expires", "2026-04-01")
    assert ran.code == ExitCode.BAD_USAGE
    assert "approver: not an e-mail address" in ran.err
    assert "no waivers" in run("waiver", "list").out


def test_rules_are_shown(run: Terminal, world: FakeWorld) -> None:
    assert "3 rules" in run("policy", "list").out
    assert run("policy", "list", "--family", "nothing").code == ExitCode.BAD_USAGE
    assert "Set the key of first." in run("policy", "show", "mli-pii-001").out
    assert run("policy", "show", "MLI-PII-999").code == ExitCode.BAD_USAGE
    assert "### MLI-PII-001" in run("policy", "docs").out
    ran = run("policy", "controls", "--framework", "gdpr")
    assert "gdpr: rules serve 1 of 2 clauses" in ran.out
    assert "PII\N{NO-BREAK SPACE}001-002" in ran.out
    assert run("policy", "controls", "--framework", "gdpr", "--output", "json").document["served"] == 1


def test_a_new_rule_is_refused_until_the_manifest_names_it(run: Terminal) -> None:
    assert run("policy", "new", "pii", "names", "--title", "No names in tags").code == ExitCode.DONE
    ran = run("check", "--env", "staging")
    assert ran.code == ExitCode.POLICY
    assert "pii/names/names.rego" in ran.out


def test_a_rule_is_explained(run: Terminal) -> None:
    ran = run("policy", "explain", "mli-pii-001")
    assert ran.code == ExitCode.DONE
    assert "Why it matters." in ran.out
    assert "GDPR Art. 32(1)(a)  Encryption" in ran.out
    assert "HIPAA 45 CFR 164.312(a)(1)" in ran.out
    assert run("policy", "explain", "MLI-PII-999").code == ExitCode.BAD_USAGE


def test_a_rule_is_explained_for_each_resource_that_it_looked_at(run: Terminal, world: FakeWorld) -> None:
    buckets = [
        item for item in run("graph", "--env", "staging", "--output", "json").document["resources"]
        if item["type"] == "aws:s3/bucket:Bucket"
    ]  # fmt: skip
    world.opa.findings = [
        {
            "rule": "MLI-PII-001",
            "resource": buckets[0]["urn"],
            "path": ["tags", "note"],
            "message": "of jane@example.org",
            "value": "jane@example.org",
            "trail": [buckets[1]["urn"]],
            "status": "fail",
        }
    ]
    ran = run("policy", "explain", "MLI-PII-001", "--env", "staging")
    assert ran.code == ExitCode.DONE
    assert f"fail     aws:s3/bucket:Bucket {buckets[0]['name']}" in ran.out
    assert f"pass     aws:s3/bucket:Bucket {buckets[1]['name']}" in ran.out
    assert f"staging: 1 fail, {len(buckets) - 1} pass" in ran.out
    assert "change stacks/" in ran.out
    assert f"by way of {buckets[1]['name']}" in ran.out
    assert "jane" not in ran.out
    document = run("policy", "explain", "MLI-PII-001", "--env", "staging", "--output", "json").document
    fingerprint = document["looked"][0]["findings"][0]["fingerprint"]
    ran = run("policy", "explain", fingerprint[:8], "--env", "staging")
    assert "staging: 1 fail" in ran.out
    assert buckets[1]["name"] not in ran.out.split("by way of")[0]
    assert run("policy", "explain", fingerprint[:8]).code == ExitCode.BAD_USAGE
    assert run("policy", "explain", "0" * 8, "--env", "staging").code == ExitCode.BAD_USAGE


def test_the_stack_file_is_explained_too(run: Terminal, world: FakeWorld) -> None:
    world.opa.findings = [FINDING]
    assert "the stack file" in run("policy", "explain", "MLI-COST-001", "--env", "staging").out


def test_nobody_can_explain_what_nobody_judged(run: Terminal, world: FakeWorld) -> None:
    world.opa.answer = lambda policies: {}
    ran = run("policy", "explain", "MLI-PII-001", "--env", "staging")
    assert "nobody could judge" in ran.out
    assert run("policy", "explain", "0" * 8, "--env", "staging").code == ExitCode.BAD_USAGE


def test_manifests_are_judged_by_the_rules_that_can(run: Terminal, world: FakeWorld) -> None:
    rules = (entry("MLI-PII-001", "pii.first", inputs=["stack", "manifests"], subjects=["pods"]), *ENTRIES[1:])
    shutil.rmtree(world.project.policies)
    make_policies(world.project.policies, rules)
    folder = world.project.root / "deploy"
    folder.mkdir()
    (folder / "pod.yaml").write_text("apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec:\n  hostPID: true\n")
    urn = "manifests::kubernetes:core/v1:Pod::p"
    told = {"resource": urn, "path": ["spec", "hostPID"], "message": "shares", "value": True, "status": "fail"}
    world.opa.findings = [{**told, "rule": "MLI-PII-001"}, {**told, "rule": "MLI-PII-002"}, FINDING]
    ran = run("check", "--env", "staging", "--manifests", str(folder))
    assert ran.code == ExitCode.POLICY
    assert "deploy/pod.yaml:5\n" in ran.out
    assert "hostPID: true" in ran.out
    assert "staging: fail: 1 finding (1 high), 0 unknown; 1 rule on 1 resource" in ran.out
    assert world.opa.seen[-1]["config"] == {}
    assert world.opa.seen[-1]["environment"]["parameters"]["gpu_replicas"] == 1


def test_what_is_no_manifest_and_no_plan_is_bad_usage(run: Terminal, world: FakeWorld) -> None:
    (world.project.root / "values.yaml").write_text("replicas: 1\n")
    ran = run("check", "--env", "staging", "--manifests", str(world.project.root / "values.yaml"))
    assert ran.code == ExitCode.BAD_USAGE
    assert "values.yaml:1:1" in ran.err
    assert run("check", "--env", "staging", "--terraform", str(world.project.root / "none")).code == ExitCode.BAD_USAGE
    both = ("--manifests", ".", "--terraform", "plan.json")
    assert run("check", "--env", "staging", *both).code == ExitCode.BAD_USAGE
    assert run("check", "--all", "--manifests", ".").code == ExitCode.BAD_USAGE
