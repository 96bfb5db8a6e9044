"""What the state knows of resources that a program was only synthesized for: their values in place of unknown ones.

A part that is left untouched is as it was deployed. Its program still says "unknown" of everything that the cloud gave, and the
state has it; so a graph that is judged after the deployment is whole.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from mlops_infra.graph import UNKNOWN, Resource


def with_known(resources: Iterable[Resource], deployed: Iterable[Resource]) -> list[Resource]:
    """`resources` with what `deployed` knows of the same URNs: unknown inputs, outputs and ids. What is not deployed stays as it is."""
    state = {resource.urn: resource for resource in deployed}
    return [_filled(resource, state[resource.urn]) if resource.urn in state else resource for resource in resources]


def _filled(resource: Resource, state: Resource) -> Resource:
    return replace(
        resource,
        inputs=_known(resource.inputs, state.inputs),
        outputs={**resource.outputs, **state.outputs},
        id=state.id or resource.id,
    )


def _known(value: Any, state: Any) -> Any:
    """`value` with its unknown leaves taken from the same places of `state`, where it has them.

    A document (an IAM policy) that the program passes as values is text in the state.
    """
    if value is UNKNOWN:
        return UNKNOWN if state is None else state
    if isinstance(value, Mapping | list) and isinstance(state, str):
        state = _document(state)
    if isinstance(value, Mapping) and isinstance(state, Mapping):
        return {key: _known(item, state.get(key)) for key, item in value.items()}
    if isinstance(value, list) and isinstance(state, list) and len(value) == len(state):
        return [_known(item, other) for item, other in zip(value, state, strict=True)]
    return value


def _document(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return None
