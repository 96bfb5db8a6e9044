"""Changes of a graph that no stack file can bring about, as the examples of rules write them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from mlops_infra.graph import Graph, Resource


def patched(graph: Graph, patches: list[dict[str, Any]]) -> Graph:
    """The graph with changes that no stack file can bring about: ``select`` by type and name, ``set`` properties, or ``remove`` all.

    ``$config_path`` sets the stack-file key that the resource is said to come from, ``$protect`` its protection.
    """
    resources = list(graph)
    for patch in patches:
        chosen = [item for item in resources if _selected(item, patch["select"])]
        assert chosen, f"nothing in the graph is {patch['select']}"
        if patch.get("remove"):
            resources = [item for item in resources if item not in chosen]
            continue
        for item in chosen:
            changed, inputs = item, _copied(item.inputs)
            for path, value in patch["set"].items():
                if path == "$config_path":
                    changed = replace(changed, config_path=tuple(value))
                    continue
                if path == "$protect":
                    changed = replace(changed, protect=bool(value))
                    continue
                inputs = _with(inputs, [int(part) if part.isdigit() else part for part in path.split(".")], value)
            resources[resources.index(item)] = replace(changed, inputs=inputs)
    return Graph.of(graph.environment, resources)


def _selected(item: Resource, select: dict[str, str]) -> bool:
    return item.type == select["type"] and select.get("name", item.name) == item.name


def _copied(value: Any) -> Any:
    if isinstance(value, dict) or hasattr(value, "items"):
        return {key: _copied(inner) for key, inner in value.items()}
    return [_copied(inner) for inner in value] if isinstance(value, list | tuple) else value


def _with(value: Any, path: list[str | int], leaf: Any) -> Any:
    if not path:
        return leaf
    head, *rest = path
    if isinstance(head, int):
        grown = [*(value or []), None] if head == len(value or []) else list(value)
        grown[head] = _with(grown[head], rest, leaf)
        return grown
    return {**(value or {}), head: _with((value or {}).get(head), rest, leaf)}
