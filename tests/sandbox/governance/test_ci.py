"""What other people's CI uses, as far as it runs here: the GitHub Action's own shell steps, and the hooks by pre-commit itself."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from junitparser import JUnitXml

from mlops_infra.resources import data_dir

pytestmark = pytest.mark.sandbox

ROOT = Path(__file__).parents[3]
ACTION = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
# What `shell: bash` means in a composite action (GitHub Docs, "Workflow syntax").
BASH = ("bash", "--noprofile", "--norc", "-eo", "pipefail")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A repository with the shipped stack files and policies."""
    folder = tmp_path / "project"
    for name in ("stacks", "policies"):
        shutil.copytree(data_dir(name), folder / name)
    return folder


def loosened(project: Path) -> None:
    """Staging without a policy's blessing."""
    file = project / "stacks" / "staging.yaml"
    content = yaml.safe_load(file.read_text(encoding="utf-8"))
    content.setdefault("classes", {}).setdefault("phi", {})["key_rotation_days"] = 730
    file.write_text(yaml.safe_dump(content, sort_keys=False))


def variables(**more: str) -> dict[str, str]:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return {**os.environ, "PATH": path, **more}


def step(name: str, project: Path, runner: Path, **inputs: str) -> subprocess.CompletedProcess[str]:
    """Runs a step of the action, with its inputs put where the runner would put them."""
    (found,) = [one for one in ACTION["runs"]["steps"] if one["name"] == name]
    given = {key: str(told["default"]) for key, told in ACTION["inputs"].items()} | inputs

    def filled(text: str) -> str:
        return re.sub(r"\$\{\{ inputs\.([a-z-]+) \}\}", lambda match: given[match[1]], text)

    runner.mkdir(exist_ok=True)
    files = {name: str(runner / name) for name in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY", "GITHUB_PATH")}
    own = {key: filled(value) for key, value in found.get("env", {}).items()}
    script = runner / "step.sh"
    script.write_text(found["run"])
    return subprocess.run(
        [*BASH, str(script)],
        cwd=project / filled(found.get("working-directory", ".")),
        env=variables(RUNNER_TEMP=str(runner), GITHUB_ACTION_PATH=str(ROOT), **files, **own),
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_action_reports_what_fails(project: Path, tmp_path: Path) -> None:
    loosened(project)
    runner = tmp_path / "runner"
    done = step("Check", project, runner, environment="staging")
    assert done.returncode == 3, done.stderr
    assert "::warning file=stacks/staging.yaml,line=" in done.stdout
    assert "### Policies: staging: fail" in (runner / "GITHUB_STEP_SUMMARY").read_text()
    outputs = dict(line.split("=", 1) for line in (runner / "GITHUB_OUTPUT").read_text().splitlines())
    assert set(outputs) == set(ACTION["outputs"])
    assert json.loads(Path(outputs["sarif"]).read_bytes())["runs"][0]["results"]
    assert json.loads(Path(outputs["json"]).read_bytes())["verdicts"][0]["result"] == "fail"
    assert JUnitXml.fromfile(outputs["junit"]).failures > 0
    done = step("Check", project, tmp_path / "again", environment="staging", baseline=outputs["json"])
    assert done.returncode == 0, done.stderr


def test_the_action_ends_at_once_where_nobody_can_judge(project: Path, tmp_path: Path) -> None:
    (project / "stacks" / "staging.yaml").write_text("environment: [\n")
    done = step("Check", project, tmp_path / "runner", environment="staging")
    assert done.returncode == 2
    assert "stacks/staging.yaml" in done.stderr
    assert not (tmp_path / "runner" / "GITHUB_STEP_SUMMARY").exists()
    assert not (tmp_path / "runner" / "GITHUB_OUTPUT").exists()


def test_the_action_names_what_it_has() -> None:
    text = (ROOT / "action.yml").read_text(encoding="utf-8")
    assert set(re.findall(r"inputs\.([a-z-]+)", text)) == set(ACTION["inputs"])
    assert {f"${{{{ steps.check.outputs.{name} }}}}" for name in ACTION["outputs"]} == {
        told["value"] for told in ACTION["outputs"].values()
    }
    scripts = [one["run"] for one in ACTION["runs"]["steps"]]
    assert not any("${{" in script for script in scripts), "an input in a script is an injection"


def test_the_hooks_stop_a_commit(project: Path, tmp_path: Path) -> None:
    hooks = tmp_path / "hooks"
    hooks.mkdir()
    shutil.copy(ROOT / ".pre-commit-hooks.yaml", hooks)
    for folder in (hooks, project):
        git(folder, "init", "--quiet")
        git(folder, "add", "--all")
        git(folder, "-c", "user.name=t", "-c", "user.email=t@example.org", "commit", "--quiet", "--message", "first")
    loosened(project)
    git(project, "add", "stacks/staging.yaml")
    done = hook(project, tmp_path, "mlops-infra-config", hooks)
    assert (done.returncode, "Passed" in done.stdout) == (0, True), done.stdout + done.stderr
    done = hook(project, tmp_path, "mlops-infra-check", hooks)
    assert done.returncode == 1
    assert "stacks/staging.yaml:" in done.stdout


def git(folder: Path, *words: str) -> None:
    subprocess.run(["git", *words], cwd=folder, check=True, capture_output=True)


def hook(project: Path, home: Path, name: str, hooks: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "pre_commit", "try-repo", "--color", "never", "--verbose", str(hooks), name],
        cwd=project,
        env=variables(PRE_COMMIT_HOME=str(home / "pre-commit")),
        capture_output=True,
        text=True,
        check=False,
    )
