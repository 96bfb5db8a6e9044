"""Kubernetes manifests: every object of a folder's YAML and JSON files, as ``kubectl apply --recursive`` would send them.

Files hold one or more documents; a ``List`` is its items. Values keep their line and column, so that a finding names the line to change.
Templates and kustomizations are to be rendered first: what is no object is an error, because it would otherwise go unjudged.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from mlops_infra.config.node import Node, Origin, Places, plain
from mlops_infra.config.problems import ConfigError
from mlops_infra.config.reader import read_documents
from mlops_infra.errors import UsageError
from mlops_infra.governance.foreign.given import Foreign
from mlops_infra.graph import Graph, Resource, Secret
from mlops_infra.graph.model import PropertyPath

SUFFIXES: Final = frozenset({".yaml", ".yml", ".json"})
MOST_FILES: Final = 5000
MOST_OBJECTS: Final = 50_000
_KUSTOMIZE: Final = "kustomize.config.k8s.io/"


def read_manifests(folder: Path, root: Path) -> Foreign:
    """The objects below `folder` (or of one file).

    Arguments: `root`: the folder from which files are named in origins, where they lie in it. Raises UsageError (exit 2) for what cannot be
    read, is no object of Kubernetes, or is there twice.
    """
    files = _files(folder)
    nodes: dict[str, Node] = {}
    resources: list[Resource] = []
    for file in files:
        shown = _shown(file, root)
        for node in _objects(file, shown):
            resource = _resource(node)
            first = nodes.get(resource.urn)
            if first is not None:
                raise UsageError(
                    f"{resource.type.rpartition(':')[2]} {resource.name} is there twice, first at {first.origin()}",
                    where=str(node.origin()),
                    hint="give one environment's manifests at a time",
                )
            nodes[resource.urn] = node
            resources.append(resource)
            if len(resources) > MOST_OBJECTS:
                raise UsageError(f"there are more than {MOST_OBJECTS} objects", where=str(folder), hint="judge a part")
    if not resources:
        raise UsageError("there is no object of Kubernetes in the manifests", where=str(folder))
    places = Places()

    def origin(urn: str, path: PropertyPath) -> Origin | None:
        if urn not in nodes:
            return None
        node, found = places.nearest(nodes[urn], path)
        return (
            node.origin()
            if not found or not isinstance(found[-1], str) or len(found) == len(path)
            else node.key_origin()
        )

    return Foreign("manifests", Graph.of("manifests", resources), origin)


def _files(folder: Path) -> list[Path]:
    if folder.is_file():
        return [folder]
    if not folder.is_dir():
        raise UsageError("there is no such folder of manifests", where=str(folder))
    found: list[Path] = []
    for parent, folders, names in os.walk(folder):  # Links to folders are not followed.
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        found += [Path(parent, name) for name in sorted(names) if Path(name).suffix in SUFFIXES]
        if len(found) > MOST_FILES:
            raise UsageError(f"there are more than {MOST_FILES} files", where=str(folder), hint="judge a part")
    if not found:
        raise UsageError("the folder holds no manifest (.yaml, .yml, .json)", where=str(folder))
    return found


def _shown(file: Path, root: Path) -> str:
    whole = file.resolve()
    return whole.relative_to(root.resolve()).as_posix() if whole.is_relative_to(root.resolve()) else str(file)


def _objects(file: Path, shown: str) -> Iterator[Node]:
    try:
        documents = read_documents(file.read_bytes(), file=shown)
    except OSError as error:
        raise UsageError(f"the manifest cannot be read: {error.strerror}", where=str(file)) from None
    except ConfigError as error:
        first = error.problems[0]
        raise UsageError(
            first.message + (f"; allowed: {first.allowed}" if first.allowed else ""),
            where=str(first.origin) if first.origin else shown,
            hint="mend the manifest; templates are to be rendered first (`helm template`, `kubectl kustomize`)",
        ) from None
    for document in documents:
        yield from _items(document)


def _items(node: Node) -> Iterator[Node]:
    values = node.value if isinstance(node.value, dict) else {}
    version, kind = (_text(values.get(key)) for key in ("apiVersion", "kind"))
    if not version or not kind or version.startswith(_KUSTOMIZE):
        raise UsageError(
            "this is no object of Kubernetes" if not version.startswith(_KUSTOMIZE) else "a kustomization is not read",
            where=str(node.origin()),
            hint="leave it out, or render it first (`helm template`, `kubectl kustomize`)",
        )
    items = values.get("items")
    if kind.endswith("List") and items is not None:
        for item in items.value if isinstance(items.value, list) else []:
            yield from _items(item)
    else:
        yield node


def _text(node: Node | None) -> str:
    return node.value if node is not None and isinstance(node.value, str) else ""


def _resource(node: Node) -> Resource:
    content: Any = plain(node)
    group = content["apiVersion"] if "/" in content["apiVersion"] else f"core/{content['apiVersion']}"
    kind = f"kubernetes:{group}:{content['kind']}"
    metadata = content.get("metadata")
    name = (metadata.get("name") or metadata.get("generateName")) if isinstance(metadata, dict) else None
    if not isinstance(name, str):
        raise UsageError(f"this {content['kind']} has no name", where=str(node.origin()), hint="set `metadata.name`")
    if isinstance(metadata.get("namespace"), str):
        name = f"{metadata['namespace']}/{name}"
    inputs = {key: value for key, value in content.items() if key != "status"}
    if content["kind"] == "Secret":
        inputs |= {key: Secret(inputs[key]) for key in ("data", "stringData") if key in inputs}
    return Resource(f"manifests::{kind}::{name}", kind, name, "manifests", inputs)
