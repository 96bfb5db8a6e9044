"""What runs: plain data for `mlops-infra sandbox status`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class ProcessStatus:
    """One process. `memory` in bytes (resident), `since` in seconds since the epoch; None where it does not run."""

    name: str
    healthy: bool
    log: Path
    pid: int | None = None
    port: int | None = None
    memory: int | None = None
    since: float | None = None


@dataclass(frozen=True)
class SandboxStatus:
    """One environment's embedded cloud.

    The AWS process is shared by all environments and appears in each. `lost` says what the AWS plane could not restore after its last
    restart, in words.
    """

    environment: str
    account: str
    region: str
    kubeconfig: Path
    endpoint: str | None
    processes: tuple[ProcessStatus, ...]
    lost: tuple[str, ...] = ()

    @property
    def running(self) -> bool:
        """Whether every process runs and answers."""
        return all(process.healthy for process in self.processes)
