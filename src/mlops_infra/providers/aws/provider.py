"""The engine's protocol for the AWS table: requests in, plain values to `Resource`, plain values out.

Every blocking call runs in a thread; the event loop only passes messages on.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from typing import Any, TypeVar

from pulumi.provider.experimental import provider as sdk

from mlops_infra.graph import Secret
from mlops_infra.providers.aws import recorded_only
from mlops_infra.providers.aws.checking import completed, failures
from mlops_infra.providers.aws.clients import POOL, Clients
from mlops_infra.providers.aws.difference import Change, changes
from mlops_infra.providers.aws.patience import Patience
from mlops_infra.providers.aws.predict import predict_invoke
from mlops_infra.providers.aws.resource import Noted, Resource, not_noted
from mlops_infra.providers.aws.row import Row
from mlops_infra.providers.aws.shapes import reveal
from mlops_infra.providers.aws.state import previewed
from mlops_infra.providers.aws.table import row_of
from mlops_infra.providers.connection import Connection
from mlops_infra.providers.wire import InitFailedError, plain_map, wired_map

_Answer = TypeVar("_Answer")
_KINDS = {
    ("add", False): sdk.PropertyDiffKind.ADD,
    ("add", True): sdk.PropertyDiffKind.ADD_REPLACE,
    ("delete", False): sdk.PropertyDiffKind.DELETE,
    ("delete", True): sdk.PropertyDiffKind.DELETE_REPLACE,
    ("update", False): sdk.PropertyDiffKind.UPDATE,
    ("update", True): sdk.PropertyDiffKind.UPDATE_REPLACE,
}


class AwsProvider(sdk.Provider):
    """Serves `aws:` types from the table.

    `connection` says where the API is and with which keys; `noted` is told the URN and id of each resource as soon as the API has made it.
    """

    def __init__(self, connection: Connection, noted: Noted = not_noted) -> None:
        self._aws = connection.aws
        self._noted = noted
        self._patience = Patience() if connection.aws.endpoint is None else Patience(seconds=0)
        self._recorded = recorded_only(connection.aws.endpoint is not None)

    @cached_property
    def _clients(self) -> Clients:
        return Clients(self._aws)

    @cached_property
    def _threads(self) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(POOL, thread_name_prefix="aws")

    async def _blocking(self, work: Callable[[], _Answer]) -> _Answer:
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)

    def _resource(self, row: Row, urn: str, inputs: Mapping[str, Any]) -> Resource:
        recorded = row.token in self._recorded
        return Resource(row, urn, self._clients, inputs, recorded=recorded, noted=self._noted, patience=self._patience)

    async def invoke(self, request: sdk.InvokeRequest) -> sdk.InvokeResponse:
        """Answer a data source; on the real cloud, who we are is asked of STS."""
        args = plain_map(request.args)
        found = predict_invoke(request.tok, reveal(args), self._aws)
        if request.tok == "aws:index/getCallerIdentity:getCallerIdentity":
            told = await self._blocking(lambda: self._clients.call("sts", self._aws.region, "get_caller_identity", {}))
            found |= {"arn": told["Arn"], "userId": told["UserId"], "accountId": told["Account"], "id": told["Account"]}
        return sdk.InvokeResponse(return_value=wired_map(found))

    async def check(self, request: sdk.CheckRequest) -> sdk.CheckResponse:
        """Complete the inputs; refuse what the row does not carry and what is missing."""
        row = row_of(request.type)
        new, old = plain_map(request.new_inputs), plain_map(request.old_inputs)
        inputs = completed(row, request.name, old, new, request.random_seed or request.urn.encode())
        region = str(reveal(inputs.get("region")) or self._aws.region)
        found = await self._blocking(lambda: list(failures(row, inputs, self._clients, region)))
        return sdk.CheckResponse(
            inputs=wired_map(inputs), failures=[sdk.CheckFailure(name, reason) for name, reason in found]
        )

    async def diff(self, request: sdk.DiffRequest) -> sdk.DiffResponse:
        """What differs, in detail, and whether it takes a new resource."""
        row = row_of(request.type)
        found = changes(row, plain_map(request.old_state), plain_map(request.new_inputs))
        replaced = [change.name for change in found if change.replace]
        return sdk.DiffResponse(
            changes=bool(found),
            replaces=replaced,
            diffs=[change.name for change in found],
            detailed_diff={path: _detail(change, how) for change in found for path, how in change.paths},
            delete_before_replace=bool(replaced) and _deletes_first(row, plain_map(request.new_inputs), replaced),
        )

    async def create(self, request: sdk.CreateRequest) -> sdk.CreateResponse:
        """Make the resource, or in a preview say what is known of it."""
        row = row_of(request.type)
        inputs = plain_map(request.properties)
        if request.preview:
            resource_id, outputs = previewed(row, request.name, inputs, self._aws)
            return sdk.CreateResponse(resource_id, wired_map(outputs))
        resource = self._resource(row, request.urn, inputs)
        made = await self._blocking(resource.create)
        outputs = _marked(inputs, made.outputs)
        if made.failures:
            raise InitFailedError(made.id, wired_map(outputs), made.failures)
        return sdk.CreateResponse(made.id, wired_map(outputs))

    async def read(self, request: sdk.ReadRequest) -> sdk.ReadResponse:
        """What really is; an empty id where it is gone. Without old inputs: an import."""
        row = row_of(request.type)
        inputs = plain_map(request.inputs)
        resource = self._resource(row, request.urn, inputs)
        old = plain_map(request.properties)
        found = await self._blocking(lambda: resource.read(request.resource_id, old))
        if found is None:
            return sdk.ReadResponse("")
        return sdk.ReadResponse(
            request.resource_id,
            wired_map(_marked(inputs, found.outputs)),
            wired_map(_marked(inputs, found.inputs)),
        )

    async def update(self, request: sdk.UpdateRequest) -> sdk.UpdateResponse:
        """Change what differs, or in a preview say what will be known."""
        row = row_of(request.type)
        old, new = plain_map(request.olds), plain_map(request.news)
        if request.preview:
            _, outputs = previewed(row, request.name, new, self._aws, old)
            return sdk.UpdateResponse(wired_map(outputs))
        resource = self._resource(row, request.urn, new)
        told = await self._blocking(lambda: resource.update(request.resource_id, old))
        return sdk.UpdateResponse(wired_map(_marked(new, told)))

    async def delete(self, request: sdk.DeleteRequest) -> None:
        """Remove it; that it is gone already is fine."""
        row = row_of(request.type)
        outputs = plain_map(request.properties)
        old = plain_map(getattr(request, "old_inputs", None) or {})
        inputs = {**{name: outputs[name] for name in row.by_name if name in outputs}, **old}
        resource = self._resource(row, request.urn, inputs)
        await self._blocking(lambda: resource.delete(request.resource_id, outputs))

    async def cancel(self) -> None:
        """Nothing to stop: every call ends by itself within its time-out."""


def _detail(change: Change, how: str) -> sdk.PropertyDiff:
    return sdk.PropertyDiff(_KINDS[how, change.replace], input_diff=True)


def _deletes_first(row: Row, inputs: Mapping[str, Any], replaced: list[str]) -> bool:
    """Whether the old one must go before the new one can be made: both would have the same fixed name."""
    named = [prop.name for prop in row.props if f"{{{prop.name}" in row.id]
    return row.delete_first or (bool(named) and not any(name in replaced for name in named) and bool(inputs))


def _marked(inputs: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
    """The values with those secret that were secret as inputs."""
    hidden = {name for name, value in inputs.items() if _holds_secret(value)}
    return {
        name: Secret(reveal(value)) if name in hidden and value is not None else value for name, value in values.items()
    }


def _holds_secret(value: Any) -> bool:
    if isinstance(value, Secret):
        return True
    if isinstance(value, Mapping):
        return any(_holds_secret(item) for item in value.values())
    return isinstance(value, list) and any(_holds_secret(item) for item in value)
