"""Graphs from files: what ``mlops-infra graph --format json`` wrote."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mlops_infra.errors import UsageError
from mlops_infra.graph import UNKNOWN, Graph, Resource, Secret


def read_graph(file: Path) -> Graph:
    """The graph in a file, with its unknown values and its edges. Raises UsageError where it is none."""
    try:
        document = json.loads(file.read_bytes())
        edges: dict[str, list[Mapping[str, Any]]] = {}
        for edge in document["edges"]:
            edges.setdefault(edge["source"], []).append(edge)
        return Graph.of(
            document["environment"],
            [_resource(item, edges.get(item["urn"], [])) for item in document["resources"]],
        )
    except OSError as error:
        raise UsageError(f"the graph cannot be read: {error.strerror}", where=str(file)) from None
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise UsageError(
            f"the file holds no graph ({type(error).__name__})",
            where=str(file),
            hint="`mlops-infra graph --env NAME --format json > FILE` makes one",
        ) from None


def _resource(item: Mapping[str, Any], edges: list[Mapping[str, Any]]) -> Resource:
    by_property: dict[str, list[str]] = {}
    for edge in edges:
        if edge["kind"] == "property":
            by_property.setdefault(str(edge["path"][0]), []).append(str(edge["target"]))
    return Resource(
        urn=str(item["urn"]),
        type=str(item["type"]),
        name=str(item["name"]),
        part=str(item["part"]),
        inputs=_value(item["inputs"]),
        id=item["id"],
        parent=item["parent"],
        dependencies=tuple(str(edge["target"]) for edge in edges if edge["kind"] != "parent"),
        property_dependencies={key: tuple(urns) for key, urns in by_property.items()},
        protect=bool(item["protect"]),
        custom=not item["component"],
        config_path=tuple(item["config_path"]),
    )


def _value(value: Any) -> Any:
    if value == {"unknown": True}:
        return UNKNOWN
    if value == {"secret": True}:
        return Secret(None)
    if isinstance(value, Mapping):
        return {key: _value(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_value(item) for item in value]
    return value
