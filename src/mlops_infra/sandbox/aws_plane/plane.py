"""The AWS plane as the sandbox sees it: one process that is started, asked and ended.

Layout below the folder given: ``pid``, ``port``, ``server.log``, ``journal``, ``snapshot``.
"""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import httpx
import psutil

from mlops_infra.errors import OperationError
from mlops_infra.sandbox.aws_plane.patches import SETTINGS
from mlops_infra.sandbox.processes import (
    LOOPBACK,
    Identity,
    end,
    free_ports,
    port_is_free,
    private_folder,
    spawn,
    tail,
    wait_until,
    write_private,
)
from mlops_infra.sandbox.status import ProcessStatus

START_LIMIT: Final = 60.0
"""Seconds until a plane that does not answer is an error; usually 2, and more with much to replay."""
NAME: Final = "aws"


@dataclass(frozen=True)
class AwsPlane:
    """The process over the state in `folder`."""

    folder: Path

    @property
    def log(self) -> Path:
        return self.folder / "server.log"

    @property
    def port(self) -> int | None:
        """The port of the last start; kept over restarts, so that exported variables stay right."""
        try:
            return int((self.folder / "port").read_text(encoding="utf-8"))
        except (FileNotFoundError, ValueError):
            return None

    @property
    def endpoint(self) -> str | None:
        return f"http://{LOOPBACK}:{self.port}" if self.port else None

    def begin(self) -> None:
        """Start the process unless it lives; it answers once `await_health` returns."""
        if self._process() is not None:
            return
        private_folder(self.folder)
        port = self.port
        if port is None or not port_is_free(port):
            (port,) = free_ports(1)
            write_private(self.folder / "port", str(port))
        kept = {key: value for key, value in os.environ.items() if not key.startswith(("AWS_", "MOTO_", "WERKZEUG_"))}
        module = "mlops_infra.sandbox.aws_plane.server"
        spawn(
            [sys.executable, "-m", module, f"--folder={self.folder}", f"--port={port}"],
            log=self.log,
            env={**kept, **SETTINGS},
            pid_file=self._pid_file,
        )

    def await_health(self) -> None:
        """Raises `OperationError` with the last log lines where the process ends or does not answer."""

        def settled() -> bool:
            return self._process() is None or self._health() is not None

        if not wait_until(settled, START_LIMIT) or self._process() is None:
            raise OperationError(
                f"the AWS plane does not answer; its last words:\n{tail(self.log)}",
                where=str(self.log),
                hint="`mlops-infra sandbox stop` and `start` begin afresh with the data",
            )

    def stop(self) -> None:
        """End the process; it saves its state first."""
        process = self._process()
        if process is not None:
            end([process], grace=20)
        self._pid_file.unlink(missing_ok=True)

    def forget(self, account: str) -> None:
        """Remove an account with all that it has. The process must run."""
        answer = httpx.post(
            f"{self.endpoint}/mlops-infra/forget", params={"account": account}, timeout=60, trust_env=False
        )
        if not answer.is_success:
            raise OperationError(f"the AWS plane did not forget account {account}", where=str(self.log))

    @property
    def healthy(self) -> bool:
        return self._process() is not None and self._health() is not None

    def lost(self) -> tuple[str, ...]:
        """What could not be restored at the last start, in words."""
        health = self._health() if self._process() else None
        return tuple(health["lost"]) if health else ()

    def status(self) -> ProcessStatus:
        process = self._process()
        if process is None:
            return ProcessStatus(NAME, False, self.log)
        with process.oneshot():
            return ProcessStatus(
                name=NAME,
                healthy=self._health() is not None,
                log=self.log,
                pid=process.pid,
                port=self.port,
                memory=process.memory_info().rss,
                since=process.create_time(),
            )

    def _health(self) -> dict[str, Any] | None:
        try:
            answer = httpx.get(f"{self.endpoint}/mlops-infra/health", timeout=5, trust_env=False)
            found: dict[str, Any] = answer.json()
        except (httpx.HTTPError, ValueError):
            return None
        return found if answer.is_success else None

    def _process(self) -> psutil.Process | None:
        identity = Identity.read(self._pid_file)
        return identity.process() if identity else None

    @property
    def _pid_file(self) -> Path:
        return self.folder / "pid"
