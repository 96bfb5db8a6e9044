"""The Pulumi program: a pure function from an `Environment` to resources, one program per part.

`part_names(env)` lists the parts in the order in which they are deployed; `part_program(env, part, taken)` is the inline program of one.
Components are made in the order of the lists below. Only this room imports pulumi_aws or pulumi_kubernetes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from hashlib import sha256
from importlib import import_module

from mlops_infra.config.model import Environment
from mlops_infra.config.model.teams import Team
from mlops_infra.platform import sdks
from mlops_infra.platform.part import Given, Part, Relations

sdks.by_need()

FOUNDATION = (
    "mlops_infra.platform.identity:boundary",
    "mlops_infra.platform.keys:keys",
    "mlops_infra.platform.storage:storage",
    "mlops_infra.platform.network:network",
    "mlops_infra.platform.identity:identity",
    "mlops_infra.platform.cluster:cluster",
    "mlops_infra.platform.database:database",
    "mlops_infra.platform.watch:watch",
    "mlops_infra.platform.extensions:extensions",
)
"""AWS side of what everybody shares. Each entry is ``module:function`` and takes the `Part`."""

PLATFORM = (
    "mlops_infra.platform.shared:shared",
    "mlops_infra.platform.mlflow:mlflow",
    "mlops_infra.platform.monitoring:monitoring",
    "mlops_infra.platform.extensions:extensions",
)
"""Shared services in the cluster."""

TEAM = (
    "mlops_infra.platform.team_aws:team_aws",
    "mlops_infra.platform.team_cluster:team_cluster",
    "mlops_infra.platform.serving:serving",
)
"""Per team: each takes the `Part` and the `Team`."""


def team_part(env: Environment, team: str) -> str:
    """The part that a team lives in: a hash bucket, so that adding a team moves nobody."""
    bucket = int.from_bytes(sha256(team.encode()).digest()[:8], "big") % env.team_buckets
    return f"teams-{bucket:02d}"


def part_names(env: Environment) -> tuple[str, ...]:
    """Parts in deployment order; the teams' parts do not depend on each other."""
    return ("foundation", "platform", *(f"teams-{bucket:02d}" for bucket in range(env.team_buckets)))


def part_program(env: Environment, part: str, taken: Mapping[str, Given]) -> Callable[[], None]:
    """The inline Pulumi program of one part; `taken` is what earlier parts gave."""
    context = Part(env, part, taken)

    def program() -> None:
        for team in pieces(env).get(part, ()):
            piece_program(context, team)()

    return program


def pieces(env: Environment) -> Mapping[str, Sequence[Team | None]]:
    """What the program of each part consists of: its teams, or None for a part that all share. Pieces do not know each other."""
    found: dict[str, list[Team | None]] = {
        part: [] if part.startswith("teams-") else [None] for part in part_names(env)
    }
    for team in env.teams:
        found[team_part(env, team.name)].append(team)
    return found


def piece_program(context: Part, team: Team | None) -> Callable[[], None]:
    """The program of one piece of the part `context`."""

    def program() -> None:
        if team is not None:
            for entry in TEAM:
                _load(entry)(context, team)
        else:
            for entry in FOUNDATION if context.name == "foundation" else PLATFORM:
                _load(entry)(context)

    return program


def _load(entry: str) -> Callable[..., None]:
    module, _, function = entry.partition(":")
    loaded: Callable[..., None] = getattr(import_module(module), function)
    return loaded


__all__ = ["Given", "Part", "Relations", "Team", "part_names", "part_program", "piece_program", "pieces", "team_part"]
