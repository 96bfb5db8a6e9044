"""The provider process as its parent sees it: started, waited for, ended.

The connection goes to the child over its standard input, so that no secret stands in an argument list; the open pipe is also what tells
the child that its parent lives.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Final

from mlops_infra.errors import OperationError
from mlops_infra.providers.connection import AwsConnection, Connection

FINISH_SECONDS: Final = 15.0
"""How long requests that are being served may take to finish once the parent wants the child to end."""
READY_SECONDS: Final = 60.0


class ProviderHost:
    """One running provider process. `start` returns at once; `attach` waits until it serves.

    `ready` is how long it may take to serve, `finish` how long to end once it is told to, both in seconds; then it is killed.
    """

    def __init__(
        self,
        process: subprocess.Popen[bytes],
        log: Path,
        *,
        ready: float = READY_SECONDS,
        finish: float = FINISH_SECONDS + 5,
    ) -> None:
        self._process = process
        self._log = log
        self._ready = ready
        self._finish = finish
        self._ports: dict[str, int] = {}
        self._answered = threading.Thread(target=self._read_ports, daemon=True)
        self._answered.start()

    @classmethod
    def start(cls, connection: Connection, log: Path, made: Path) -> ProviderHost:
        """Start a provider process for one environment; it writes to `log` and to `made`, its file of what it made (both 0600)."""
        log.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            # A session of its own: a terminal's Ctrl-C reaches only us, and the engine still needs its providers to stop in order.
            process = subprocess.Popen(
                [sys.executable, "-P", "-m", "mlops_infra.providers.serve", str(made)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=handle,
                start_new_session=True,
            )
        finally:
            os.close(handle)
        assert process.stdin is not None  # noqa: S101 - for the type checker: we asked for a pipe
        process.stdin.write(dump_connection(connection))
        process.stdin.flush()
        return cls(process, log)

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    @property
    def attach(self) -> str:
        """What ``PULUMI_DEBUG_PROVIDERS`` must be; waits until the providers serve. Raises `OperationError` where they do not."""
        self._answered.join(self._ready)
        if not self._ports:
            raise OperationError(
                f"the provider process did not start:\n{self._last_lines()}",
                where=str(self._log),
                hint="`mlops-infra doctor` checks the installation",
            )
        return ",".join(f"{name}:{port}" for name, port in self._ports.items())

    def close(self) -> None:
        """End the process; requests that are being served may finish."""
        process = self._process
        if process.stdin is not None:
            process.stdin.close()
        try:
            process.wait(timeout=self._finish)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        self._answered.join()
        if process.stdout is not None:
            process.stdout.close()

    def _read_ports(self) -> None:
        assert self._process.stdout is not None  # noqa: S101 - for the type checker: we asked for a pipe
        line = self._process.stdout.readline()
        if line:
            self._ports = json.loads(line)

    def _last_lines(self, count: int = 8) -> str:
        try:
            lines = self._log.read_text(encoding="utf-8", errors="replace").splitlines()
        except FileNotFoundError:
            return ""
        return "\n".join(lines[-count:])


def dump_connection(connection: Connection) -> bytes:
    """A connection as one JSON line."""
    found = asdict(connection)
    found["kubeconfig"] = str(connection.kubeconfig) if connection.kubeconfig else None
    return json.dumps(found).encode() + b"\n"


def load_connection(line: bytes) -> Connection:
    """The connection in a line of `dump_connection`."""
    found: Mapping[str, object] = json.loads(line)
    kubeconfig = found["kubeconfig"]
    aws = found["aws"]
    assert isinstance(aws, dict)  # noqa: S101 - both ends are ours
    return Connection(
        environment=str(found["environment"]),
        aws=AwsConnection(**aws),
        kubeconfig=Path(str(kubeconfig)) if kubeconfig else None,
        field_manager=str(found["field_manager"]),
        cluster=str(found["cluster"]) if found["cluster"] else None,
    )
