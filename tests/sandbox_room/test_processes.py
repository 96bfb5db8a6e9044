"""Processes are recognised by more than their PID, and end when asked."""

from __future__ import annotations

import os
import socket
import stat
import sys
from dataclasses import replace

import psutil
import pytest

from mlops_infra.sandbox.processes import (
    LOOPBACK,
    PORTS,
    Daemon,
    Identity,
    end,
    free_ports,
    living,
    mentions,
    port_is_free,
    private_folder,
    spawn,
    tail,
    wait_until,
    write_private,
)

WAITS = "import sys; print('ready', flush=True); sys.stdin.close(); import signal; signal.pause()"
IGNORES = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); {WAITS}"


@pytest.fixture
def start(tmp_path):
    """Starts Python code and waits until it says `ready`; whatever is left is killed."""
    started = []

    def run(code: str) -> psutil.Process:
        log = tmp_path / f"{len(started)}.log"
        identity = spawn([sys.executable, "-c", code], log=log, env=dict(os.environ), pid_file=tmp_path / "pid")
        process = psutil.Process(identity.pid)
        started.append(process)
        assert wait_until(lambda: "ready" in tail(log), 20)
        return process

    yield run
    end([process for process in started if living(process.pid)], grace=0)


def test_a_spawned_process_is_detached_and_recognised(start, tmp_path):
    process = start(WAITS)
    identity = Identity.read(tmp_path / "pid")
    assert identity == Identity.of(process)
    assert identity.process() == process
    assert os.getsid(process.pid) == process.pid
    assert stat.S_IMODE((tmp_path / "pid").stat().st_mode) == stat.S_IMODE((tmp_path / "0.log").stat().st_mode) == 0o600
    end([process])
    assert identity.process() is None
    assert living(process.pid) is None


def test_a_reused_pid_is_somebody_else():
    own = Identity.of(psutil.Process())
    assert own.process() is not None
    assert replace(own, started=own.started - 60).process() is None


@pytest.mark.parametrize("content", ["", "nonsense", "{}", '{"pid": "x", "started": 1}', "[1]"])
def test_a_damaged_pid_file_is_none(tmp_path, content):
    path = tmp_path / "pid"
    path.write_text(content)
    assert Identity.read(path) is None
    assert Identity.read(tmp_path / "missing") is None


def test_a_process_that_does_not_listen_is_killed(start):
    process = start(IGNORES)
    end([process], grace=0.2)
    assert living(process.pid) is None
    end([process])


def test_command_lines_are_searched(start):
    process = start(f"{WAITS}  # /some/folder")
    assert mentions(process, "/some/folder")
    assert not mentions(process, "/another/folder")
    end([process])
    assert not mentions(process, "/some/folder")


def test_a_daemon_starts_once_and_stops(tmp_path):
    daemon = Daemon(tmp_path, "server")
    assert daemon.process() is None
    daemon.begin("http.server", "0", "--bind", LOOPBACK)
    first = daemon.process()
    daemon.begin("http.server", "0", "--bind", LOOPBACK)
    try:
        assert first is not None
        assert daemon.process() == first
    finally:
        daemon.stop(grace=0)
    assert daemon.process() is None
    assert not daemon.pid_file.exists()
    daemon.stop()


def test_a_daemon_gets_no_credentials(tmp_path):
    os.environ["MLOPS_INFRA_TEST_SECRET"] = "x"
    daemon = Daemon(tmp_path, "env")
    try:
        daemon.begin("http.server", "0", "--bind", LOOPBACK, settings={"SETTING": "y"})
        process = daemon.process()
        assert process is not None
        assert wait_until(lambda: process.environ().get("SETTING") == "y", 10)
        assert "MLOPS_INFRA_TEST_SECRET" not in process.environ()
    finally:
        daemon.stop(grace=0)
        del os.environ["MLOPS_INFRA_TEST_SECRET"]


def test_ports_are_free_different_and_not_taken():
    (first,) = free_ports(1)
    with socket.socket() as holder:
        holder.bind((LOOPBACK, first))
        holder.listen()
        assert not port_is_free(first)
        found = free_ports(5, taken=range(PORTS.start, PORTS.start + 1000))
    assert len(set(found)) == 5
    assert first not in found
    assert all(port in PORTS and port >= PORTS.start + 1000 for port in found)


def test_tail_shows_the_last_lines(tmp_path):
    log = tmp_path / "log"
    assert tail(log) == ""
    log.write_bytes(b"\xff first\n" + b"".join(b"%d\n" % number for number in range(5000)))
    assert tail(log, 2) == "4998\n4999"


def test_files_and_folders_are_private(tmp_path):
    folder = private_folder(tmp_path / "a" / "b")
    write_private(folder / "x", "1")
    write_private(folder / "x", "2")
    assert (folder / "x").read_text() == "2"
    assert [each.name for each in folder.iterdir()] == ["x"]
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE((folder / "x").stat().st_mode) == 0o600
