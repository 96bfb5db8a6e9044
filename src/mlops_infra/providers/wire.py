"""What crosses the wire between the engine and a provider: property values, requests, a create that only half succeeded.

protobuf structs ⇄ the graph's plain values (`structs`) ⇄ the SDK's `PropertyValue`, in which its requests and answers hold them. The SDK's
own conversion cannot send unknown values and drops the old inputs of a diff, which is why both are here. Our handshake asks for neither
references nor output values.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pulumi
from google.protobuf import struct_pb2
from pulumi.provider.experimental import provider as sdk
from pulumi.provider.experimental.property_value import Computed, PropertyValue, ResourceReference

from mlops_infra.errors import OperationError
from mlops_infra.graph import UNKNOWN, Secret
from mlops_infra.providers import structs


class DiffRequest(sdk.DiffRequest):
    """A diff with the inputs that the resource was last deployed with."""

    def __init__(self, *args: Any, old_inputs: Mapping[str, PropertyValue] | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.old_inputs = dict(old_inputs or {})


class UpdateRequest(sdk.UpdateRequest):
    """An update with the inputs that the resource was last deployed with."""

    def __init__(self, *args: Any, old_inputs: Mapping[str, PropertyValue] | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.old_inputs = dict(old_inputs or {})


class DeleteRequest(sdk.DeleteRequest):
    """A delete with the inputs that the resource was last deployed with."""

    def __init__(self, *args: Any, old_inputs: Mapping[str, PropertyValue] | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.old_inputs = dict(old_inputs or {})


class InitFailedError(OperationError):
    """A create or update that left a resource behind which is not as it should be.

    The engine keeps `resource_id` and `properties` (outputs) in its state with the `reasons`, and updates the resource at the next run.
    """

    def __init__(self, resource_id: str, properties: Mapping[str, PropertyValue], reasons: Sequence[str]) -> None:
        super().__init__("; ".join(reasons))
        self.resource_id = resource_id
        self.properties = dict(properties)
        self.reasons = list(reasons)


class UnreachableError(OperationError):
    """The API did not answer: nothing is known about the resource, least of all that it is gone."""


def plain(value: PropertyValue) -> Any:
    """The plain form of one value: whole floats as int, `UNKNOWN` and `Secret` as markers, a resource reference as its URN."""
    inner = value.value
    found: Any
    match inner:
        case None | bool():
            found = inner
        case float():
            found = int(inner) if inner.is_integer() else inner
        case str():
            found = UNKNOWN if inner in structs.UNKNOWN_SENTINELS else inner
        case Mapping():
            found = {key: plain(item) for key, item in inner.items()}
        case Computed():
            found = UNKNOWN
        case ResourceReference():
            found = inner.urn
        case pulumi.Asset() | pulumi.Archive():
            raise TypeError(f"no resource of ours takes a file ({type(inner).__name__})")
        case _:
            found = [plain(item) for item in inner]
    return Secret(found) if value.is_secret else found


def plain_map(values: Mapping[str, PropertyValue]) -> dict[str, Any]:
    """`plain` for a resource's properties."""
    return {key: plain(value) for key, value in values.items()}


def wired(value: Any) -> PropertyValue:
    """The wire form of one plain value; the opposite of `plain`."""
    if isinstance(value, Secret):
        return wired(value.value).with_secret(True)
    if value is UNKNOWN:
        return PropertyValue(Computed())
    if isinstance(value, Mapping):
        return PropertyValue({str(key): wired(item) for key, item in value.items()})
    if isinstance(value, list | tuple):
        return PropertyValue([wired(item) for item in value])
    if isinstance(value, int) and not isinstance(value, bool):
        return PropertyValue(float(value))
    return PropertyValue(value)


def wired_map(values: Mapping[str, Any]) -> dict[str, PropertyValue]:
    """`wired` for a resource's properties."""
    return {str(key): wired(value) for key, value in values.items()}


def from_struct(struct: struct_pb2.Struct) -> dict[str, PropertyValue]:
    """The properties in a protobuf struct; unknown sentinels become `Computed`."""
    return wired_map(structs.from_struct(struct))


def to_struct(properties: Mapping[str, PropertyValue] | None) -> struct_pb2.Struct:
    """The protobuf struct of properties; `Computed` becomes the engine's sentinel."""
    return structs.to_struct(plain_map(properties or {}))
