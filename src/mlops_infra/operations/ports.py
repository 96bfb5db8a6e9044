"""What operations need from the rooms below, as interfaces, and the context that one operation runs in.

`real_ports` binds the real rooms, each imported when it is first used: `config show` must not wait for Pulumi.
"""

from __future__ import annotations

import getpass
import os
import socket
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

from mlops_infra.audit import Actor, Ledger, SharedEntries
from mlops_infra.config import LoadedEnvironment
from mlops_infra.config.model import Environment
from mlops_infra.engine.plan import OnEvent, ignore_events
from mlops_infra.graph import Graph
from mlops_infra.operations.asking import SharedOpa
from mlops_infra.operations.bucket import StateBucket
from mlops_infra.operations.interruption import Interruption
from mlops_infra.operations.judging import Authorise, Guard, Identify, Judge, Unguarded
from mlops_infra.operations.places import Places
from mlops_infra.operations.project import Project
from mlops_infra.progress import Progress, silent
from mlops_infra.providers.connection import Connection

if TYPE_CHECKING:
    from mlops_infra.engine.interface import Engine
    from mlops_infra.governance.policyset import PolicySet
    from mlops_infra.governance.server import Opa
    from mlops_infra.providers.live import Live
    from mlops_infra.sandbox.simulate import Wish


class SandboxPort(Protocol):
    """A project's embedded cloud; the real one is `mlops_infra.sandbox.Sandbox`."""

    def start(self, env: Environment, *, progress: Progress = silent) -> Connection: ...

    def stop(self, environment: str | None = None, *, progress: Progress = silent) -> None: ...

    def status(self) -> tuple[Any, ...]: ...

    def reset(self, environment: str) -> None: ...

    def connection(self, environment: str) -> Connection: ...

    def variables(self, environment: str) -> dict[str, str]: ...

    def monitor(self, env: Environment, *, progress: Progress = silent) -> Connection: ...

    def simulate(
        self, env: Environment, models: tuple[str, ...], wish: Wish, now: float, *, progress: Progress = silent
    ) -> Connection: ...


class ToolchainPort(Protocol):
    """The external programs; the real one is the module `mlops_infra.toolchain`."""

    def ensure(self, names: Iterable[str], *, progress: Progress = silent, how: str = "auto") -> Mapping[str, Path]: ...

    def names(self) -> tuple[str, ...]: ...

    def inspect(self) -> tuple[Any, ...]: ...


Programs: TypeAlias = Callable[[Sequence[str]], Mapping[str, Path]]
"""Finds or installs programs by name and gives their paths."""


class EnginePort(Protocol):
    """Makes the engine of one environment; leaving the context ends what it started.

    `looking` promises that only the state will be read, for which no program need be installed where the state lies in files.
    """

    def __call__(
        self,
        loaded: LoadedEnvironment,
        connection: Connection,
        project: Project,
        programs: Programs,
        *,
        looking: bool = False,
    ) -> AbstractContextManager[Engine]: ...


class SynthPort(Protocol):
    """The graph of what a stack file asks for, without an engine."""

    def __call__(self, loaded: LoadedEnvironment) -> Graph: ...


class RememberedPort(Protocol):
    """The graph by synth, or the equal one that synth gave for the same stack file and tool before."""

    def __call__(self, loaded: LoadedEnvironment, project: Project, synth: SynthPort) -> Graph: ...


def synth_anew(loaded: LoadedEnvironment, project: Project, synth: SynthPort) -> Graph:  # noqa: ARG001 - the port's interface
    """Remembers nothing."""
    return synth(loaded)


class OpaPort(Protocol):
    """Starts OPA with a set of rules; leaving the context ends it."""

    def __call__(self, policies: PolicySet, programs: Programs) -> AbstractContextManager[Opa]: ...


class LivePort(Protocol):
    """Reads what really is of a deployed graph; `siblings` are the project's other environments."""

    def __call__(self, connection: Connection, deployed: Graph, siblings: frozenset[str]) -> Live: ...


class StatePort(Protocol):
    """Edits of one environment's state; the real one is `engine.state_edit.StateEditor`."""

    def backup(self) -> dict[str, Any]: ...

    def restore(self, backup: Mapping[str, Any]) -> tuple[str, ...]: ...

    def unprotect(self, *urns: str) -> None: ...

    def move(self, urn: str, to: str) -> None: ...

    def adopt(
        self,
        part: str,
        token: str,
        urn: str,
        resource_id: str,
        parent: str | None = None,
        inputs: Mapping[str, Any] | None = None,
    ) -> None: ...


class AuditBucketPort(Protocol):
    """The audit bucket of one environment: what was put there stays until its retention ends."""

    def put(self, key: str, data: bytes) -> str: ...

    def all(self, prefix: str) -> Iterator[tuple[str, bytes]]: ...


@dataclass(frozen=True)
class Ports:
    """The rooms below, replaceable."""

    engine: EnginePort
    synth: SynthPort
    state: Callable[[Engine], StatePort]
    engine_variables: Callable[[LoadedEnvironment, Project], Mapping[str, str]]
    sandbox: Callable[[Project, Programs], SandboxPort]
    toolchain: ToolchainPort
    clock: Callable[[], datetime]
    actor: Callable[[], Actor]
    opa: OpaPort
    judge: Judge
    identify: Identify
    authorise: Authorise
    live: LivePort
    audit_bucket: Callable[[Connection, LoadedEnvironment], AuditBucketPort]
    state_bucket: Callable[[LoadedEnvironment], StateBucket | None]
    remembered: RememberedPort = synth_anew
    synth_with_memory: Callable[[], SynthPort] | None = None
    """Makes a synth for many edits of one project, which runs only the programs that an edit concerns; none: `synth` itself."""
    guard: Guard = field(default_factory=Unguarded)
    ledger: Callable[[Path, Callable[[], datetime], SharedEntries | None], Ledger] = Ledger


def _tell_nobody(text: str) -> None:
    """A notice that nobody reads."""


@dataclass(frozen=True)
class Context:
    """What one operation runs in: the project, the rooms, and how to tell people what happens.

    `notice` gets single sentences that a person must see (a lock taken over, a change from outside). `identity` is the SSH key that the
    person named (``--identity``); `opa` is shared by all that asks Rego during the operation, `places` by all that needs a ledger or lock.
    """

    project: Project
    ports: Ports
    progress: Progress = silent
    on_event: OnEvent = ignore_events
    notice: Callable[[str], None] = _tell_nobody
    interruption: Interruption = field(default_factory=Interruption)
    identity: Path | None = None
    opa: SharedOpa = field(default_factory=SharedOpa, compare=False)
    places: Places = field(default_factory=Places, compare=False)

    @property
    def sandbox(self) -> SandboxPort:
        """The project's embedded cloud."""
        return self.ports.sandbox(self.project, self.programs)

    def programs(self, names: Sequence[str]) -> Mapping[str, Path]:
        """Find or install external programs, and show what is done for it."""
        return self.ports.toolchain.ensure(names, progress=self.progress)


def this_actor() -> Actor:
    """The person at this process."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError):
        user = f"uid {os.getuid()}"
    return Actor(user, socket.gethostname(), os.getpid())


def now() -> datetime:
    """The present moment, UTC."""
    return datetime.now(UTC)
