"""Check of a resource's inputs before anything is planned: every property is carried, what is required is there, names are made."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from mlops_infra.graph import UNKNOWN
from mlops_infra.providers.aws.clients import Clients
from mlops_infra.providers.aws.documents import text_of
from mlops_infra.providers.aws.naming import generated
from mlops_infra.providers.aws.parameters import PASSED, place_of
from mlops_infra.providers.aws.row import MISSING, Kind, Prop, Row
from mlops_infra.providers.aws.shapes import UnmatchedError, reveal, to_api

INTERNAL = "__"
"""Names that start so are the engine's own (``__defaults``)."""

Failure = tuple[str, str]
"""A property, and what is wrong with it."""


def completed(row: Row, name: str, old: Mapping[str, Any], new: Mapping[str, Any], seed: bytes) -> dict[str, Any]:
    """The inputs with the row's defaults, and a generated name where none is given (kept as long as the resource lives)."""
    found = {key: value for key, value in new.items() if value is not None and not key.startswith(INTERNAL)}
    for prop in row.props:
        if prop.name in found:
            if prop.kind is Kind.JSON and isinstance(found[prop.name], Mapping):
                # Programs may give documents as mappings (pulumi-aws, TransformJSONDocument).
                found[prop.name] = UNKNOWN if _has_unknown(found[prop.name]) else text_of(found[prop.name])
            continue
        if prop.default is not MISSING:
            found[prop.name] = prop.default
        elif prop.auto_name:
            prefix = "alias/" if row.service == "kms" else ""
            kept = old.get(prop.name)
            found[prop.name] = kept if kept is not None else generated(prefix + name, seed, prop.auto_name)
    return found


def failures(row: Row, inputs: Mapping[str, Any], clients: Clients, region: str) -> Iterator[Failure]:
    """Everything that is wrong with completed inputs."""
    properties = row.by_name
    allowed = PASSED if row.tags is not None else PASSED - {"tags", "tagsAll"}
    for name in inputs:
        if name not in properties and name not in allowed:
            yield name, _refusal(row, name)
    for prop in row.props:
        value = reveal(inputs.get(prop.name))
        if value is not None and value is not UNKNOWN and not prop.local:
            yield from _misplaced(row, prop, value, clients, region)
    yield from _lacking(row, inputs, clients, region)


def _refusal(row: Row, name: str) -> str:
    return (
        f"{row.token} has no property {name} that the built-in AWS provider carries to the API;"
        " set `providers: official` in the stack file to use it"
    )


def _operations(row: Row, prop: Prop) -> Iterator[str]:
    """The operation that carries a property by name."""
    if prop.at != "" and row.create is not None:
        yield row.create.operation
        return
    for update in row.updates:
        if prop.name in update.props and (prop.name in update.send or update.send == ("*",)):
            yield update.calls[0].operation
            return


def _misplaced(row: Row, prop: Prop, value: Any, clients: Clients, region: str) -> Iterator[Failure]:
    for operation in _operations(row, prop):
        try:
            _, shape = place_of(prop, clients.input_shape(row.service, region, operation), row.service)
            if not _has_unknown(value) or prop.send is None:
                to_api(shape, prop.send(value) if prop.send is not None else value, prop.name, row.service)
        except UnmatchedError as error:
            yield error.path, _refusal(row, error.path)
        except (TypeError, ValueError, KeyError) as error:
            # The value itself stays out: it may be what must not be shown.
            yield prop.name, f"not a value that {row.token} takes there ({type(error).__name__})"


def _has_unknown(value: Any) -> bool:
    if isinstance(value, Mapping):
        return any(_has_unknown(item) for item in value.values())
    if isinstance(value, list):
        return any(_has_unknown(item) for item in value)
    return value is UNKNOWN


def _lacking(row: Row, inputs: Mapping[str, Any], clients: Clients, region: str) -> Iterator[Failure]:
    """Members that botocore says create requires, and that neither the template nor a given property fills."""
    if row.create is None:
        return
    shape = clients.input_shape(row.service, region, row.create.operation)
    filled = set(row.create.params)
    by_member: dict[str, Prop] = {}
    for prop in row.props:
        if prop.local or prop.at == "":
            continue
        path, _ = place_of(prop, shape, row.service)
        by_member.setdefault(path[0], prop)
        if inputs.get(prop.name) is not None:
            filled.add(path[0])
    for member in shape.required_members if shape is not None else ():
        if member not in filled:
            prop_of_member = by_member.get(member)
            name = prop_of_member.name if prop_of_member is not None else member
            yield name, f"{row.token} requires {name}"
    yield from _unfilled(row, inputs)


def _unfilled(row: Row, inputs: Mapping[str, Any]) -> Iterator[Failure]:
    """Properties that make the identity of a resource and are not given."""
    if "{" not in row.id:
        return
    for prop in row.props:
        if f"{{{prop.name}" in row.id and inputs.get(prop.name) is None:
            yield prop.name, f"{row.token} requires {prop.name}"
