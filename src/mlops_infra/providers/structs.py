"""The engine's wire form of property values (protobuf structs with signature keys) to and from the graph's plain values.

The signatures and the sentinels are constants of the engine's protocol (pulumi sdk/proto, ``resource.Plugin`` marshalling). The engine's
side (recorded registrations, the monitor of synth) and the providers' side (`wire`) read and write it with the same code.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from google.protobuf import struct_pb2
from pulumi.runtime import rpc

from mlops_infra.graph import UNKNOWN, Secret

SIGNATURE: Final = rpc._special_sig_key
SECRET: Final = rpc._special_secret_sig
RESOURCE: Final = rpc._special_resource_sig
OUTPUT: Final = rpc._special_output_value_sig
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


def from_struct(struct: struct_pb2.Struct) -> dict[str, Any]:
    """The plain values of a struct; keys in the order of the alphabet, whole floats as int."""
    return {key: from_value(struct.fields[key]) for key in sorted(struct.fields)}


def from_value(value: struct_pb2.Value) -> Any:
    """One value; unknown becomes `UNKNOWN`, a secret `Secret`, a resource reference its URN."""
    kind = value.WhichOneof("kind")
    match kind:
        case "string_value":
            return UNKNOWN if value.string_value in UNKNOWN_SENTINELS else value.string_value
        case "number_value":
            number = value.number_value
            return int(number) if number.is_integer() else number
        case "bool_value":
            return value.bool_value
        case "list_value":
            return [from_value(item) for item in value.list_value.values]
        case "struct_value":
            return _from_signed(value.struct_value)
        case _:
            return None


def _from_signed(struct: struct_pb2.Struct) -> Any:
    signature = struct.fields[SIGNATURE].string_value if SIGNATURE in struct.fields else ""
    if signature == SECRET:
        return Secret(from_value(struct.fields["value"]))
    if signature == RESOURCE:
        return struct.fields["urn"].string_value
    if signature == OUTPUT:
        known = from_value(struct.fields["value"]) if "value" in struct.fields else UNKNOWN
        return Secret(known) if struct.fields["secret"].bool_value else known
    return from_struct(struct)


def to_struct(values: Mapping[str, Any]) -> struct_pb2.Struct:
    """The struct of plain values; `UNKNOWN` becomes the engine's sentinel, `Secret` a signed struct."""
    struct = struct_pb2.Struct()
    for key, value in values.items():
        _fill(struct.fields[key], value)
    return struct


def _fill(target: struct_pb2.Value, value: Any) -> None:
    if value is None:
        target.null_value = struct_pb2.NULL_VALUE
    elif value is UNKNOWN:
        target.string_value = rpc.UNKNOWN
    elif isinstance(value, Secret):
        fields = target.struct_value.fields
        fields[SIGNATURE].string_value = SECRET
        _fill(fields["value"], value.value)
    elif isinstance(value, bool):
        target.bool_value = value
    elif isinstance(value, int | float):
        target.number_value = value
    elif isinstance(value, str):
        target.string_value = value
    elif isinstance(value, Mapping):
        target.struct_value.SetInParent()
        for key, item in value.items():
            _fill(target.struct_value.fields[key], item)
    else:
        target.list_value.SetInParent()
        for item in value:
            _fill(target.list_value.values.add(), item)
