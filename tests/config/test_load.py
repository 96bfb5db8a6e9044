"""Loading the same files again costs nothing, and an edit of any layer is seen."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from mlops_infra.config import load_environment
from mlops_infra.config.problems import ConfigError


def test_unchanged_files_are_read_once(stacks_copy: Path) -> None:
    assert load_environment(stacks_copy, "dev").environment is load_environment(stacks_copy, "dev").environment


def test_an_edit_of_any_layer_is_seen_even_with_the_same_size_and_time(stacks_copy: Path) -> None:
    before = load_environment(stacks_copy, "staging")
    base = stacks_copy / "base.yaml"
    times, text = base.stat(), base.read_text(encoding="utf-8")
    base.write_text(text.replace("P1Y", "P2Y"), encoding="utf-8")
    os.utime(base, ns=(times.st_atime_ns, times.st_mtime_ns))
    assert base.stat().st_size == times.st_size
    edited = load_environment(stacks_copy, "staging")
    assert edited.environment != before.environment
    base.write_text(text, encoding="utf-8")
    assert load_environment(stacks_copy, "staging").environment == before.environment


def test_a_new_environment_that_clashes_is_seen(stacks_copy: Path) -> None:
    load_environment(stacks_copy, "staging")
    twin = (
        (stacks_copy / "staging.yaml").read_text(encoding="utf-8").replace("environment: staging", "environment: twin")
    )
    (stacks_copy / "twin.yaml").write_text(twin, encoding="utf-8")
    with pytest.raises(ConfigError, match="twin"):
        load_environment(stacks_copy, "staging")


def test_a_copy_of_the_folder_is_its_own_place(stacks_copy: Path, tmp_path: Path) -> None:
    load_environment(stacks_copy, "dev")
    other = tmp_path / "elsewhere" / "stacks"
    shutil.copytree(stacks_copy, other)
    assert load_environment(other, "dev").stacks == other


def test_mistakes_are_told_each_time(stacks_copy: Path) -> None:
    (stacks_copy / "dev.yaml").write_text("environment: dev\nnonsense: 1\n", encoding="utf-8")
    for _ in range(2):
        with pytest.raises(ConfigError, match="nonsense"):
            load_environment(stacks_copy, "dev")
