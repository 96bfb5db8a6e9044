"""Names that are fit by themselves and too long, or wrong, once the environment's prefix stands before them.

Buckets and roles with long names are shortened by `platform.names`; node groups and the database cannot be, because people
and other tools look for them by name. The forms of names are decided there, too: a test keeps the two together.
"""

from __future__ import annotations

from collections.abc import Iterator

from mlops_infra.config.limits import BUCKET_PREFIXES, DATABASE_NAME, NODE_GROUP_NAME
from mlops_infra.config.model import Environment
from mlops_infra.config.node import Path
from mlops_infra.config.problems import Problem
from mlops_infra.config.rules.registry import reads


@reads("project")
def buckets(env: Environment) -> Iterator[Problem]:
    if env.project.startswith(BUCKET_PREFIXES):
        allowed = f"names that do not start with {', '.join(BUCKET_PREFIXES)}"
        yield Problem("no bucket's name may start like this", ("project",), allowed=allowed)


@reads("project", "environment", "cluster.node_pools.*.name")
def prefixed(env: Environment) -> Iterator[Problem]:
    yield from _fitting(database_name(env), ("project",), DATABASE_NAME)
    for index, pool in enumerate(env.cluster.node_pools):
        path: Path = ("cluster", "node_pools", index, "name")
        yield from _fitting(node_group_name(env, pool.name), path, NODE_GROUP_NAME)


def database_name(env: Environment) -> str:
    """The identifier of the registry's database instance."""
    return f"{env.project}-{env.environment}-registry"


def node_group_name(env: Environment, pool: str) -> str:
    """The name of a pool's node group."""
    return f"{env.project}-{env.environment}-{pool}"


def _fitting(full: str, path: Path, most: int) -> Iterator[Problem]:
    if len(full) > most:
        message = f"the name {full} would be {len(full)} characters long, at most {most} are possible"
        allowed = f"{len(full) - most} characters less in `project`, `environment` or here"
        yield Problem(message, path, allowed=allowed)
