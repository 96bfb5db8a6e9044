"""One environment: what a merged stack file says."""

from __future__ import annotations

from typing import Literal

from mlops_infra.config.model.cluster import Cluster, Network
from mlops_infra.config.model.data import ClassPolicy, Dataset, Storage
from mlops_infra.config.model.services import Extension, Monitoring, Registry
from mlops_infra.config.model.teams import Model, Team
from mlops_infra.config.model.types import AccountId, Classification, Email, Name, Region, RoleName, Section


class Aws(Section):
    """The AWS account that an environment lives in."""

    account: AccountId
    region: Region
    partition: Literal["aws", "aws-eu", "aws-us-gov", "aws-cn"] = "aws"


class State(Section):
    """Where Pulumi keeps its state; the sandbox default is a file backend inside the project."""

    backend: str | None = None
    """``s3://bucket/prefix`` for ``target: aws``."""
    secrets_provider: str | None = None
    """``awskms://…`` for ``target: aws``; a passphrase made by the tool otherwise."""


class RoleBinding(Section):
    """Identity-provider groups that hold a role in the whole environment."""

    role: RoleName
    groups: list[str]


class Environment(Section):
    """A merged, validated stack file."""

    version: Literal[1]
    """Format of the stack file."""
    project: Name
    """Prefix of every resource's name."""
    environment: Name
    target: Literal["sandbox", "aws"]
    providers: Literal["attached", "official"] = "attached"
    owner: Email
    cost_centre: str
    aws: Aws
    state: State = State()
    team_buckets: int = 1
    """Number of parts that the teams are spread over by hash; changing it moves teams between Pulumi stacks."""
    tags: dict[str, str] = {}
    access: list[RoleBinding] = []
    network: Network
    storage: Storage = Storage()
    classes: dict[Classification, ClassPolicy] = {}
    datasets: list[Dataset] = []
    cluster: Cluster
    registry: Registry
    monitoring: Monitoring
    teams: list[Team] = []
    models: list[Model] = []
    extensions: list[Extension] = []
