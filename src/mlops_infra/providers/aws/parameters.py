"""A resource's inputs as parameters of one of its row's calls: templates filled, properties placed by name along botocore's input shape."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from mlops_infra.graph import UNKNOWN
from mlops_infra.providers.aws.naming import matching
from mlops_infra.providers.aws.row import MISSING, Call, Prop, Row
from mlops_infra.providers.aws.shapes import UnmatchedError, reveal, to_api
from mlops_infra.providers.aws.template import fill

PASSED: frozenset[str] = frozenset({"tags", "tagsAll", "region"})
"""Properties that every taggable or regional type has besides its row's own."""


def place_of(prop: Prop, shape: Any, service: str) -> tuple[tuple[str, ...], Any]:
    """Where a property goes in an operation's input `shape`: the path and the shape there. Raises UnmatchedError."""
    prefix, _, leaf = (prop.at or "").rpartition(".")
    path: list[str] = []
    current = shape
    for segment in filter(None, prefix.split(".")):
        current, name = _step(current, segment, prop, service)
        path.append(name)
    current, name = _step(current, leaf or prop.name, prop, service)
    return (*path, name), current


def _step(shape: Any, segment: str, prop: Prop, service: str) -> tuple[Any, str]:
    if shape.type_name == "map":
        return shape.value, segment
    members = shape.members if shape.type_name == "structure" else {}
    # Budgets and a few others take on change as ``NewX`` what create takes as ``X``.
    found = matching(segment, members) or matching(f"New{segment}", members)
    if found is None:
        raise UnmatchedError(prop.name, service)
    return members[found], found


def sent(row: Row, inputs: Mapping[str, Any], names: Iterable[str] | None = None) -> Iterator[tuple[Prop, Any]]:
    """The given properties that a call carries by name (all, or only `names`) with their values opened."""
    chosen = None if names is None else set(names)
    for prop in row.props:
        if prop.local or (prop.at == "" and chosen is None) or (chosen is not None and prop.name not in chosen):
            continue
        value = reveal(inputs.get(prop.name))
        if value is not None:
            yield prop, value


def build(
    row: Row,
    call: Call,
    shape: Any,
    context: Mapping[str, Any],
    inputs: Mapping[str, Any],
    names: Iterable[str] | None = (),
) -> dict[str, Any]:
    """The parameters of `call`: its template, and the properties `names` (None: all of create's) by name.

    Raises UnmatchedError where a value has no place in the operation's input.
    """
    params: dict[str, Any] = dict(fill(call.params, context))
    for prop, value in sent(row, inputs, names):
        path, leaf = place_of(prop, shape, row.service)
        shaped = prop.send(value) if prop.send is not None and value is not UNKNOWN else value
        put(params, path, to_api(leaf, shaped, prop.name, row.service))
    return typed(params, shape, row.service)


def typed(params: Mapping[str, Any], shape: Any, service: str) -> dict[str, Any]:
    """The parameters with every leaf in its shape's type (``"5"`` → 5 where a number is due). Nothing is left out."""
    members = shape.members if shape is not None else {}
    return {
        name: to_api(members[name], value, name, service) if name in members else value
        for name, value in params.items()
        if value is not MISSING
    }


def put(target: dict[str, Any], path: tuple[str, ...], value: Any) -> None:
    """Set a value deep in `target`, making the structures on the way; a structure that is there already is added to."""
    for segment in path[:-1]:
        target = target.setdefault(segment, {})
    target[path[-1]] = value
