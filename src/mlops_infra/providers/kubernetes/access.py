"""How the API server of a connection is reached: through a kubeconfig, or through EKS.

`access` gives a function rather than an answer, because the cluster may only be made by the run that asks.
"""

from __future__ import annotations

import ssl
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final, TypeAlias

from kubernetes.client import Configuration
from kubernetes.config import ConfigException, load_kube_config

from mlops_infra.providers.connection import Connection
from mlops_infra.providers.eks import ClusterEndpoint, EksCluster
from mlops_infra.providers.wire import UnreachableError

SANDBOX_HINT: Final = "`mlops-infra status` shows what runs; `mlops-infra sandbox start` heals the sandbox"
EKS_HINT: Final = "the cluster answers inside of its VPC only: run where that is reached (a runner in the VPC, a VPN); see docs/aws.md"


@dataclass(frozen=True)
class Server:
    """An API server: its URL, how to trust it, and the Authorization header's value, which may change and may take a while to get."""

    url: str
    tls: ssl.SSLContext
    authorization: Callable[[], str] | None
    hint: str


Access: TypeAlias = Callable[[], Server]
"""Finds the API server; may block. Raises `UnreachableError`."""


class NoClusterError(UnreachableError):
    """The cluster does not exist (yet)."""

    def __init__(self, where: str) -> None:
        super().__init__(
            "the cluster's API server cannot be reached: it does not exist yet",
            where=where,
            hint="`mlops-infra up` makes it, with the part foundation",
        )


def access(connection: Connection) -> Access:
    """How the connection's API server is reached."""
    if connection.kubeconfig is not None:
        return partial(_by_kubeconfig, connection.kubeconfig)
    if connection.cluster is None:
        return _nowhere
    return partial(_by_eks, EksCluster(connection.aws, connection.cluster))


def _nowhere() -> Server:
    raise NoClusterError("kubernetes")


def _by_kubeconfig(path: Path) -> Server:
    configuration = Configuration()
    try:
        load_kube_config(str(path), client_configuration=configuration)  # type: ignore[no-untyped-call]
    except (ConfigException, OSError) as error:
        raise UnreachableError(f"the kubeconfig cannot be used: {type(error).__name__}", where=str(path)) from error
    context = ssl.create_default_context(cafile=configuration.ssl_ca_cert)
    if not configuration.verify_ssl:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    if configuration.cert_file:
        context.load_cert_chain(configuration.cert_file, configuration.key_file)

    def authorization() -> str:
        # Runs a credential program where the token has expired. Which of the two names holds it depends on the client's version.
        return configuration.get_api_key_with_prefix("BearerToken", "authorization") or ""

    wanted = configuration.refresh_api_key_hook is not None
    return Server(configuration.host, context, authorization if wanted else None, SANDBOX_HINT)


def _by_eks(cluster: EksCluster) -> Server:
    found: ClusterEndpoint | None = cluster.find()
    if found is None:
        raise NoClusterError(cluster.name)
    context = ssl.create_default_context(cadata=found.authority)
    return Server(found.url, context, lambda: f"Bearer {cluster.token()}", EKS_HINT)
