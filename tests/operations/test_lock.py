"""The lock: one holder at a time, named; only a provably dead one is taken over; no race between processes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from fake_world import FakeWorld

from mlops_infra.audit import Actor
from mlops_infra.errors import ExitCode, LockedError
from mlops_infra.operations import deploy
from mlops_infra.operations.lock import EnvironmentLock, Holder, is_dead, process_birth
from mlops_infra.operations.lock_places import FileLockPlace
from mlops_infra.operations.places import open_lock
from mlops_infra.operations.ports import this_actor
from mlops_infra.operations.unlock import holder_of, unlock

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)

HOLD = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from mlops_infra.operations.lock import EnvironmentLock
from mlops_infra.operations.lock_places import FileLockPlace
from mlops_infra.operations.ports import this_actor
lock = EnvironmentLock(FileLockPlace(Path(sys.argv[1]), "staging"), "staging", lambda: datetime.now(UTC))
lock.acquire(this_actor(), "up")
print("held", flush=True)
sys.stdin.readline()
lock.release()
"""

CONTEND = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from mlops_infra.errors import LockedError
from mlops_infra.operations.lock import EnvironmentLock
from mlops_infra.operations.lock_places import FileLockPlace
from mlops_infra.operations.ports import this_actor
folder = Path(sys.argv[1])
done = 0
print("ready", flush=True)
sys.stdin.readline()
while done < 15:
    lock = EnvironmentLock(FileLockPlace(folder, "staging"), "staging", lambda: datetime.now(UTC))
    try:
        lock.acquire(this_actor(), "up")
    except LockedError:
        continue
    (folder / "inside").mkdir()  # fails if another process is inside
    (folder / "inside").rmdir()
    lock.release()
    done += 1
"""


def make(folder: Path) -> EnvironmentLock:
    return EnvironmentLock(FileLockPlace(folder, "staging"), "staging", lambda: NOON)


@contextmanager
def process(program: str, folder: Path) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        [sys.executable, "-c", program, str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as started:
        assert started.stdout is not None
        assert started.stdout.readline().strip() in ("held", "ready")
        try:
            yield started
        finally:
            if started.poll() is None:
                started.kill()


def test_a_held_lock_names_its_holder(tmp_path: Path) -> None:
    mine = make(tmp_path)
    assert mine.acquire(this_actor(), "up") is None
    with pytest.raises(LockedError) as caught:
        make(tmp_path).acquire(this_actor(), "destroy")
    assert caught.value.exit_code is ExitCode.LOCKED
    me = this_actor()
    for word in (me.user, me.host, str(me.pid), "`up`", "since 2026-03-01T12:00:00+00:00", "started 20"):
        assert word in caught.value.what
    assert caught.value.hint is not None
    assert "unlock --env staging" in caught.value.hint
    mine.check()
    mine.release()
    assert make(tmp_path).acquire(this_actor(), "destroy") is None


def test_a_living_process_keeps_its_lock(tmp_path: Path) -> None:
    with process(HOLD, tmp_path) as other:
        with pytest.raises(LockedError, match=f"process {other.pid}"):
            make(tmp_path).acquire(this_actor(), "up")
        other.communicate("\n")
    assert make(tmp_path).acquire(this_actor(), "up") is None


def test_a_killed_holder_is_taken_over_even_before_it_is_reaped(tmp_path: Path) -> None:
    with process(HOLD, tmp_path) as other:
        os.kill(other.pid, signal.SIGKILL)
        os.waitid(os.P_PID, other.pid, os.WEXITED | os.WNOWAIT)
        dead = make(tmp_path).acquire(this_actor(), "up")
    assert dead is not None
    assert dead.pid == other.pid


def test_processes_never_hold_it_together(tmp_path: Path) -> None:
    with process(CONTEND, tmp_path) as one, process(CONTEND, tmp_path) as two:
        for started in (one, two):
            assert started.stdin is not None
            started.stdin.write("\n")
            started.stdin.flush()
        assert [one.wait(60), two.wait(60)] == [0, 0]


@pytest.fixture
def holder(tmp_path: Path) -> Holder:
    lock = make(tmp_path)
    lock.acquire(this_actor(), "up")
    found = lock.holder()
    assert found is not None
    return found


def test_what_proves_a_death(holder: Holder) -> None:
    assert not is_dead(holder)
    boot, _, ticks = holder.birth.partition(":")
    assert is_dead(replace(holder, birth=f"{boot}:{int(ticks) + 1}"))
    assert is_dead(replace(holder, pid=2**22 + 1))
    assert process_birth(2**22 + 1) is None


def test_what_proves_nothing(holder: Holder) -> None:
    gone = replace(holder, pid=2**22 + 1)
    assert not is_dead(replace(gone, host="elsewhere"))
    assert not is_dead(replace(gone, namespace="pid:[1]"))
    assert not is_dead(replace(gone, namespace=""))
    assert not is_dead(replace(gone, birth=""))


def test_a_holder_that_cannot_be_read_is_not_taken_over(tmp_path: Path) -> None:
    (tmp_path / "staging.json").write_text("{")
    with pytest.raises(LockedError, match="cannot be read"):
        make(tmp_path).acquire(this_actor(), "up")
    assert make(tmp_path).force() is None
    assert make(tmp_path).acquire(this_actor(), "up") is None


def test_release_leaves_somebody_elses_lock_alone(tmp_path: Path) -> None:
    mine, theirs = make(tmp_path), make(tmp_path)
    mine.acquire(this_actor(), "up")
    mine.force()
    theirs.acquire(this_actor(), "destroy")
    mine.release()
    theirs.check()
    with pytest.raises(LockedError, match="was taken from this operation; now it is held by"):
        mine.check()


def test_an_operation_takes_over_tells_and_records(world: FakeWorld) -> None:
    world.project.state_dir()
    with process(HOLD, world.project.locks()) as other:
        with pytest.raises(LockedError):
            deploy.up(world.context(), "staging", confirm=lambda _: True)
        other.kill()
        other.wait()
        deploy.up(world.context(), "staging", confirm=lambda _: True)
    assert any(notice.startswith("took over the lock of") for notice in world.notices)
    entry = world.ledger().last("lock-taken-over")
    assert entry is not None
    assert entry.data["holder"]["pid"] == other.pid
    assert "token" not in json.dumps(dict(entry.data))


def test_unlock_names_and_records_the_holder(world: FakeWorld) -> None:
    world.project.state_dir()
    lock = open_lock(world.context(), "staging")
    lock.acquire(Actor("grace", "elsewhere", os.getpid()), "up")
    world.cloud.locks = ["ana@elsewhere (pid 7)"]
    found = holder_of(world.context(), "staging")
    assert unlock(world.context(), "staging") == found
    assert world.notices == ["the engine's own lock was taken away from ana@elsewhere (pid 7)"]
    entry = world.ledger().last("unlocked")
    assert entry is not None
    assert entry.data["holder"]["host"] == "elsewhere"
    assert holder_of(world.context(), "staging") is None
    assert unlock(world.context(), "staging") is None
