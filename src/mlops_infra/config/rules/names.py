"""Names that are fit by themselves and too long, or wrong, once the environment's prefix stands before them.

The forms of names are decided in `platform.names`; a test keeps the two together.
"""

from __future__ import annotations

from collections.abc import Iterator

from mlops_infra.config.limits import BUCKET_NAME, BUCKET_PREFIXES, ROLE_NAME
from mlops_infra.config.model import Environment
from mlops_infra.config.node import Path
from mlops_infra.config.problems import Problem
from mlops_infra.config.rules.registry import reads


def bucket_forms(env: Environment) -> Iterator[tuple[str, Path, str]]:
    """Every S3 bucket: its name, the key path of the name that it is made of, and that name."""
    start, account = f"{env.project}-{env.environment}", env.aws.account
    yield f"{start}-audit-{account}", ("project",), env.project
    for index, dataset in enumerate(env.datasets):
        yield f"{start}-data-{dataset.name}-{account}", ("datasets", index, "name"), dataset.name
    for index, team in enumerate(env.teams):
        yield f"{start}-artifacts-{team.name}-{account}", ("teams", index, "name"), team.name


def role_forms(env: Environment) -> Iterator[tuple[str, Path, str]]:
    """Every IAM role of a team or model: its name, the key path of the name that it is made of, and that name."""
    start = f"{env.project}-{env.environment}"
    for index, team in enumerate(env.teams):
        yield f"{start}-team-{team.name}", ("teams", index, "name"), team.name
    for index, model in enumerate(env.models):
        yield f"{start}-model-{model.name}", ("models", index, "name"), model.name


@reads("project", "environment", "aws.account", "datasets.*.name", "teams.*.name")
def buckets(env: Environment) -> Iterator[Problem]:
    yield from _fitting(bucket_forms(env), BUCKET_NAME, "bucket")
    if env.project.startswith(BUCKET_PREFIXES):
        allowed = f"names that do not start with {', '.join(BUCKET_PREFIXES)}"
        yield Problem("no bucket's name may start like this", ("project",), allowed=allowed)


@reads("project", "environment", "teams.*.name", "models.*.name")
def roles(env: Environment) -> Iterator[Problem]:
    yield from _fitting(role_forms(env), ROLE_NAME, "role")


def _fitting(forms: Iterator[tuple[str, Path, str]], most: int, what: str) -> Iterator[Problem]:
    for full, path, name in forms:
        if len(full) > most:
            room = most - (len(full) - len(name))
            message = f"{name} is too long: its {what} would be named {full}, {len(full)} characters"
            allowed = f"at most {room} characters here" if room > 0 else "a shorter `project` or `environment`"
            yield Problem(message, path, allowed=allowed)
