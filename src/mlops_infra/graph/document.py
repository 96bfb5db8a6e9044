"""A graph as one JSON document: what ``mlops-infra graph`` prints and what policies will read.

Format 1: ``{"version": 1, "environment": …, "resources": [{"urn", "type", "name", "part", "plane", "parent", "id", "protect",
"inputs", "outputs", "unknowns", "config_path", "origin"}], "edges": [{"source", "target", "kind", "path"}]}``. Unknown values
are ``{"$unknown": true}``, secrets ``{"$secret": true}``: their content never leaves the graph.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from mlops_infra.graph.model import UNKNOWN, Graph, PropertyPath, Resource, Secret

VERSION: Final = 1


def as_document(graph: Graph) -> dict[str, Any]:
    """The graph as plain JSON values; resources and edges sorted, so that equal graphs give equal documents."""
    return {
        "version": VERSION,
        "environment": graph.environment,
        "resources": [_resource(graph[urn]) for urn in sorted(graph.resources)],
        "edges": sorted(
            ({"source": e.source, "target": e.target, "kind": e.kind, "path": path_text(e.path)} for e in graph.edges),
            key=lambda edge: (edge["source"], edge["target"], edge["kind"], edge["path"]),
        ),
    }


def _resource(resource: Resource) -> dict[str, Any]:
    origin = resource.origin
    return {
        "urn": resource.urn,
        "type": resource.type,
        "name": resource.name,
        "part": resource.part,
        "plane": resource.plane,
        "parent": resource.parent,
        "id": resource.id,
        "protect": resource.protect,
        "inputs": plain(resource.inputs),
        "outputs": plain(resource.outputs),
        "unknowns": [path_text(path) for path in resource.unknowns],
        "config_path": path_text(resource.config_path),
        "origin": None
        if origin is None
        else {"file": origin.file, "line": origin.line, "column": origin.column, "layer": origin.layer},
    }


def plain(value: Any) -> Any:
    """A property value as JSON, with `UNKNOWN` and `Secret` as the markers that the format names."""
    if value is UNKNOWN:
        return {"$unknown": True}
    if isinstance(value, Secret):
        return {"$secret": True}
    if isinstance(value, Mapping):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return value


def path_text(path: PropertyPath) -> str:
    """A property path for people: ``spec.containers[0].image``."""
    text = ""
    for step in path:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else step
    return text
