"""All other commands, and what holds for every one of them."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from fake_engine import FakeEngine
from fake_terminal import Terminal
from fake_world import FakeWorld

from mlops_infra.cli import documents, main
from mlops_infra.cli.invocation import Invocation
from mlops_infra.cli.reference import Help, commands, reference

URN = "urn:pulumi:staging-teams-00::mlops-infra::kubernetes:core/v1:Namespace::claims-fraud"
DOCS = Path(__file__).parents[2] / "docs"


@pytest.mark.parametrize("item", commands(), ids=lambda item: item.path)
def test_every_command_has_help_with_an_example(item: Help, run: Terminal) -> None:
    ran = run(*item.path.split()[1:], "--help")
    assert ran.code == 0
    assert item.about
    assert item.examples
    assert "Examples" in ran.out
    assert "--output" in ran.out
    unnamed = [line for line in ran.out.splitlines() if re.search(r"--[a-z-]+ +<", line)]
    assert not unnamed, "an option says in a word what it takes (`metavar`)"


@pytest.mark.parametrize("item", commands(), ids=lambda item: item.path)
def test_examples_name_real_commands(item: Help) -> None:
    known = {found.path for found in commands()}
    for example in item.examples:
        words = [w for w in shlex.split(example.replace('eval "$(', "").replace(')"', "")) if w != "--output"]
        assert any(" ".join(words[:3]).startswith(path) or "json plan" in example for path in known), example


def test_the_command_line_reference_is_current() -> None:
    assert (DOCS / "reference" / "cli.md").read_text() == reference(), (
        "run `python -m mlops_infra.cli.reference > docs/reference/cli.md`"
    )


def test_the_documents_reference_is_current() -> None:
    assert (DOCS / "json-output.md").read_text() == documents.reference(), (
        "run `python -m mlops_infra.cli.documents > docs/json-output.md`"
    )


def test_help_does_not_wait_for_heavy_imports() -> None:
    program = (
        "import sys; from mlops_infra.cli import main; main(['--help']); print(sorted(sys.modules), file=sys.stderr)"
    )
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    for heavy in ("pulumi", "pulumi_aws", "kubernetes", "botocore", "pydantic", "yaml", "grpc", "httpx"):
        assert f"'{heavy}'" not in ran.stderr


def test_version(run: Terminal) -> None:
    assert run("--version").out.startswith("mlops-infra ")


def test_global_options_stand_before_and_after(run: Terminal) -> None:
    before = run("--output", "json", "--env", "staging", "config", "show")
    after = run("config", "show", "--env", "staging", "--output", "json")
    assert before.document == after.document


def test_the_later_option_wins(run: Terminal) -> None:
    assert run("--env", "dev", "config", "show", "--env", "prod", "--output", "json").document["environment"] == "prod"


def test_usage_errors(run: Terminal, tmp_path: Path) -> None:
    for args in (
        ["nothing"],
        ["up", "--nothing"],
        ["plan"],
        ["--stacks", str(tmp_path / "no"), "status"],
        ["--policies", str(tmp_path / "no"), "status"],
        ["config", "diff", "--from", "dev"],
        ["--output", "xml", "status"],
        ["state"],
        ["unlock", "--env", "moon"],
    ):
        assert run(*args).code == 2, args


def test_no_project(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["status"], Invocation(tmp_path)) == 2
    assert "mlops-infra init DIR" in capsys.readouterr().err


def test_a_bug_is_no_traceback(run: Terminal, world: FakeWorld) -> None:
    def bug(engine: FakeEngine, urn: str) -> None:
        raise ZeroDivisionError("inside")

    world.cloud.before_step = bug
    ran = run("up", "--env", "staging", "--yes")
    assert ran.code == 1
    assert "ZeroDivisionError: this is a bug" in ran.err
    log = Path(next(line for line in ran.err.splitlines() if line.startswith("where: ")).removeprefix("where: "))
    assert "inside" in log.read_text()
    log.unlink()
    assert world.kinds()[-1] == "result up failed"


def test_debug_shows_the_traceback(run: Terminal) -> None:
    assert "Traceback" in run("--debug", "up", "--env", "moon", "--yes").err


# Looking


def test_status_of_all_and_of_one(run: Terminal, world: FakeWorld) -> None:
    run("up", "--env", "staging", "--yes")
    run("drift", "--env", "staging")
    ran = run("status")
    staging = next(line for line in ran.out.splitlines() if line.startswith("staging"))
    for word in ("sandbox", "up succeeded", "running", str(len(world.cloud.state)), "aws:eks/addon:Addon"):
        assert word in staging
    assert "none yet" in next(line for line in ran.out.splitlines() if line.startswith("prod"))
    one = run("status", "--env", "staging")
    assert "recorded only" in one.out
    assert "teams-00" in one.out
    document = documents.StatusDocument.model_validate(run("status", "--output", "json").document)
    assert {item.environment: item.drifted for item in document.environments} == {
        "dev": None,
        "prod": None,
        "staging": 0,
    }


def test_status_hides_no_environment_behind_a_broken_one(run: Terminal, world: FakeWorld) -> None:
    world.edit("dev.yaml", "target: sandbox", "target: moon")
    ran = run("status")
    assert ran.code == 0
    assert "moon" in next(line for line in ran.out.splitlines() if line.startswith("dev"))
    assert any(line.startswith("staging") for line in ran.out.splitlines())


def test_status_shows_a_lock_and_an_unknown_end(run: Terminal, world: FakeWorld) -> None:
    world.ledger().append("intent", {"operation": "up"}, world.ports.actor())
    one = documents.StatusDocument.model_validate(run("status", "-e", "staging", "--output", "json").document)
    assert one.environments[0].last is not None
    assert one.environments[0].last.result == "running"


def test_outputs_hide_secrets(run: Terminal) -> None:
    assert run("outputs", "--env", "staging").code == 1
    run("up", "--env", "staging", "--yes")
    ran = run("outputs", "--env", "staging")
    assert ran.out == "cluster.endpoint  https://127.0.0.1:6443\ndatabase.password  [secret]\n"
    assert run("outputs", "--env", "staging", "--output", "json").document["outputs"]["database.password"] == {
        "secret": True
    }


def test_graph_as_tree_and_as_document(run: Terminal) -> None:
    tree = run("graph", "--env", "staging")
    assert "aws:s3/bucket:Bucket claims-history" in tree.out
    assert "stacks/base.yaml:" in tree.out
    assert run("graph", "--env", "staging", "--deployed").code == 1
    document = documents.GraphDocument.model_validate(run("graph", "--env", "staging", "--format", "json").document)
    addon = next(item for item in document.resources if item.name == "coredns")
    assert addon.inputs == {"clusterName": {"unknown": True}, "token": {"secret": True}}
    kinds = {edge.kind for edge in document.edges}
    assert {"parent", "depends-on"} <= kinds
    assert any(item.origin and "base.yaml" in item.origin for item in document.resources)
    run("up", "--env", "staging", "--yes")
    deployed = run("graph", "--env", "staging", "--deployed", "--output", "json").document
    assert len(deployed["resources"]) == len(document.resources)


# Stack files


def test_validate_tells_every_mistake_with_its_place(run: Terminal, world: FakeWorld) -> None:
    assert run("config", "validate").out == "dev, prod, staging: no mistakes\n"
    world.edit("staging.yaml", "target: sandbox", "target: moon\nnothing: 1")
    ran = run("config", "validate", "--env", "staging")
    assert ran.code == 2
    assert "stacks/staging.yaml:" in ran.err
    error = documents.ErrorDocument.model_validate(run("config", "validate", "--output", "json").document).error
    assert {problem["path"] for problem in error.problems} == {"target", "nothing"}


def test_show_with_origins(run: Terminal) -> None:
    ran = run("config", "show", "--env", "staging", "--origins")
    assert "# stacks/staging.yaml:" in ran.out
    document = documents.ShowDocument.model_validate(
        run("config", "show", "--env", "staging", "--origins", "--output", "json").document
    )
    assert document.origins
    assert document.layers[-1] == "staging.yaml"


def test_diff(run: Terminal) -> None:
    ran = run("config", "diff", "--from", "dev", "--to", "staging")
    assert '- dev: "10.16.0.0/16"  stacks/dev.yaml:' in ran.out
    assert '+ staging: "10.32.0.0/16"  stacks/staging.yaml:' in ran.out
    document = run("config", "diff", "--from", "dev", "--to", "staging", "--output", "json").document
    assert "network.cidr" in {item["path"] for item in documents.DiffDocument.model_validate(document).differences}
    assert run("config", "diff", "--from", "dev", "--to", "dev").out == "dev and dev say the same\n"


def test_schema(run: Terminal) -> None:
    assert json.loads(run("config", "schema").out)["$schema"]


# Sandbox


def test_sandbox_by_hand(run: Terminal, world: FakeWorld) -> None:
    assert "no sandbox was started" in run("sandbox", "status").out
    assert run("sandbox", "start", "--env", "staging").out == "the sandbox of staging runs\n"
    ran = run("sandbox", "status")
    assert "kube-apiserver" in ran.out
    assert "50 MiB" in ran.out
    documents.SandboxDocument.model_validate(run("sandbox", "status", "--output", "json").document)
    ran = run("sandbox", "env", "--env", "staging")
    assert ran.out.splitlines() == [
        "export KUBECONFIG='/some where/kubeconfig'",
        "export AWS_REGION=eu-central-1",
        "export PULUMI_BACKEND_URL=file://state",
    ]
    documents.VariablesDocument.model_validate(run("sandbox", "env", "-e", "staging", "--output", "json").document)
    assert run("sandbox", "stop", "--env", "staging").code == 0
    assert run("sandbox", "env", "--env", "staging").code == 1
    assert run("sandbox", "stop").code == 0
    assert world.embedded.calls == ["start staging", "stop staging", "stop None"]


def test_sandbox_reset_asks_and_is_recorded(run: Terminal, world: FakeWorld) -> None:
    run("sandbox", "start", "--env", "dev")
    assert run("sandbox", "reset", "--env", "dev").code == 2
    assert run("sandbox", "reset", "--env", "dev", answers=("yes",)).code == 1
    assert run("sandbox", "reset", "--env", "dev", answers=("dev",)).code == 0
    assert world.embedded.calls[-1] == "reset dev"
    assert world.kinds("dev") == ["intent sandbox reset", "result sandbox reset succeeded"]


def test_a_sandbox_that_does_not_start_is_an_error(run: Terminal, world: FakeWorld) -> None:
    world.embedded.broken = True
    ran = run("sandbox", "start", "--env", "dev")
    assert ran.code == 1
    assert "error: kube-apiserver does not answer" in ran.err


# State


def test_backup_and_restore(run: Terminal, world: FakeWorld, tmp_path: Path) -> None:
    file = tmp_path / "copy.json"
    assert run("state", "backup", "--env", "staging", "--to", str(file)).out == f"{file}\n"
    assert file.stat().st_mode & 0o777 == 0o600
    assert run("state", "backup", "--env", "staging", "--to", str(file)).code == 1
    ran = run("state", "backup", "--env", "staging", "--output", "json")
    assert Path(documents.BackupDocument.model_validate(ran.document).file).exists()
    assert run("state", "restore", str(file), "--env", "dev", "--yes").code == 2
    assert run("state", "restore", str(file), "--env", "staging", answers=("yes",)).out == "restored: foundation\n"
    assert world.kinds()[-2:] == ["intent state restore", "result state restore succeeded"]
    file.write_text("[]")
    assert run("state", "restore", str(file), "--env", "staging", "--yes").code == 2
    file.write_text("{")
    assert run("state", "restore", str(file), "--env", "staging", "--yes").code == 2
    assert run("state", "restore", str(tmp_path / "none"), "--env", "staging", "--yes").code == 2


def test_edits_of_the_state(run: Terminal, world: FakeWorld) -> None:
    run("up", "--env", "staging", "--yes")
    bucket = next(urn for urn, resource in world.cloud.state.items() if resource.protect)
    assert run("state", "unprotect", bucket, "--env", "staging", "--yes").code == 0
    assert not world.cloud.state[bucket].protect
    assert run("state", "unprotect", "urn:nothing", "--env", "staging", "--yes").code == 2
    assert run("state", "unprotect", "urn:nothing", "--recursive", "--env", "staging", "--yes").code == 2
    storage = str(world.cloud.state[bucket].parent)
    ran = run("state", "unprotect", storage, "--recursive", "--env", "staging", "--yes")
    assert ran.out.count("no longer protected") > 1
    assert not any(resource.protect for resource in world.cloud.state.values())
    assert run("state", "unprotect", storage, "--recursive", "--env", "staging", "--yes").code == 2
    assert run("state", "move", URN, "--to", "teams-01", "--env", "staging", "--yes").code == 0
    assert world.cloud.state[URN].part == "teams-01"
    assert run("state", "import", URN, "claims-fraud", "--env", "staging").code == 0
    assert any(call.startswith("adopt teams-00 kubernetes:core/v1:Namespace") for call in world.cloud.calls)
    assert run("state", "import", "urn:nothing", "x", "--env", "staging").code == 2
    assert "intent state import" in world.kinds()


# Project and machine


def test_doctor_and_setup(run: Terminal, world: FakeWorld) -> None:
    assert run("doctor").code == 0
    world.programs.missing = ("opa",)
    ran = run("doctor")
    assert ran.code == 1
    assert "mlops-infra setup --only opa" in ran.out
    document = documents.DoctorDocument.model_validate(run("doctor", "--output", "json").document)
    assert not document.healthy
    assert run("setup").code == 0
    assert run("setup", "--only", "opa", "--from", "source").out == "opa  /programs/opa\n"
    assert world.programs.asked == [(("opa", "pulumi"), "auto"), (("opa",), "source")]
    documents.SetupDocument.model_validate(run("setup", "--output", "json").document)


def test_init_makes_a_project_that_validates(run: Terminal, tmp_path: Path) -> None:
    made = tmp_path / "acme-ml"
    ran = run("init", str(made), "--output", "json")
    assert ran.code == 0
    documents.InitDocument.model_validate(ran.document)
    assert run("--stacks", str(made / "stacks"), "config", "validate").code == 0
    assert run("init", str(made)).code != 0


def test_completion_is_offered(run: Terminal) -> None:
    assert "--install-completion" in run("--help").out
