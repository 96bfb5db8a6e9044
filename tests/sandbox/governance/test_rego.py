"""The shipped Rego by OPA's own means: formatted, strict, typed by its schema, tested, every line of it covered."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from mlops_infra.errors import OperationError
from mlops_infra.operations import policies
from mlops_infra.operations.ports import Context
from mlops_infra.operations.project import Project
from mlops_infra.operations.real import real_ports
from mlops_infra.resources import data_dir

pytestmark = pytest.mark.sandbox

FOLDER = data_dir("policies")


def context(folder: Path) -> Context:
    return Context(replace(Project.find(data_dir("stacks").parent), policies=folder), real_ports())


def told(opa: Path, *args: str) -> str:
    """What OPA says of the shipped policies; empty where it has nothing to object."""
    done = subprocess.run([opa, *args], cwd=FOLDER, capture_output=True, text=True, check=False)
    return done.stdout + done.stderr


def test_it_is_formatted(opa_program: Path) -> None:
    assert told(opa_program, "fmt", "--list", ".") == ""


def test_it_is_strict_and_agrees_with_the_schema_of_its_input(opa_program: Path) -> None:
    ignored = ("--ignore", "*.yaml", "--ignore", "*.json")
    assert told(opa_program, "check", "--strict", *ignored, "--schema", "schema", ".") == ""


def test_its_tests_cover_every_line() -> None:
    assert "cover every line" in policies.test(context(FOLDER))


def test_a_line_that_no_test_covers_is_named(tmp_path: Path) -> None:
    shutil.copytree(FOLDER / "lib", tmp_path / "policies" / "lib")
    rego = "package mlops.pii.odd\n\nodd if {\n\tinput.never\n\tinput.ever\n}\n"
    (tmp_path / "policies" / "odd.rego").write_text(rego)
    with pytest.raises(OperationError, match=r"no test covers these lines:(.|\n)*odd\.rego:"):
        policies.test(context(tmp_path / "policies"))


def test_a_failing_test_is_named(tmp_path: Path) -> None:
    (tmp_path / "odd_test.rego").write_text("package mlops.odd_test\n\ntest_arithmetic if 1 == 2\n")
    with pytest.raises(OperationError, match="test_arithmetic: FAIL"):
        policies.test(context(tmp_path))


def test_no_tests_at_all_are_a_failure(tmp_path: Path) -> None:
    with pytest.raises(OperationError):
        policies.test(context(tmp_path))
