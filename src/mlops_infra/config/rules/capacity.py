"""Quotas and nodes: what a team runs all the time fits its quota, and every pod fits a node."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from mlops_infra.config.model import Environment, Model, Notebook
from mlops_infra.config.node import Path
from mlops_infra.config.problems import Problem
from mlops_infra.config.rules.registry import reads
from mlops_infra.config.units import quantity

_ZERO = Decimal(0)


@dataclass(frozen=True)
class _Amount:
    cpu: Decimal = _ZERO
    memory: Decimal = _ZERO
    gpus: int = 0
    pods: int = 0

    @classmethod
    def of(cls, pod: Model | Notebook, count: int) -> _Amount:
        return cls(quantity(pod.cpu) * count, quantity(pod.memory) * count, pod.gpus * count, count)

    def plus(self, other: _Amount) -> _Amount:
        return _Amount(self.cpu + other.cpu, self.memory + other.memory, self.gpus + other.gpus, self.pods + other.pods)


@reads(
    "teams.*.name",
    "teams.*.quota",
    "teams.*.notebook.cpu",
    "teams.*.notebook.memory",
    "teams.*.notebook.gpus",
    "teams.*.notebook.storage",
    "models.*.team",
    "models.*.cpu",
    "models.*.memory",
    "models.*.gpus",
    "models.*.scale.min",
)
def quotas(env: Environment) -> Iterator[Problem]:
    """The notebook and the fewest pods of each model fit the quota; the API server would refuse them otherwise.

    The autoscaler's upper bounds may exceed it: then the quota is what bounds them.
    """
    used: defaultdict[str, _Amount] = defaultdict(_Amount)
    for model in env.models:
        used[model.team] = used[model.team].plus(_Amount.of(model, model.scale.min))
    for index, team in enumerate(env.teams):
        needed = used[team.name].plus(_Amount.of(team.notebook, 1) if team.notebook else _Amount())
        path: Path = ("teams", index, "quota")
        quota = team.quota
        allowed = (
            ("cpu", needed.cpu, quantity(quota.cpu), f"at least {_text(needed.cpu)} cores"),
            ("memory", needed.memory, quantity(quota.memory), f"at least {_gib(needed.memory)}"),
            ("gpus", Decimal(needed.gpus), Decimal(quota.gpus), f"at least {needed.gpus}"),
            ("pods", Decimal(needed.pods), Decimal(quota.pods), f"at least {needed.pods}"),
        )
        for key, asked, given, least in allowed:
            if asked > given:
                message = "the team's notebook and the fewest pods of its models do not fit the quota"
                yield Problem(message, (*path, key), allowed=least)
        if team.notebook and quantity(team.notebook.storage) > quantity(quota.storage):
            message = "the notebook's volume does not fit the quota"
            yield Problem(message, (*path, "storage"), allowed=f"at least {team.notebook.storage}")


@reads("teams.*.quota.gpus", "cluster.node_pools.*.gpus")
def gpu_pools(env: Environment) -> Iterator[Problem]:
    if any(pool.gpus for pool in env.cluster.node_pools):
        return
    for index, team in enumerate(env.teams):
        if team.quota.gpus:
            message = "no node pool has GPUs"
            yield Problem(message, ("teams", index, "quota", "gpus"), allowed="0, or add a pool with `gpus`")


@reads(
    "cluster.node_pools.*.cpu",
    "cluster.node_pools.*.memory",
    "cluster.node_pools.*.gpus",
    "teams.*.notebook.cpu",
    "teams.*.notebook.memory",
    "teams.*.notebook.gpus",
    "models.*.cpu",
    "models.*.memory",
    "models.*.gpus",
)
def nodes(env: Environment) -> Iterator[Problem]:
    """Every pod fits one node of some pool, or it would wait for ever."""
    shapes = [(quantity(pool.cpu), quantity(pool.memory), pool.gpus) for pool in env.cluster.node_pools]
    pods: list[tuple[Model | Notebook, Path]] = [
        *((team.notebook, ("teams", index, "notebook")) for index, team in enumerate(env.teams) if team.notebook),
        *((model, ("models", index)) for index, model in enumerate(env.models)),
    ]
    for pod, path in pods:
        cpu, memory = quantity(pod.cpu), quantity(pod.memory)
        if not any(cpu <= cores and memory <= size and pod.gpus <= gpus for cores, size, gpus in shapes):
            key, most = _short_of(cpu, pod.gpus, shapes)
            message = "no node pool has a node that the pod fits on"
            yield Problem(message, (*path, key), allowed=f"at most {most}")


def _short_of(cpu: Decimal, gpus: int, shapes: list[tuple[Decimal, Decimal, int]]) -> tuple[str, str]:
    """The key to blame and what it may be: GPUs first, since they choose the pool."""
    able = [shape for shape in shapes if shape[2] >= gpus]
    if not able:
        return "gpus", str(max(shape[2] for shape in shapes))
    if cpu > max(shape[0] for shape in able):
        return "cpu", f"{_text(max(shape[0] for shape in able))} cores"
    roomy = [shape for shape in able if shape[0] >= cpu]
    return "memory", _gib(max(shape[1] for shape in roomy))


def _text(number: Decimal) -> str:
    return f"{number.normalize():f}"


def _gib(number: Decimal) -> str:
    return f"{_text((number / 1024**3).quantize(Decimal('0.001')))}Gi"
