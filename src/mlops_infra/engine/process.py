"""The engine as a child process: bounded, cancellable, and gone when we are gone.

`EngineCommand` is the Automation API's `PulumiCommand` with a process handling of our own: the engine runs in its own session (so
that a terminal's Ctrl-C reaches only us, and we ask it to stop in an orderly way), gets SIGINT when its parent dies, keeps only the
tail of its chatter in memory, and is ended when it says nothing for too long.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Mapping
from pathlib import Path
from typing import Final, TextIO

from pulumi.automation import CommandResult, OnOutput, PulumiCommand
from pulumi.automation.errors import create_command_error
from semver import VersionInfo

_ORPHAN_GUARD: Final = """
import ctypes, os, signal, sys
ctypes.CDLL(None, use_errno=True).prctl(1, signal.SIGINT)
if os.getppid() != int(sys.argv[1]):
    sys.exit(130)
os.execv(sys.argv[2], sys.argv[2:])
"""
"""Asks the kernel for SIGINT at the parent's death (prctl(2), PR_SET_PDEATHSIG), then becomes the engine.

A program of its own rather than a ``preexec_fn``, which may deadlock in a process with threads."""

TAIL_LINES: Final = 400


class EngineCommand(PulumiCommand):
    """Runs one engine binary; several commands may run at once from several threads.

    `quiet_limit` is how long, in seconds, a command may print nothing and send no event (see `heard`) before it is ended; `grace` how
    long it gets to stop after SIGINT before it is killed.
    """

    def __init__(self, binary: Path, version: str, log: Path, *, quiet_limit: float = 1800, grace: float = 60) -> None:
        # The base class runs `pulumi version` here; the toolchain has already checked it.
        self.command = str(binary)
        self.version = VersionInfo.parse(version)
        self._log = log
        self._quiet_limit = quiet_limit
        self._grace = grace
        self._running: set[subprocess.Popen[str]] = set()
        self._lock = threading.Lock()
        self._heard = time.monotonic()
        self.cancelled = False

    def heard(self) -> None:
        """Note a sign of life from the engine."""
        self._heard = time.monotonic()

    def cancel(self) -> None:
        """Ask every running command to stop; a second call insists."""
        self.cancelled = True
        with self._lock:
            for process in self._running:
                process.send_signal(signal.SIGINT)

    def run(
        self,
        args: list[str],
        cwd: str,
        additional_env: Mapping[str, str],
        on_output: OnOutput | None = None,
        on_error: OnOutput | None = None,
    ) -> CommandResult:
        """Run one command; raises `pulumi.automation.CommandError` where it fails."""
        guard = [sys.executable, "-I", "-S", "-c", _ORPHAN_GUARD, str(os.getpid()), self.command]
        self.heard()
        out: deque[str] = deque(maxlen=TAIL_LINES)
        err: deque[str] = deque(maxlen=TAIL_LINES)
        whole = "--json" in args or "export" in args
        outputs = out if not whole else []
        with (
            self._log.open("a", encoding="utf-8") as log,
            subprocess.Popen(
                [*guard, "--non-interactive", *args],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                cwd=cwd,
                env={**os.environ, **additional_env, "PULUMI_AUTOMATION_API": "true"},
                encoding="utf-8",
                errors="replace",
                start_new_session=True,
            ) as process,
        ):
            with self._lock:
                self._running.add(process)
                if self.cancelled:
                    process.send_signal(signal.SIGINT)
            readers = [
                threading.Thread(target=self._drain, args=(process.stdout, outputs, on_output, None if whole else log)),
                threading.Thread(target=self._drain, args=(process.stderr, err, on_error, log)),
            ]
            for reader in readers:
                reader.start()
            try:
                self._wait(process)
            finally:
                with self._lock:
                    self._running.discard(process)
                for reader in readers:
                    reader.join()
        result = CommandResult("\n".join(outputs), "\n".join(err), process.returncode)
        if process.returncode != 0:
            raise create_command_error(result)
        return result

    def _drain(
        self, stream: TextIO, lines: list[str] | deque[str], callback: OnOutput | None, log: TextIO | None
    ) -> None:
        for line in stream:
            self.heard()
            text = line.rstrip()
            lines.append(text)
            if log is not None:
                log.write(line)
            if callback is not None:
                callback(text)

    def _wait(self, process: subprocess.Popen[str]) -> None:
        while True:
            quiet = time.monotonic() - self._heard
            try:
                process.wait(timeout=max(0.1, self._quiet_limit - quiet))
            except subprocess.TimeoutExpired:
                if time.monotonic() - self._heard >= self._quiet_limit:
                    self._end(process)
            else:
                return

    def _end(self, process: subprocess.Popen[str]) -> None:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(timeout=self._grace)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
