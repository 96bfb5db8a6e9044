"""A copy of the shipped stack files to write mistakes into, and stack files made of text."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from mlops_infra.resources import data_dir

WriteProject = Callable[..., Path]


@pytest.fixture(scope="session")
def shipped_stacks() -> Path:
    """The folder of the shipped stack files; tests do not write there."""
    return data_dir("stacks")


@pytest.fixture
def stacks_copy(shipped_stacks: Path, tmp_path: Path) -> Path:
    """A folder with a copy of the shipped stack files."""
    folder = tmp_path / "stacks"
    folder.mkdir()
    for file in shipped_stacks.glob("*.yaml"):
        shutil.copy(file, folder / file.name)
    return folder


@pytest.fixture
def write_stacks(tmp_path: Path) -> WriteProject:
    """Writes stack files: ``write_stacks(base="…", dev="…")`` gives the folder."""

    def write(**files: str) -> Path:
        folder = tmp_path / "stacks"
        folder.mkdir(exist_ok=True)
        for name, text in files.items():
            (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
        return folder

    return write
