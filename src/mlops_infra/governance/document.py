"""The document that rules see as ``input``: one environment's graph and its merged stack file as plain JSON, format 1.

``policies/schema/input.json`` describes it. Values that only the cloud knows are ``{"$unknown": true}``, secrets ``{"$secret": true}``.
Policies that are JSON inside of strings are parsed beforehand into ``documents``, so that no rule parses text.

OPA reads the document about as long as it judges it, so nothing is said twice: outputs that repeat an input and edges that say what
``parent`` or a property's edge says are left out.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from mlops_infra.config import LoadedEnvironment
from mlops_infra.graph import UNKNOWN, Edge, Graph, Resource, Secret

INPUT_VERSION: Final = 1
UNKNOWN_MARK: Final[Mapping[str, bool]] = {"$unknown": True}
SECRET_MARK: Final[Mapping[str, bool]] = {"$secret": True}


def input_document(
    loaded: LoadedEnvironment,
    graph: Graph,
    today: date,
    *,
    judged_as: LoadedEnvironment | None = None,
    foreign: bool = False,
) -> dict[str, Any]:
    """The document of `graph`, which `loaded` asks for.

    Arguments: `today`: the day of judging, so that a verdict can be had again later; `judged_as`: the environment whose name and parameters
    the rules shall see (look-ahead); its own by default; `foreign`: somebody else asks for the graph, and `loaded` only says where it is
    judged. The result is JSON without loss.
    """
    env = loaded.environment
    rules = (judged_as or loaded).environment
    edges: dict[str, list[dict[str, Any]]] = {}
    for edge in graph.edges:
        if edge.kind == "property":
            edges.setdefault(edge.source, []).append(_edge(edge))
    return {
        "version": INPUT_VERSION,
        "today": today.isoformat(),
        "environment": {
            "name": rules.environment,
            "target": env.target,
            "project": env.project,
            "region": env.aws.region,
            "account": env.aws.account,
            "parameters": rules.policies.model_dump(mode="json", exclude_none=True),
        },
        "resources": {resource.urn: _resource(resource) for resource in graph},
        "edges": edges,
        "by_type": {kind: [resource.urn for resource in found] for kind, found in graph.by_type.items()},
        "config": {} if foreign else env.model_dump(mode="json"),
    }


def plain(value: Any) -> Any:
    """A property value as JSON, with marks in place of what is unknown or secret."""
    if value is UNKNOWN:
        return dict(UNKNOWN_MARK)
    if isinstance(value, Secret):
        return dict(SECRET_MARK)
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, float) and value.is_integer():
        return int(value)  # Pulumi's wire knows floats only.
    return value


def _resource(resource: Resource) -> dict[str, Any]:
    inputs = plain(resource.inputs)
    return {
        "type": resource.type,
        "name": resource.name,
        "part": resource.part,
        "plane": resource.plane,
        "parent": resource.parent,
        "inputs": inputs,
        "outputs": {
            key: plain(value)
            for key, value in resource.outputs.items()
            if key not in resource.inputs or resource.inputs[key] != value
        },
        "protect": resource.protect,
        "config_path": list(resource.config_path),
        "unknown": [list(path) for path in resource.unknowns],
        "documents": {key: parsed for key, value in inputs.items() if (parsed := _parsed(value)) is not None},
    }


def _parsed(value: Any) -> Any:
    """The JSON document that a property holds, as text or as itself (a policy with an output inside of it); None if it holds none."""
    if isinstance(value, dict) and "Statement" in value:
        return value
    if not isinstance(value, str) or value.lstrip()[:1] not in ("{", "["):
        return None
    try:
        return json.loads(value)
    except ValueError:
        return None


def _edge(edge: Edge) -> dict[str, Any]:
    return {"to": edge.target, "kind": edge.kind, "path": list(edge.path)}
