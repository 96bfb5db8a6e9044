"""Grants (team × dataset × read or write) as principals and as the narrowest statements. Pure: names and statements only.

A team's pods and its ml-engineers have what the team was granted. Its data-scientists read only. The team's other roles have no data.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from mlops_infra.config.model import Dataset, Team
from mlops_infra.platform.names import Names
from mlops_infra.platform.policies import (
    BUCKET_LIST,
    KEY_READ,
    KEY_WRITE,
    OBJECT_READ,
    OBJECT_WRITE,
    Statement,
    allow,
    key_use,
)

READING_ROLES = frozenset({"ml-engineer", "data-scientist"})
WRITING_ROLES = frozenset({"ml-engineer"})


def team_readers(names: Names, team: Team) -> list[str]:
    """ARNs of the roles that have a team's reading grants."""
    return [names.team_role_arn(team.name), *_members(names, team, READING_ROLES)]


def team_writers(names: Names, team: Team) -> list[str]:
    """ARNs of the roles that have a team's writing grants."""
    return [names.team_role_arn(team.name), *_members(names, team, WRITING_ROLES)]


def _members(names: Names, team: Team, roles: frozenset[str]) -> list[str]:
    held = {members.role for members in team.members if members.role in roles}
    return [names.member_role_arn(team.name, role) for role in sorted(held)]


def holders(names: Names, dataset: str) -> tuple[list[str], list[str]]:
    """ARNs of the roles that may read a dataset, and of those that may write it."""
    readers: list[str] = []
    writers: list[str] = []
    for team in names.env.teams:
        for grant in team.grants:
            if grant.dataset == dataset:
                readers += team_readers(names, team)
                writers += team_writers(names, team) if grant.access == "write" else []
    return readers, writers


def granted(names: Names, team: Team, access: str) -> list[Dataset]:
    """Datasets that a team may read (all that it was granted) or write, in the environment's order."""
    wanted = {grant.dataset for grant in team.grants if access == "read" or grant.access == "write"}
    return [dataset for dataset in names.env.datasets if dataset.name in wanted]


def read_statements(names: Names, datasets: Sequence[Dataset], key_arn: Callable[[str], Any]) -> list[Statement]:
    """Reading these datasets and nothing else; `key_arn` gives the ARN of a class's key."""
    if not datasets:
        return []
    arns = [names.bucket_arn(names.dataset_bucket(dataset.name)) for dataset in datasets]
    return [
        allow("ListDatasets", BUCKET_LIST, arns),
        allow("ReadDatasets", OBJECT_READ, [f"{arn}/*" for arn in arns]),
        *_key_statements(names, datasets, key_arn, "Read", KEY_READ),
    ]


def write_statements(names: Names, datasets: Sequence[Dataset], key_arn: Callable[[str], Any]) -> list[Statement]:
    """Writing these datasets and nothing else."""
    if not datasets:
        return []
    arns = [names.bucket_arn(names.dataset_bucket(dataset.name)) for dataset in datasets]
    return [
        allow("WriteDatasets", OBJECT_WRITE, [f"{arn}/*" for arn in arns]),
        *_key_statements(names, datasets, key_arn, "Write", KEY_WRITE),
    ]


def artifact_statements(names: Names, team: str, key_arn: Any, *, write: bool) -> list[Statement]:
    """A team's artifact bucket: reading, or reading and writing."""
    arn = names.bucket_arn(names.artifact_bucket(team))
    return [
        allow("ListArtifacts", BUCKET_LIST, [arn]),
        allow("Artifacts", (*OBJECT_READ, *OBJECT_WRITE) if write else OBJECT_READ, [f"{arn}/*"]),
        key_use("ArtifactsKey", key_arn, [arn], KEY_WRITE if write else KEY_READ),
    ]


def model_statements(names: Names, team: str, model: str, key_arn: Any) -> list[Statement]:
    """What a served model's pods need: its own artifacts, read, and nothing else of the team's bucket."""
    arn, prefix = names.bucket_arn(names.artifact_bucket(team)), f"{names.model_prefix(model)}/*"
    return [
        allow("ListOwnArtifacts", ["s3:ListBucket"], [arn], condition={"StringLike": {"s3:prefix": prefix}}),
        allow("ReadOwnArtifacts", OBJECT_READ, [f"{arn}/{prefix}"]),
        key_use("ArtifactsKey", key_arn, [arn], KEY_READ),
    ]


def _key_statements(
    names: Names, datasets: Sequence[Dataset], key_arn: Callable[[str], Any], sid: str, actions: Sequence[str]
) -> list[Statement]:
    collected: dict[str, list[str]] = {}
    for dataset in datasets:
        arn = names.bucket_arn(names.dataset_bucket(dataset.name))
        collected.setdefault(dataset.classification, []).append(arn)
    return [
        key_use(f"{sid}{data_class.capitalize()}Key", key_arn(data_class), arns, actions)
        for data_class, arns in sorted(collected.items())
    ]
