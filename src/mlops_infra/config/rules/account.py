"""The account, its region and partition, and where state is kept."""

from __future__ import annotations

from collections.abc import Iterator

from mlops_infra.config.limits import partition_of
from mlops_infra.config.model import Environment
from mlops_infra.config.problems import Problem
from mlops_infra.config.rules.registry import reads


@reads("aws.region", "aws.partition")
def partition(env: Environment) -> Iterator[Problem]:
    wanted = partition_of(env.aws.region)
    if env.aws.partition != wanted:
        yield Problem(f"region {env.aws.region} is not in this partition", ("aws", "partition"), allowed=wanted)


@reads("aws.identity_provider", "aws.account", "aws.partition")
def identity_provider(env: Environment) -> Iterator[Problem]:
    """IAM providers are global, belong to one account, and are named by type (IAM user guide, "IAM ARNs")."""
    if env.aws.identity_provider is None:
        return
    _, partition_, service, region, account, resource = env.aws.identity_provider.split(":", 5)
    kind = resource.split("/", 1)[0]
    wanted = (env.aws.partition, "iam", "", env.aws.account)
    if (partition_, service, region, account) != wanted or kind not in {"saml-provider", "oidc-provider"}:
        allowed = f"arn:{env.aws.partition}:iam::{env.aws.account}:saml-provider/… or …:oidc-provider/…"
        yield Problem("not an identity provider of this account", ("aws", "identity_provider"), allowed=allowed)


@reads("target", "state")
def state(env: Environment) -> Iterator[Problem]:
    """In the cloud, state lies where the team can reach it and under a key that the account holds."""
    if env.target != "aws":
        return
    if env.state.backend is None:
        yield Problem("`target: aws` needs it", ("state", "backend"), allowed="s3://bucket/prefix")
    if env.state.secrets_provider is None:
        allowed = "awskms:// and a key's id, alias or ARN"
        yield Problem("`target: aws` needs it", ("state", "secrets_provider"), allowed=allowed)
