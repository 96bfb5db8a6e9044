"""A test that is never collected passes for ever; so every test function in the tree must be one that pytest runs."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from collected import COLLECTED

TESTS = Path(__file__).parents[1]


def written(body: list[ast.stmt], prefix: str) -> Iterator[str]:
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_"):
            yield f"{prefix}::{node.name}"
        elif isinstance(node, ast.ClassDef):
            yield from written(node.body, f"{prefix}::{node.name}")


def test_every_test_function_is_collected(pytestconfig: pytest.Config) -> None:
    functions: list[str] = []
    for file in sorted(TESTS.rglob("*.py")):
        tree = ast.parse(file.read_text(encoding="utf-8"))
        functions += written(tree.body, file.relative_to(TESTS.parent).as_posix())
    assert len(functions) > 50
    assert len(functions) == len(set(functions)), "a test function hides another one of the same name"
    if set(functions) - pytestconfig.stash[COLLECTED]:
        # This run was asked for some tests only, or some are never collected.
        assert sorted(set(functions) - collected()) == []


def collected() -> set[str]:
    """What a run of everything collects."""
    variables = {key: value for key, value in os.environ.items() if not key.startswith(("PYTEST_", "COV_"))}
    answer = subprocess.run(
        [sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider", "-p", "no:cov", "tests"],
        cwd=TESTS.parent,
        env=variables,
        capture_output=True,
        text=True,
        check=False,
    )
    assert answer.returncode == 0, answer.stdout[-3000:] + answer.stderr[-3000:]
    return {line.split("[")[0] for line in answer.stdout.splitlines() if "::" in line}
