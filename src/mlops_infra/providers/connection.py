"""Where an environment's two planes answer: the plain data that sandbox, engine and providers hand each other."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class AwsConnection:
    """The AWS plane. `endpoint` None means the real cloud with its own endpoints and the default credential chain.

    `account` is the twelve-digit account id, `region` the default region; the keys are set for the sandbox only.
    """

    account: str
    region: str
    partition: str = "aws"
    endpoint: str | None = None
    access_key_id: str | None = None
    secret_access_key: str | None = field(default=None, repr=False)


@dataclass(frozen=True)
class TokenPlace:
    """Where a bearer token is: in an environment variable, or in a file. It is read when it is needed, and kept nowhere."""

    variable: str | None = None
    file: Path | None = None


@dataclass(frozen=True)
class Connection:
    """Both planes of one environment.

    The cluster is the one of `kubeconfig`'s current context, or else the EKS cluster called `cluster`, of which EKS itself tells where
    it answers. With neither there is no cluster. `prometheus` is the URL of the one that watches the environment, None where none is known;
    `prometheus_token` is where the token is that it asks for, None where it asks for none.
    """

    environment: str
    aws: AwsConnection
    kubeconfig: Path | None
    field_manager: str = "mlops-infra"
    cluster: str | None = None
    prometheus: str | None = None
    prometheus_token: TokenPlace | None = None
