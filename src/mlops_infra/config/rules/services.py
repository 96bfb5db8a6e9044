"""The cluster's pools and the shared services."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from mlops_infra.config.limits import PROMETHEUS_RETENTION_SECONDS, SLO_WINDOW_SECONDS
from mlops_infra.config.model import Environment
from mlops_infra.config.node import Path
from mlops_infra.config.problems import Problem
from mlops_infra.config.rules.registry import reads
from mlops_infra.config.units import duration_seconds, quantity

_MEMORY = (Decimal(1024**2), Decimal(1024**5))
_CPU = (Decimal("0.001"), Decimal(100_000))


@reads("cluster.node_pools.*.min", "cluster.node_pools.*.desired", "cluster.node_pools.*.max")
def pools(env: Environment) -> Iterator[Problem]:
    for index, pool in enumerate(env.cluster.node_pools):
        path: Path = ("cluster", "node_pools", index)
        if pool.min > pool.max:
            yield Problem(f"min {pool.min} is above max {pool.max}", (*path, "min"), allowed=f"at most {pool.max}")
        elif not pool.min <= pool.desired <= pool.max:
            message = f"desired {pool.desired} is outside of min to max"
            yield Problem(message, (*path, "desired"), allowed=f"{pool.min} to {pool.max}")


@reads("models.*.scale.min", "models.*.scale.max")
def scales(env: Environment) -> Iterator[Problem]:
    for index, model in enumerate(env.models):
        if model.scale.min > model.scale.max:
            message = f"min {model.scale.min} is above max {model.scale.max}"
            yield Problem(message, ("models", index, "scale", "min"), allowed=f"at most {model.scale.max}")


@reads("models.*.slo.window")
def windows(env: Environment) -> Iterator[Problem]:
    shortest, longest = SLO_WINDOW_SECONDS
    for index, model in enumerate(env.models):
        if not shortest <= duration_seconds(model.slo.window) <= longest:
            path: Path = ("models", index, "slo", "window")
            yield Problem(f"{model.slo.window} is no usable window", path, allowed="PT1M to P1W")


@reads("monitoring.retention")
def samples(env: Environment) -> Iterator[Problem]:
    shortest, longest = PROMETHEUS_RETENTION_SECONDS
    if not shortest <= duration_seconds(env.monitoring.retention) <= longest:
        message = f"Prometheus cannot keep samples for {env.monitoring.retention}"
        yield Problem(message, ("monitoring", "retention"), allowed="PT2H to P10Y")


@reads("monitoring.prometheus.token_variable", "monitoring.prometheus.token_file")
def prometheus_token(env: Environment) -> Iterator[Problem]:
    api = env.monitoring.prometheus
    if api is not None and api.token_variable is not None and api.token_file is not None:
        path: Path = ("monitoring", "prometheus", "token_file")
        yield Problem("token_variable names a token already", path, allowed="one of the two")


def _sized(text: str, path: Path, bounds: tuple[Decimal, Decimal], allowed: str) -> Iterator[Problem]:
    if not bounds[0] <= quantity(text) <= bounds[1]:
        yield Problem(f"{text} is not a plausible amount", path, allowed=allowed)


def _cpu(text: str, path: Path) -> Iterator[Problem]:
    return _sized(text, (*path, "cpu"), _CPU, "cores, such as 500m or 4")


def _bytes(text: str, path: Path, key: str = "memory") -> Iterator[Problem]:
    return _sized(text, (*path, key), _MEMORY, "bytes with a unit, such as 512Mi or 16Gi")


@reads(
    "cluster.node_pools.*.cpu",
    "cluster.node_pools.*.memory",
    "registry.cpu",
    "registry.memory",
    "monitoring.storage",
)
def shared_amounts(env: Environment) -> Iterator[Problem]:
    """Memory without its unit and CPU with one are slips that Kubernetes would take literally."""
    for index, pool in enumerate(env.cluster.node_pools):
        path: Path = ("cluster", "node_pools", index)
        yield from _cpu(pool.cpu, path)
        yield from _bytes(pool.memory, path)
    yield from _cpu(env.registry.cpu, ("registry",))
    yield from _bytes(env.registry.memory, ("registry",))
    yield from _bytes(env.monitoring.storage, ("monitoring",), "storage")


@reads(
    "teams.*.quota.cpu",
    "teams.*.quota.memory",
    "teams.*.quota.storage",
    "teams.*.notebook.cpu",
    "teams.*.notebook.memory",
    "teams.*.notebook.storage",
    "models.*.cpu",
    "models.*.memory",
)
def team_amounts(env: Environment) -> Iterator[Problem]:
    for index, team in enumerate(env.teams):
        path: Path = ("teams", index, "quota")
        yield from _cpu(team.quota.cpu, path)
        yield from _bytes(team.quota.memory, path)
        yield from _bytes(team.quota.storage, path, "storage")
        if team.notebook is not None:
            path = ("teams", index, "notebook")
            yield from _cpu(team.notebook.cpu, path)
            yield from _bytes(team.notebook.memory, path)
            yield from _bytes(team.notebook.storage, path, "storage")
    for index, model in enumerate(env.models):
        yield from _cpu(model.cpu, ("models", index))
        yield from _bytes(model.memory, ("models", index))
