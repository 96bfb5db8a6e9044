"""Whose credentials these are: nothing may be done in an account that the stack file does not name."""

from __future__ import annotations

from mlops_infra.errors import OperationError
from mlops_infra.providers.aws.clients import Clients
from mlops_infra.providers.connection import AwsConnection


def check_account(aws: AwsConnection, clients: Clients | None = None) -> None:
    """Raise OperationError where the credentials belong to another account than the environment's, or to none."""
    told = (clients or Clients(aws)).call("sts", aws.region, "get_caller_identity", {})
    if told["Account"] != aws.account:
        raise OperationError(
            f"the credentials belong to account {told['Account']}, the environment to {aws.account}",
            hint="choose the environment's credentials (AWS_PROFILE), or mend aws.account in the stack file",
        )
