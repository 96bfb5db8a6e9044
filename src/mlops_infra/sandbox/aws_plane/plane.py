"""The AWS plane as the sandbox sees it: one process that is started, asked and ended.

Layout below the folder given: ``server.pid``, ``server.log``, ``port``, ``journal``, ``snapshot``, ``control-planes``.
"""

from __future__ import annotations

import importlib.util
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import httpx

from mlops_infra.errors import OperationError
from mlops_infra.sandbox.aws_plane.patches import SETTINGS
from mlops_infra.sandbox.processes import (
    LOOPBACK,
    Daemon,
    free_ports,
    port_is_free,
    private_folder,
    tail,
    wait_until,
    write_private,
)
from mlops_infra.sandbox.status import ProcessStatus

START_LIMIT: Final = 60.0
"""Seconds until a plane that does not answer is an error; usually 2, and more with much to replay."""
NAME: Final = "aws"
MODULE: Final = "mlops_infra.sandbox.aws_plane.server"


def control_planes(folder: Path) -> dict[str, dict[str, str]]:
    """By account: the embedded control plane that EKS says is its cluster (see `AwsPlane.introduce`)."""
    try:
        found: dict[str, dict[str, str]] = json.loads((folder / "control-planes").read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    return found


@dataclass(frozen=True)
class AwsPlane:
    """The process over the state in `folder`."""

    folder: Path

    @property
    def _daemon(self) -> Daemon:
        return Daemon(self.folder, "server")

    @property
    def log(self) -> Path:
        return self._daemon.log

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
        if self._daemon.process() is not None:
            return
        if importlib.util.find_spec("moto") is None:
            raise OperationError(
                "the AWS plane of the sandbox needs moto, which is not installed",
                hint="pip install 'mlops-infra[sandbox]'",
            )
        private_folder(self.folder)
        port = self.port
        if port is None or not port_is_free(port):
            (port,) = free_ports(1)
            write_private(self.folder / "port", str(port))
        self._daemon.begin(MODULE, f"--folder={self.folder}", f"--port={port}", settings=SETTINGS)

    def await_health(self) -> None:
        """Raises `OperationError` with the last log lines where the process ends or does not answer."""

        def settled() -> bool:
            return self._daemon.process() is None or self._health() is not None

        if not wait_until(settled, START_LIMIT) or self._daemon.process() is None:
            raise OperationError(
                f"the AWS plane does not answer; its last words:\n{tail(self.log)}",
                where=str(self.log),
                hint="`mlops-infra sandbox stop` and `start` begin afresh with the data",
            )

    def stop(self) -> None:
        """End the process; it saves its state first."""
        self._daemon.stop(grace=20)

    def introduce(self, account: str, endpoint: str, certificate_authority: str) -> None:
        """Say which control plane is the EKS cluster of an account: its URL and its CA certificate (PEM, base64)."""
        known = control_planes(self.folder)
        plane = {"endpoint": endpoint, "certificate_authority": certificate_authority}
        if known.get(account) != plane:
            write_private(self.folder / "control-planes", json.dumps({**known, account: plane}))

    def forget(self, account: str) -> None:
        """Remove an account with all that it has. The process must run."""
        answer = httpx.post(
            f"{self.endpoint}/mlops-infra/forget",
            params={"account": account},
            headers={"X-Mlops-Infra": "forget"},
            timeout=60,
            trust_env=False,
        )
        if not answer.is_success:
            raise OperationError(f"the AWS plane did not forget account {account}", where=str(self.log))

    @property
    def healthy(self) -> bool:
        return self._daemon.process() is not None and self._health() is not None

    def lost(self) -> tuple[str, ...]:
        """What could not be restored at the last start, in words."""
        health = self._health() if self._daemon.process() else None
        return tuple(health["lost"]) if health else ()

    def status(self) -> ProcessStatus:
        process = self._daemon.process()
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
