"""Locks of engines that are gone are taken away, all others are respected."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from mlops_infra.engine.locks import FileLocks, break_locks, release_dead
from mlops_infra.errors import ExitCode, LockedError


def lock(folder: Path, **changed: Any) -> Path:
    told = {
        "pid": os.getpid(),
        "username": "ana",
        "hostname": socket.gethostname(),
        "timestamp": datetime.now(UTC).isoformat(),
        **changed,
    }
    path = folder / "0b1c.json"
    path.write_text(json.dumps(told))
    return path


@pytest.fixture
def dead_pid() -> int:
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def test_no_locks(tmp_path: Path) -> None:
    assert release_dead(FileLocks(tmp_path / "none"), "dev-foundation") == []


def test_a_dead_engines_lock_is_removed(tmp_path: Path, dead_pid: int) -> None:
    path = lock(tmp_path, pid=dead_pid)
    assert release_dead(FileLocks(tmp_path), "dev-foundation") == [f"ana@{socket.gethostname()} (pid {dead_pid})"]
    assert not path.exists()


def test_a_number_that_was_given_to_a_new_process_is_no_holder(tmp_path: Path) -> None:
    path = lock(tmp_path, timestamp=(datetime.now(UTC) - timedelta(days=400)).isoformat())
    release_dead(FileLocks(tmp_path), "dev-foundation")
    assert not path.exists()


@pytest.mark.parametrize("changed", [{}, {"hostname": "another-host"}, {"pid": "x"}, {"timestamp": None}])
def test_any_other_lock_is_respected(tmp_path: Path, dead_pid: int, changed: dict[str, Any]) -> None:
    path = lock(tmp_path, **({"pid": dead_pid} if "hostname" in changed else {}), **changed)
    if changed.get("timestamp", "") is None:
        path.write_text("{}")
    with pytest.raises(LockedError) as caught:
        release_dead(FileLocks(tmp_path), "dev-foundation")
    assert caught.value.exit_code == ExitCode.LOCKED
    assert caught.value.hint
    assert path.exists()


def test_all_are_broken_when_asked(tmp_path: Path) -> None:
    path = lock(tmp_path, hostname="another-host", pid=7)
    (tmp_path / "torn.json").write_text("{")
    assert break_locks(FileLocks(tmp_path)) == ["ana@another-host (pid 7)", "an engine that wrote an unreadable lock"]
    assert not path.exists()
