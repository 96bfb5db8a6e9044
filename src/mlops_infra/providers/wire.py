"""What crosses the wire between the engine and a provider: property values, requests, a create that only half succeeded.

protobuf structs ⇄ the SDK's `PropertyValue` ⇄ the graph's plain values (`UNKNOWN`, `Secret`). The SDK's own conversion cannot send unknown
values and drops the old inputs of a diff, which is why both are here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import pulumi
from google.protobuf import struct_pb2
from pulumi.provider.experimental import provider as sdk
from pulumi.provider.experimental.property_value import Computed, PropertyValue, ResourceReference
from pulumi.runtime import rpc

from mlops_infra.errors import OperationError
from mlops_infra.graph import UNKNOWN, Secret

UNKNOWN_SENTINELS: Final = frozenset(
    {
        rpc.UNKNOWN,
        "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",
        "3eeb2bf0-c639-47a8-9e75-3b44932eb421",
        "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",
        "030794c1-ac77-496b-92df-f27374a8bd58",
        "e48ece36-62e2-4504-bad9-02848725956a",
        "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",
    }
)
"""How the engine writes values that are not known yet, one for each kind (pulumi sdk/go/common/resource/plugin/rpc.go)."""


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
            found = UNKNOWN if inner in UNKNOWN_SENTINELS else inner
        case Mapping():
            found = {key: plain(item) for key, item in inner.items()}
        case Computed():
            found = UNKNOWN
        case ResourceReference():
            found = inner.urn
        case pulumi.Asset() | pulumi.Archive():
            found = inner
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
    return {key: _from_value(value) for key, value in struct.fields.items()}


def _from_value(value: struct_pb2.Value) -> PropertyValue:
    kind = value.WhichOneof("kind")
    if kind == "string_value":
        text = value.string_value
        return PropertyValue(Computed()) if text in UNKNOWN_SENTINELS else PropertyValue(text)
    if kind == "struct_value":
        fields = value.struct_value.fields
        if rpc._special_sig_key not in fields:
            return PropertyValue({key: _from_value(item) for key, item in fields.items()})
        signature = fields[rpc._special_sig_key].string_value
        if signature == rpc._special_secret_sig:
            return _from_value(fields["value"]).with_secret(True)
        if signature == rpc._special_output_value_sig:
            inner = _from_value(fields["value"]) if "value" in fields else PropertyValue(Computed())
            return inner.with_secret(fields["secret"].bool_value) if "secret" in fields else inner
    if kind == "list_value":
        return PropertyValue([_from_value(item) for item in value.list_value.values])
    return PropertyValue.unmarshal(value)


def to_struct(properties: Mapping[str, PropertyValue] | None) -> struct_pb2.Struct:
    """The protobuf struct of properties; `Computed` becomes the engine's sentinel."""
    struct = struct_pb2.Struct()
    for key, value in (properties or {}).items():
        _fill(struct.fields[key], value)
    return struct


def _fill(target: struct_pb2.Value, value: PropertyValue) -> None:
    if value.is_secret:
        fields = target.struct_value.fields
        fields[rpc._special_sig_key].string_value = rpc._special_secret_sig
        _fill(fields["value"], value.with_secret(False))
        return
    match value.value:
        case None:
            target.null_value = struct_pb2.NULL_VALUE
        case bool() as truth:
            target.bool_value = truth
        case float() as number:
            target.number_value = number
        case str() as text:
            target.string_value = text
        case Computed():
            target.string_value = rpc.UNKNOWN
        case Mapping() as items:
            target.struct_value.SetInParent()
            for key, item in items.items():
                _fill(target.struct_value.fields[key], item)
        case tuple() as entries:
            target.list_value.SetInParent()
            for item in entries:
                _fill(target.list_value.values.add(), item)
        case _:
            target.CopyFrom(value.marshal())
