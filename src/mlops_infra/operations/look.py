"""outputs, status, graph: looking at an environment without changing anything, starting anything or taking its lock."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, TypeAlias

from mlops_infra.audit import Entry
from mlops_infra.config import LoadedEnvironment, load_environment
from mlops_infra.errors import LockedError, MlopsInfraError, OperationError
from mlops_infra.graph import Graph
from mlops_infra.operations.places import mirror, open_lock
from mlops_infra.operations.ports import Context
from mlops_infra.operations.record import INTENT, OBSERVED, RESULT
from mlops_infra.operations.session import looking

Source: TypeAlias = Literal["wanted", "deployed"]
Health: TypeAlias = Literal["running", "stopped", "unhealthy", "none"]
_NO_SANDBOX: Final[tuple[Health, tuple[str, ...]]] = ("none", ())


@dataclass(frozen=True)
class LastOperation:
    """The newest change of an environment, from its ledger. `result` is ``running`` while there is none."""

    operation: str
    result: str
    time: str
    by: str


@dataclass(frozen=True)
class EnvironmentStatus:
    """One environment on the status screen. `resources` per part; `drifted` None where nobody looked since the last change.

    `problem` says why the rest could not be found out.
    """

    environment: str
    target: str = ""
    providers: str = ""
    last: LastOperation | None = None
    resources: Mapping[str, int] | None = None
    drifted: int | None = None
    recorded_only: tuple[str, ...] = ()
    locked_by: str | None = None
    sandbox: Health = "none"
    lost: tuple[str, ...] = ()
    problem: str | None = None

    @property
    def total(self) -> int:
        """Number of deployed resources."""
        return sum((self.resources or {}).values())


def outputs(context: Context, environment: str) -> Mapping[str, Any]:
    """The outputs of the deployed environment, secrets as `Secret`. Raises OperationError where nothing is deployed."""
    loaded = load_environment(context.project.stacks, environment)
    with looking(context, loaded) as engine:
        if engine.deployed() is None:
            raise _nothing_deployed(environment)
        return engine.outputs()


def graph(context: Context, environment: str, source: Source) -> Graph:
    """The resources of an environment: what its stack file asks for, or what is deployed."""
    loaded = load_environment(context.project.stacks, environment)
    if source == "wanted":
        return context.ports.synth(loaded)
    with looking(context, loaded) as engine:
        found = engine.deployed()
    if found is None:
        raise _nothing_deployed(environment)
    return found


def status(context: Context, environments: Sequence[str]) -> tuple[EnvironmentStatus, ...]:
    """How the environments stand; one that cannot be read says why and does not hide the others."""
    health = _sandboxes(context)
    return tuple(_status(context, name, health.get(name)) for name in environments)


def _status(context: Context, name: str, health: Any) -> EnvironmentStatus:
    context.project.check(name)
    try:
        loaded = load_environment(context.project.stacks, name)
    except MlopsInfraError as error:
        return EnvironmentStatus(name, problem=error.what.splitlines()[0])
    try:
        entries = list(mirror(context, name).entries())
        deployed = _deployed(context, loaded) if entries else None
        locked_by = _locked_by(context, name)
    except MlopsInfraError as error:
        return EnvironmentStatus(
            name, loaded.environment.target, loaded.environment.providers, problem=error.what.splitlines()[0]
        )
    result = next((entry for entry in reversed(entries) if entry.kind == RESULT), None)
    recorded = result.data.get("recorded_only", []) if result else []
    env = loaded.environment
    sandbox, lost = _health(health) if env.target == "sandbox" else _NO_SANDBOX
    return EnvironmentStatus(
        environment=name,
        target=env.target,
        providers=env.providers,
        last=_last(entries),
        resources=deployed,
        drifted=_drifted(entries),
        recorded_only=tuple(recorded),
        locked_by=locked_by,
        sandbox=sandbox,
        lost=lost,
        problem=None if entries or env.target != "aws" else _not_fetched(name),
    )


def _not_fetched(name: str) -> str:
    return f"this machine knows nothing of it yet: `mlops-infra audit fetch --env {name}`"


def _deployed(context: Context, loaded: LoadedEnvironment) -> dict[str, int]:
    with looking(context, loaded) as engine:
        found = engine.deployed()
    counts: dict[str, int] = {}
    for resource in found or ():
        counts[resource.part] = counts.get(resource.part, 0) + 1
    return counts


def _last(entries: Sequence[Entry]) -> LastOperation | None:
    for entry in reversed(entries):
        if entry.kind in (RESULT, INTENT):
            by = f"{entry.actor.user}@{entry.actor.host}"
            result = str(entry.data.get("result", "running"))
            return LastOperation(str(entry.data.get("operation", "")), result, entry.time, by)
    return None


def _drifted(entries: Sequence[Entry]) -> int | None:
    for entry in reversed(entries):
        if entry.kind == RESULT and entry.data.get("operation") in ("up", "promote", "rollback", "refresh", "destroy"):
            return None
        if entry.kind == OBSERVED and entry.data.get("operation") == "drift":
            return len(entry.data.get("drifted", []))
    return None


def _locked_by(context: Context, name: str) -> str | None:
    lock = open_lock(context, name)
    try:
        holder = lock.holder()
    except LockedError as error:
        return error.what
    if holder is None:
        return None
    return f"{holder}, which no longer runs" if lock.gone(holder) else str(holder)


def _sandboxes(context: Context) -> Mapping[str, Any]:
    if not context.project.state.is_dir():
        return {}
    return {found.environment: found for found in context.sandbox.status()}


def _health(found: Any) -> tuple[Health, tuple[str, ...]]:
    if found is None or not any(process.pid for process in found.processes):
        return "stopped", tuple(found.lost) if found else ()
    return ("running" if found.running else "unhealthy"), tuple(found.lost)


def _nothing_deployed(environment: str) -> OperationError:
    return OperationError(
        f"nothing is deployed in environment {environment}", hint=f"`mlops-infra up --env {environment}` deploys it"
    )
