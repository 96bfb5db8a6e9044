"""How an EKS cluster is reached: where it answers (EKS tells), and the tokens that it takes (STS requests that we sign and it sends).

`EksCluster` asks and signs for the attached Kubernetes provider; `kubeconfig` describes the same access for programs that take a file,
which get their tokens from the AWS CLI.
"""

from __future__ import annotations

import base64
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from botocore.exceptions import BotoCoreError

from mlops_infra.errors import OperationError
from mlops_infra.providers.aws.clients import CallError, Clients
from mlops_infra.providers.connection import AwsConnection

TOKEN_PREFIX: Final = "k8s-aws-v1."  # noqa: S105 - the form of a token, not one
"""What precedes the request in a token (aws-iam-authenticator, "API Authorization from Outside a Cluster")."""
CLUSTER_HEADER: Final = "x-k8s-aws-id"
"""The signed header that binds a token to one cluster (aws-iam-authenticator)."""
URL_SECONDS: Final = 60
"""Validity of the signed request, as ``aws eks get-token`` asks for (AWS CLI, ``URL_TIMEOUT``)."""
TOKEN_SECONDS: Final = 14 * 60
"""A cluster takes a token for 15 minutes from its signature; like ``aws eks get-token`` we make a new one a minute before."""
ABSENT_SECONDS: Final = 3.0
"""How long "there is no such cluster" is believed: a preview asks for each object of the cluster."""
EXEC_API: Final = "client.authentication.k8s.io/v1beta1"


@dataclass(frozen=True)
class ClusterEndpoint:
    """Where a cluster answers: its URL, and the certificate of its authority (PEM)."""

    url: str
    authority: str


class EksCluster:
    """One cluster by name. Thread-safe; every method may block. `clock` counts seconds."""

    def __init__(self, aws: AwsConnection, name: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._clients = Clients(aws)
        self._aws = aws
        self.name = name
        self._clock = clock
        self._lock = threading.Lock()
        self._absent_until = 0.0
        self._signing = False
        self._token = ""
        self._token_until = 0.0

    def find(self) -> ClusterEndpoint | None:
        """Where the cluster answers; None where it does not exist or is still being made.

        Raises OperationError where the credentials belong to another account, `CallError` where EKS refuses to tell.
        """
        with self._lock:
            if self._clock() < self._absent_until:
                return None
            found = self._describe()
            if found is None:
                self._absent_until = self._clock() + ABSENT_SECONDS
            return found

    def token(self) -> str:
        """A bearer token that is good for a minute or more."""
        with self._lock:
            if self._clock() >= self._token_until:
                started = self._clock()
                self._token = self._sign()
                self._token_until = started + TOKEN_SECONDS
            return self._token

    def _describe(self) -> ClusterEndpoint | None:
        try:
            found = self._clients.call("eks", self._aws.region, "describe_cluster", {"name": self.name}, root="cluster")
        except CallError as error:
            if error.code == "ResourceNotFoundException":
                return None
            raise
        account = found["arn"].split(":")[4]
        if account != self._aws.account:
            raise OperationError(
                f"the cluster {self.name} belongs to account {account}, the environment to {self._aws.account}",
                hint="choose the environment's credentials (AWS_PROFILE), or mend aws.account in the stack file",
            )
        url, authority = found.get("endpoint"), (found.get("certificateAuthority") or {}).get("data")
        if found.get("status") == "CREATING" or not url or not authority:
            return None
        return ClusterEndpoint(url, base64.b64decode(authority).decode())

    def _sign(self) -> str:
        client = self._clients.client("sts", self._aws.region)
        if not self._signing:
            client.meta.events.register("before-sign.sts.GetCallerIdentity", self._bind)
            self._signing = True
        try:
            url = client.generate_presigned_url("get_caller_identity", ExpiresIn=URL_SECONDS, HttpMethod="GET")
        except BotoCoreError as error:
            raise OperationError(
                f"no token for the cluster {self.name} can be signed: {error}",
                hint="renew the credentials (`aws sso login`, AWS_PROFILE)",
            ) from None
        return TOKEN_PREFIX + base64.urlsafe_b64encode(url.encode()).decode().rstrip("=")

    def _bind(self, request: Any, **_: Any) -> None:
        request.headers[CLUSTER_HEADER] = self.name


def kubeconfig(name: str, region: str, endpoint: ClusterEndpoint | None) -> dict[str, Any]:
    """A kubeconfig whose user asks the AWS CLI for tokens; without an endpoint one that leads nowhere.

    A program without any kubeconfig would take the one in the user's home, and so another cluster.
    """
    if endpoint is None:
        return {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [],
            "users": [],
            "contexts": [],
            "current-context": "",
        }
    authority = base64.b64encode(endpoint.authority.encode()).decode()
    program = {
        "apiVersion": EXEC_API,
        "command": "aws",
        "args": ["eks", "get-token", "--cluster-name", name, "--region", region, "--output", "json"],
        "interactiveMode": "Never",
    }
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": name, "cluster": {"server": endpoint.url, "certificate-authority-data": authority}}],
        "users": [{"name": name, "user": {"exec": program}}],
        "contexts": [{"name": name, "context": {"cluster": name, "user": name}}],
        "current-context": name,
    }
