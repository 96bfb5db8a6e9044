"""botocore clients: one for each service and region, shared by all threads; calls with errors that a user can read.

This is the only module that speaks to the network.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from typing import Any, Final

import botocore.session
import jmespath
from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    HTTPClientError,
    WaiterError,
)
from botocore.exceptions import (
    ConnectionError as BotoConnectionError,
)

from mlops_infra.errors import OperationError
from mlops_infra.providers.connection import AwsConnection
from mlops_infra.providers.wire import UnreachableError

POOL: Final = 32
"""Calls at once, and connections to one endpoint."""


class CallError(OperationError):
    """The API refused a call. `code` is the service's error code."""

    def __init__(self, code: str, message: str, *, where: str | None = None) -> None:
        super().__init__(message, where=where)
        self.code = code


class Clients:
    """The API of one connection."""

    def __init__(self, aws: AwsConnection) -> None:
        self.aws = aws
        self.emulated = aws.endpoint is not None
        self._lock = threading.Lock()
        self._session = botocore.session.get_session()
        self._clients: dict[tuple[str, str], Any] = {}
        self._config = Config(
            max_pool_connections=POOL,
            connect_timeout=5,
            read_timeout=60,
            retries={"mode": "standard", "total_max_attempts": 2 if self.emulated else 6},
            s3={"addressing_style": "path"} if self.emulated else None,
            user_agent_extra="mlops-infra",
        )

    def client(self, service: str, region: str) -> Any:
        """The client of `service` in `region`."""
        key = (service, region)
        found = self._clients.get(key)
        if found is None:
            with self._lock:
                found = self._clients.get(key)
                if found is None:
                    found = self._clients[key] = self._session.create_client(
                        service,
                        region_name=region,
                        endpoint_url=self.aws.endpoint,
                        aws_access_key_id=self.aws.access_key_id,
                        aws_secret_access_key=self.aws.secret_access_key,
                        config=self._config,
                    )
        return found

    def input_shape(self, service: str, region: str, operation: str) -> Any:
        """botocore's shape of an operation's input."""
        client = self.client(service, region)
        return client.meta.service_model.operation_model(client.meta.method_to_api_mapping[operation]).input_shape

    def call(
        self,
        service: str,
        region: str,
        operation: str,
        params: Mapping[str, Any],
        *,
        root: str = "@",
        paginate: bool = False,
        hidden: Iterable[str] = (),
    ) -> Any:
        """Make one call and return what `root` finds in the answer.

        Raises CallError where the service refuses, UnreachableError where it does not answer; texts in `hidden` never appear in them.
        """
        client = self.client(service, region)
        try:
            if paginate and client.can_paginate(operation):
                answer = client.get_paginator(operation).paginate(**params).build_full_result()
            else:
                answer = getattr(client, operation)(**params)
        except ClientError as error:
            details = error.response.get("Error", {})
            code = str(details.get("Code", "Unknown"))
            text = f"{service} {operation}: {code}: {details.get('Message', '')}"
            raise CallError(code, _without(text, hidden)) from None
        except (BotoConnectionError, HTTPClientError) as error:
            raise _unreachable(self.aws, service, error) from None
        except BotoCoreError as error:
            raise CallError(type(error).__name__, _without(f"{service} {operation}: {error}", hidden)) from None
        answer.pop("ResponseMetadata", None)
        refused = answer.get("Unsuccessful")
        if refused:
            reason = refused[0].get("Error", {})
            code = str(reason.get("Code", "Unknown"))
            raise CallError(code, _without(f"{service} {operation}: {code}: {reason.get('Message', '')}", hidden))
        body = answer.get("Body")
        if hasattr(body, "read"):
            answer["Body"] = body.read().decode("utf-8", errors="replace")
        return jmespath.search(root, answer)

    def wait(self, service: str, region: str, waiter: str, params: Mapping[str, Any]) -> None:
        """Wait with botocore's own waiter. Raises OperationError where it gives up."""
        found = self.client(service, region).get_waiter(waiter)
        config = {"Delay": 1, "MaxAttempts": 60} if self.emulated else {}
        try:
            found.wait(**params, WaiterConfig=config)
        except WaiterError as error:
            raise OperationError(f"{service}: {error}") from None
        except (BotoConnectionError, HTTPClientError) as error:
            raise _unreachable(self.aws, service, error) from None


def _unreachable(aws: AwsConnection, service: str, error: Exception) -> UnreachableError:
    where = aws.endpoint or f"{service} in {aws.region}"
    return UnreachableError(
        f"AWS did not answer at {where} ({type(error).__name__})",
        hint="start the sandbox (`mlops-infra sandbox start`) or mend the network, then run the command again",
    )


def _without(text: str, hidden: Iterable[str]) -> str:
    for secret in hidden:
        if secret:
            text = text.replace(secret, "***")
    return text
