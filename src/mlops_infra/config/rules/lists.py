"""Lists whose entries must differ. Entries of lists that merge by name are also told apart while layers merge."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator

from mlops_infra.config.model import Environment
from mlops_infra.config.node import Path
from mlops_infra.config.problems import Problem
from mlops_infra.config.rules.registry import reads


def _twice(path: Path, keys: Iterable[Hashable], key: str | None = None) -> Iterator[Problem]:
    seen: dict[Hashable, int] = {}
    for index, value in enumerate(keys):
        if value in seen:
            where = (*path, index) if key is None else (*path, index, key)
            words = " ".join(str(word) for word in value) if isinstance(value, tuple) else str(value)
            yield Problem(f"{words} is there twice in this list", where, allowed="each entry once")
        seen.setdefault(value, index)


@reads("datasets.*.name", "teams.*.name", "models.*.name", "extensions.*.name", "cluster.node_pools.*.name")
def names(env: Environment) -> Iterator[Problem]:
    yield from _twice(("datasets",), (entry.name for entry in env.datasets), "name")
    yield from _twice(("teams",), (entry.name for entry in env.teams), "name")
    yield from _twice(("models",), (entry.name for entry in env.models), "name")
    yield from _twice(("extensions",), (entry.name for entry in env.extensions), "name")
    yield from _twice(("cluster", "node_pools"), (entry.name for entry in env.cluster.node_pools), "name")


@reads("cluster.addons.*.name", "cluster.node_pools.*.taints.*.key", "cluster.node_pools.*.taints.*.effect")
def cluster(env: Environment) -> Iterator[Problem]:
    yield from _twice(("cluster", "addons"), (entry.name for entry in env.cluster.addons), "name")
    for index, pool in enumerate(env.cluster.node_pools):
        taints = ((taint.key, taint.effect) for taint in pool.taints)
        yield from _twice(("cluster", "node_pools", index, "taints"), taints, "key")


@reads("network.zones", "network.endpoints", "monitoring.alert_emails")
def network(env: Environment) -> Iterator[Problem]:
    yield from _twice(("network", "zones"), env.network.zones)
    yield from _twice(("network", "endpoints"), env.network.endpoints)
    yield from _twice(("monitoring", "alert_emails"), env.monitoring.alert_emails)


@reads("access.*.role", "access.*.groups")
def access(env: Environment) -> Iterator[Problem]:
    yield from _twice(("access",), (entry.role for entry in env.access), "role")
    for index, entry in enumerate(env.access):
        yield from _twice(("access", index, "groups"), entry.groups)


@reads(
    "teams.*.grants.*.dataset",
    "teams.*.members.*.role",
    "teams.*.members.*.groups",
    "teams.*.repositories.*.name",
    "teams.*.flows",
)
def teams(env: Environment) -> Iterator[Problem]:
    for index, team in enumerate(env.teams):
        path: Path = ("teams", index)
        yield from _twice((*path, "grants"), (grant.dataset for grant in team.grants), "dataset")
        yield from _twice((*path, "members"), (entry.role for entry in team.members), "role")
        yield from _twice((*path, "repositories"), (entry.name for entry in team.repositories), "name")
        yield from _twice((*path, "flows"), ((flow.to, flow.port) for flow in team.flows), "to")
        for place, members in enumerate(team.members):
            yield from _twice((*path, "members", place, "groups"), members.groups)


@reads("datasets.*.transfer.to")
def transfers(env: Environment) -> Iterator[Problem]:
    for index, dataset in enumerate(env.datasets):
        if dataset.transfer is not None:
            yield from _twice(("datasets", index, "transfer", "to"), dataset.transfer.to)
