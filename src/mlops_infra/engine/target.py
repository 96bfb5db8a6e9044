"""What the engine and its plugins are told of where an environment runs: settings of the Pulumi stacks, and variables.

The attached providers get their connection from us (`providers.host`) and need next to nothing here. The official plugins take everything
from here, and so does the engine itself where its state lies in S3 under a KMS key. Keys go by variables only: settings are files.
"""

from __future__ import annotations

import json
from functools import cached_property
from typing import TYPE_CHECKING, Final

import yaml

from mlops_infra import durable
from mlops_infra.config.model import Environment
from mlops_infra.engine.locks import BucketLocks, FileLocks, Locks
from mlops_infra.engine.workspace import EngineFolder, state_of
from mlops_infra.platform.names import Names
from mlops_infra.providers.connection import AwsConnection, Connection

if TYPE_CHECKING:
    from mlops_infra.providers.aws.clients import Clients

_PLUGIN_MISSING: Final = "Could not automatically download and install resource plugin"
"""How engine 3.250 says that it has no plugin and cannot fetch it."""
PLUGIN_HINT: Final = (
    "`providers: official` fetches plugins from get.pulumi.com; run where that can be reached, put them there by hand with "
    "`pulumi plugin install resource NAME VERSION --file ARCHIVE` (PULUMI_HOME=.mlops-infra/engine/home), or set `providers: attached`"
)


class Target:
    """Where one environment runs, as the engine is told."""

    def __init__(self, env: Environment, connection: Connection, folder: EngineFolder) -> None:
        self._env = env
        self._connection = connection
        self._folder = folder
        self._backend = state_of(env).backend
        self._official = env.providers == "official"
        self._checked = False

    def check(self) -> None:
        """Raise OperationError where the credentials belong to another account. Asked once, and on the real cloud only."""
        if self._checked or self._connection.aws.endpoint is not None:
            return
        from mlops_infra.providers.account import check_account  # noqa: PLC0415 - brings botocore

        check_account(self._connection.aws, self._clients)
        self._checked = True

    def config(self) -> dict[str, str]:
        """Settings of the Pulumi stacks; lists and maps as JSON, which is what the engine hands to plugins in any case."""
        return official_config(self._connection.aws) if self._official else {"aws:region": self._env.aws.region}

    def state_variables(self) -> dict[str, str]:
        """What the engine needs to reach its state."""
        return aws_variables(self._connection.aws) if self._backend else {}

    def plugin_variables(self) -> dict[str, str]:
        """What official plugins need; the cluster is looked up anew each time, as the part before may have made it."""
        if not self._official:
            return {}
        return {**aws_variables(self._connection.aws), "KUBECONFIG": self._kubeconfig()}

    def locks(self, stack: str) -> Locks:
        """The engine's locks on one stack."""
        if self._backend is None:
            return FileLocks(self._folder.locks(stack))
        return BucketLocks(self._clients, self._backend, self._folder.locks_inside(stack))

    @cached_property
    def _clients(self) -> Clients:
        from mlops_infra.providers.aws.clients import Clients  # noqa: PLC0415 - brings botocore

        return Clients(self._connection.aws)

    def _kubeconfig(self) -> str:
        if self._connection.kubeconfig is not None:
            return str(self._connection.kubeconfig)
        from mlops_infra.providers.eks import EksCluster, kubeconfig  # noqa: PLC0415 - brings botocore

        aws = self._connection.aws
        name = self._connection.cluster or Names(self._env).cluster
        path = self._folder.root / f"kubeconfig-{self._env.environment}"
        found = EksCluster(aws, name).find() if self._connection.cluster else None
        # Parts are worked on at the same time, and each of them writes it.
        durable.replace(path, yaml.safe_dump(kubeconfig(name, aws.region, found)).encode())
        return str(path)


def aws_variables(aws: AwsConnection) -> dict[str, str]:
    """Variables of the AWS SDKs: the region, and for the sandbox its endpoint and keys. On the real cloud the user's own hold."""
    found = {"AWS_REGION": aws.region, "AWS_DEFAULT_REGION": aws.region}
    if aws.endpoint is not None:
        found |= {
            "AWS_ENDPOINT_URL": aws.endpoint,
            "AWS_ACCESS_KEY_ID": aws.access_key_id or "",
            "AWS_SECRET_ACCESS_KEY": aws.secret_access_key or "",
            "AWS_SESSION_TOKEN": "",
            "AWS_PROFILE": "",
            "AWS_EC2_METADATA_DISABLED": "true",
        }
    return found


def official_config(aws: AwsConnection) -> dict[str, str]:
    """Settings of the official AWS plugin (Pulumi registry, package aws, "Installation & Configuration").

    The plugin refuses credentials of another account. In the sandbox it finds every service that the platform uses at one endpoint, and
    checks no credentials; the account id it still asks for, because ARNs are made of it.
    """
    found = {"aws:region": aws.region, "aws:allowedAccountIds": json.dumps([aws.account])}
    if aws.endpoint is not None:
        found |= {
            "aws:endpoints": json.dumps([dict.fromkeys(services(), aws.endpoint)]),
            "aws:s3UsePathStyle": "true",
            "aws:skipCredentialsValidation": "true",
            "aws:skipMetadataApiCheck": "true",
        }
    return found


def services() -> list[str]:
    """The AWS services that the platform uses, by the names that botocore and the official plugin share."""
    from mlops_infra.providers.aws.table import ROWS  # noqa: PLC0415 - brings botocore

    return sorted({row.service for row in ROWS.values()} | {"sts"})


def remedy(told: str) -> str | None:
    """What to do about an engine's failure that has a remedy of its own; None for any other."""
    return PLUGIN_HINT if _PLUGIN_MISSING in told else None
