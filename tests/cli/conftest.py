from __future__ import annotations

from pathlib import Path

import pytest
from fake_terminal import Terminal
from fake_world import FakeWorld


@pytest.fixture
def world(tmp_path: Path) -> FakeWorld:
    """A project with the shipped stack files and an in-memory cloud."""
    return FakeWorld.make(tmp_path / "project")


@pytest.fixture
def run(world: FakeWorld, capsys: pytest.CaptureFixture[str]) -> Terminal:
    """Runs command lines in the project."""
    return Terminal(world, capsys)
