"""What a look at the live APIs gives."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, Final

from mlops_infra.graph import Graph, Resource, Secret

OUTSIDE: Final = "outside"
"""The part of resources that no state knows."""
_PROJECT: Final = "mlops-infra"


@dataclass(frozen=True)
class Live:
    """An environment as it really is.

    `graph` has the resources of the state with their live values, and what else was found; `gone` are the URNs of the state that are no
    longer there, `found` those of the graph that the state does not know.
    """

    graph: Graph
    gone: tuple[str, ...] = ()
    found: tuple[str, ...] = ()


def stranger(environment: str, token: str, name: str, resource_id: str, **values: Any) -> Resource:
    """A resource that the state does not know; `values` are further fields of `Resource`.

    It counts as protected: what no stack knows, no change of a stack removes.
    """
    urn = f"urn:pulumi:{environment}-{OUTSIDE}::{_PROJECT}::{token}::{name}"
    return Resource(urn=urn, type=token, name=name, part=OUTSIDE, id=resource_id, protect=True, **values)


def belonging(resource: Resource, **owners: str) -> Resource:
    """The resource with an edge to each of its owners (URNs), by property; the first is whose stack-file key it belongs to."""
    return replace(resource, property_dependencies={name: (urn,) for name, urn in owners.items() if urn})


def hidden(known: Any, live: Any) -> Any:
    """`live` without the values that are secret in `known`, the state's form of it.

    Where a list with secrets in it has another length than it had, nobody can say which of its items they are: all of it is hidden.
    """
    if isinstance(known, Secret):
        return Secret(None)
    if isinstance(known, dict) and isinstance(live, dict):
        return {key: hidden(known.get(key), item) for key, item in live.items()}
    if isinstance(known, list) and isinstance(live, list) and _holds_secret(known):
        if len(known) != len(live):
            return Secret(None)
        return [hidden(one, other) for one, other in zip(known, live, strict=True)]
    return live


def _holds_secret(value: Any) -> bool:
    if isinstance(value, Secret):
        return True
    inner: Iterable[Any] = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return any(map(_holds_secret, inner))
