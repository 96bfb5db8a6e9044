"""One environment: what a merged stack file says."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from mlops_infra.config.model.cluster import NODE_POOL_EXAMPLE, Cluster, Network
from mlops_infra.config.model.data import ClassPolicy, Dataset, Storage
from mlops_infra.config.model.policies import Policies
from mlops_infra.config.model.services import Extension, Monitoring, Registry
from mlops_infra.config.model.teams import Model, Team
from mlops_infra.config.model.types import (
    AccountId,
    Arn,
    Classification,
    Email,
    Group,
    IssuerUrl,
    Line,
    Name,
    Region,
    RoleName,
    SecretsProvider,
    Section,
    StateBackend,
    TagKey,
    TagValue,
)


class CiTrust(Section):
    """Who may assume the CI role that `bootstrap` makes: workloads of an OpenID Connect issuer."""

    issuer: IssuerUrl = Field(examples=["https://token.actions.githubusercontent.com"])
    """Address of the issuer, https."""
    audience: Line = Field(default="sts.amazonaws.com", examples=["sts.amazonaws.com"])
    """Audience that the token must have."""
    subjects: Annotated[list[Line], Field(min_length=1)] = Field(
        examples=[["repo:meridian-health/ml-platform:environment:staging"]]
    )
    """Subjects that may assume the role, exactly as the token says them."""


class Aws(Section):
    """The AWS account that an environment lives in."""

    account: AccountId = Field(examples=["111100000032"])
    """Twelve-digit account id, in quotes; no two environments share one."""
    region: Region = Field(examples=["eu-central-1"])
    """Region of everything that the environment has."""
    partition: Literal["aws", "aws-eu", "aws-us-gov", "aws-cn"] = Field(default="aws", examples=["aws"])
    """Partition that the region belongs to."""
    identity_provider: Arn | None = Field(default=None, examples=["arn:aws:iam::111100000032:saml-provider/meridian"])
    """IAM SAML or OpenID Connect provider whose users may assume the roles; none: the account's own principals."""
    ci: CiTrust | None = Field(
        default=None,
        examples=[
            {
                "issuer": "https://token.actions.githubusercontent.com",
                "subjects": ["repo:meridian-health/ml-platform:environment:staging"],
            }
        ],
    )
    """Who may assume the CI role; none: nobody but the account's administrators."""


class State(Section):
    """Where Pulumi keeps its state with ``target: aws``; the sandbox's always lies in files inside the project."""

    backend: StateBackend | None = Field(default=None, examples=["s3://meridian-staging-state/pulumi"])
    """``s3://bucket/prefix``; required for ``target: aws``."""
    secrets_provider: SecretsProvider | None = Field(
        default=None, examples=["awskms://alias/meridian-staging-state?region=eu-central-1"]
    )
    """``awskms://…``; required for ``target: aws``. In the sandbox it is a passphrase made by the tool."""


class RoleBinding(Section):
    """Identity-provider groups that hold a role in the whole environment."""

    role: RoleName = Field(examples=["platform-admin"])
    """The role."""
    groups: Annotated[list[Group], Field(min_length=1)] = Field(examples=[["ml-platform-engineers"]])
    """Groups of the identity provider."""


class Environment(Section):
    """A merged, validated stack file."""

    version: Literal[1] = Field(examples=[1])
    """Format of the stack file."""
    project: Name = Field(examples=["meridian"])
    """Prefix of every resource's name; the same in all environments."""
    environment: Name = Field(examples=["staging"])
    """Name of the environment; the same as the file's name."""
    target: Literal["sandbox", "aws"] = Field(examples=["sandbox"])
    """Where the environment runs: the embedded cloud on this machine, or the AWS account."""
    providers: Literal["attached", "official"] = Field(default="attached", examples=["attached"])
    """Which Pulumi providers do the work: the ones of this tool, or the official plugins."""
    owner: Email = Field(examples=["ml-platform@meridian-health.example"])
    """Who answers for the environment; a tag on everything."""
    cost_centre: TagValue = Field(min_length=1, examples=["CC-4100"])
    """Who pays for what belongs to no team; a tag."""
    aws: Aws = Field(examples=[{"account": "111100000032", "region": "eu-central-1"}])
    """The AWS account and region."""
    state: State = Field(
        default=State(),
        examples=[
            {
                "backend": "s3://meridian-prod-state/pulumi",
                "secrets_provider": "awskms://alias/meridian-prod-state?region=eu-central-1",
            }
        ],
    )
    """Where Pulumi keeps its state."""
    team_buckets: Annotated[int, Field(ge=1, le=100)] = Field(default=1, examples=[1, 16])
    """Number of parts that the teams are spread over by hash; changing it moves teams between Pulumi stacks."""
    tags: dict[TagKey, TagValue] = Field(default={}, examples=[{"business-unit": "health-insurance"}])
    """More tags for every AWS resource."""
    access: list[RoleBinding] = Field(default=[], examples=[[{"role": "auditor", "groups": ["compliance-office"]}]])
    """Who holds which role in the whole environment."""
    network: Network = Field(
        examples=[
            {
                "cidr": "10.32.0.0/16",
                "zones": ["eu-central-1a", "eu-central-1b", "eu-central-1c"],
                "private_cidrs": ["10.32.0.0/19", "10.32.32.0/19", "10.32.64.0/19"],
                "public_cidrs": ["10.32.128.0/22", "10.32.132.0/22", "10.32.136.0/22"],
            }
        ]
    )
    """The VPC."""
    storage: Storage = Field(default=Storage(), examples=[{"audit_retention": "P6Y"}])
    """Audit, log and artifact storage."""
    classes: dict[Classification, ClassPolicy] = Field(
        default={}, examples=[{"phi": {"key_rotation_days": 90, "data_events": True}}]
    )
    """What holds for the datasets of a class; classes that are not named have the defaults."""
    datasets: list[Dataset] = Field(
        default=[],
        examples=[[{"name": "icd10-codes", "classification": "public", "owner": "data@meridian-health.example"}]],
    )
    """The datasets."""
    cluster: Cluster = Field(
        examples=[
            {
                "version": "1.35",
                "node_pools": [NODE_POOL_EXAMPLE],
            }
        ]
    )
    """The Kubernetes cluster."""
    registry: Registry = Field(
        examples=[{"image": "registry.example.org/platform/mlflow@sha256:" + "0123456789abcdef" * 4}]
    )
    """The model registry."""
    monitoring: Monitoring = Field(
        examples=[
            {
                "prometheus_image": "registry.example.org/platform/prometheus@sha256:" + "0123456789abcdef" * 4,
                "alertmanager_image": "registry.example.org/platform/alertmanager@sha256:" + "0123456789abcdef" * 4,
                "grafana_image": "registry.example.org/platform/grafana@sha256:" + "0123456789abcdef" * 4,
            }
        ]
    )
    """Metrics, logs, alarms."""
    teams: list[Team] = Field(
        default=[],
        examples=[
            [
                {
                    "name": "claims-fraud",
                    "owner": "claims-fraud@meridian-health.example",
                    "cost_centre": "CC-4210",
                    "budget": 9000,
                    "quota": {"cpu": "32", "memory": "128Gi"},
                    "members": [{"role": "ml-engineer", "groups": ["claims-fraud-engineers"]}],
                }
            ]
        ],
    )
    """The ML teams."""
    models: list[Model] = Field(
        default=[],
        examples=[
            [
                {
                    "name": "fraud-scorer",
                    "team": "claims-fraud",
                    "image": "registry.example.org/claims-fraud/fraud-scorer@sha256:" + "0123456789abcdef" * 4,
                    "version": "3.4.1",
                    "digest": "sha256:" + "0123456789abcdef" * 4,
                    "dataset": "claims-history",
                    "slo": {"latency_p95_ms": 150, "error_rate": 0.005, "accuracy": 0.92},
                }
            ]
        ],
    )
    """The models in serving."""
    policies: Policies = Field(default=Policies(), examples=[{"log_retention_days": 365, "replicas": 2}])
    """What the rules ask of this environment."""
    extensions: list[Extension] = Field(
        default=[], examples=[[{"component": "feature-store", "name": "features", "settings": {"shards": 3}}]]
    )
    """Components from outside of this project."""
