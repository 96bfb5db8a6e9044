"""Long-lived processes on this machine: start detached, recognise again, end, and say what went wrong.

A process is recognised by its PID *and* its start time, so that a PID file stays right when the system gives the PID to
somebody else (after a reboot, for example). Nothing here knows what the processes do.
"""

from __future__ import annotations

import json
import os
import random
import signal
import socket
import sys
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import psutil

LOOPBACK: Final = "127.0.0.1"
PORTS: Final = range(20000, 32000)
"""Where free ports are looked for: below Linux's default ephemeral range (32768 and up), so that no outgoing connection takes a port
of a sandbox that is stopped for a while."""
KILL_WAIT: Final = 5.0
"""Seconds that the system gets to remove a killed process."""
START_TOLERANCE: Final = 2.0
"""Seconds by which a start time may differ: psutil derives it from the boot time, which moves with clock corrections."""

_KEPT: Final = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "PYTHONPATH", "VIRTUAL_ENV", "COVERAGE_PROCESS_START")
"""What a daemon takes over from the environment: no credentials, no proxies, no settings of the libraries that it uses."""


@dataclass(frozen=True)
class Identity:
    """Which process it was: its PID and when it started (seconds since the epoch)."""

    pid: int
    started: float

    @staticmethod
    def of(process: psutil.Process) -> Identity:
        return Identity(process.pid, process.create_time())

    def write(self, path: Path) -> None:
        """Write atomically, so that a reader never sees half of it."""
        write_private(path, json.dumps({"pid": self.pid, "started": self.started}))

    @staticmethod
    def read(path: Path) -> Identity | None:
        """The identity in a PID file; None where there is no file or it is not one of ours."""
        try:
            found = json.loads(path.read_text(encoding="utf-8"))
            return Identity(int(found["pid"]), float(found["started"]))
        except FileNotFoundError:
            return None
        except (ValueError, TypeError, KeyError):
            return None

    def process(self) -> psutil.Process | None:
        """The process, if it still is that one and lives."""
        found = living(self.pid)
        if found is None:
            return None
        try:
            same = abs(found.create_time() - self.started) <= START_TOLERANCE
        except psutil.Error:
            return None
        return found if same else None


def living(pid: int) -> psutil.Process | None:
    """The process of that PID unless it is gone or a zombie; a zombie child of ours is reaped."""
    try:
        process = psutil.Process(pid)
        # A killed process with threads is a zombie before its last thread has let go of its ports.
        if process.status() != psutil.STATUS_ZOMBIE or process.num_threads() > 1:
            return process
    except psutil.Error:
        return None
    with suppress(ChildProcessError):
        os.waitpid(pid, os.WNOHANG)
    return None


def mentions(process: psutil.Process, text: str) -> bool:
    """Whether the process's command line holds `text` (used for PID files that carry no start time)."""
    try:
        return any(text in word for word in process.cmdline())
    except psutil.Error:
        return False


def spawn(argv: Sequence[str], *, log: Path, env: Mapping[str, str], pid_file: Path) -> Identity:
    """Start a program detached: own session, no input, output appended to `log` (0600), identity written to `pid_file`."""
    writing = os.O_WRONLY | os.O_CREAT | os.O_APPEND
    pid = os.posix_spawn(
        argv[0],
        list(argv),
        dict(env),
        file_actions=[
            (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
            (os.POSIX_SPAWN_OPEN, 1, str(log), writing, 0o600),
            (os.POSIX_SPAWN_DUP2, 1, 2),
        ],
        setsid=True,
    )
    identity = Identity.of(psutil.Process(pid))
    identity.write(pid_file)
    return identity


def end(processes: Sequence[psutil.Process], *, grace: float = 6) -> None:
    """Ask processes to stop (SIGTERM), and kill those that have not within `grace` seconds. Returns once all are gone."""
    _signal(processes, signal.SIGTERM)
    # An orphan in a container without a reaper stays a zombie for ever; `living` says that it is as gone as it gets.
    if not wait_until(lambda: not any(living(process.pid) for process in processes), grace):
        _signal(processes, signal.SIGKILL)
        wait_until(lambda: not any(living(process.pid) for process in processes), KILL_WAIT)


def _signal(processes: Sequence[psutil.Process], number: signal.Signals) -> None:
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            process.send_signal(number)


@dataclass(frozen=True)
class Daemon:
    """A program of ours that runs in the background: its PID file and its log lie in `folder` under its `name`."""

    folder: Path
    name: str

    @property
    def log(self) -> Path:
        return self.folder / f"{self.name}.log"

    @property
    def pid_file(self) -> Path:
        return self.folder / f"{self.name}.pid"

    def process(self) -> psutil.Process | None:
        """The process, if it lives."""
        identity = Identity.read(self.pid_file)
        return identity.process() if identity else None

    def begin(self, module: str, *arguments: str, settings: Mapping[str, str] | None = None) -> None:
        """Start ``python -m module arguments`` unless it lives already; `settings` are added to a bare environment."""
        if self.process() is None:
            kept = {key: value for key, value in os.environ.items() if key in _KEPT}
            spawn(
                [sys.executable, "-m", module, *arguments],
                log=self.log,
                env={**kept, **(settings or {})},
                pid_file=self.pid_file,
            )

    def stop(self, *, grace: float = 6) -> None:
        process = self.process()
        if process is not None:
            end([process], grace=grace)
        self.pid_file.unlink(missing_ok=True)


def wait_until(condition: Callable[[], bool], seconds: float, *, interval: float = 0.05) -> bool:
    """Poll `condition` until it holds; False when it does not within `seconds`."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() >= deadline:
            return False
        time.sleep(interval)
    return True


def port_is_free(port: int) -> bool:
    """Whether a listener could take the loopback port now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        # As servers do, so that connections of the last run in TIME_WAIT do not count.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def free_ports(count: int, *, taken: Collection[int] = ()) -> list[int]:
    """`count` different free loopback ports, none of them in `taken`."""
    found: list[int] = []
    start = random.randrange(len(PORTS))  # noqa: S311 spreads projects that start at the same time; no secret
    for step in range(len(PORTS)):
        port = PORTS[(start + step) % len(PORTS)]
        if port not in taken and port_is_free(port):
            found.append(port)
            if len(found) == count:
                return found
    raise OSError(f"fewer than {count} free ports between {PORTS.start} and {PORTS.stop}")


def tail(log: Path, lines: int = 12) -> str:
    """The last lines of a log, or nothing where it does not exist."""
    try:
        with log.open("rb") as file:
            file.seek(0, os.SEEK_END)
            file.seek(max(0, file.tell() - 16384))
            text = file.read().decode("utf-8", errors="replace")
    except FileNotFoundError:
        return ""
    return "\n".join(text.splitlines()[-lines:])


def private_folder(path: Path) -> Path:
    """Make a folder (0700) and return it."""
    path.mkdir(parents=True, exist_ok=True, mode=0o700)
    path.chmod(0o700)
    return path


def write_private(path: Path, text: str) -> None:
    """Write a file (0600) atomically."""
    aside = path.with_name(f".{path.name}.{os.getpid()}")
    handle = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
    aside.replace(path)
