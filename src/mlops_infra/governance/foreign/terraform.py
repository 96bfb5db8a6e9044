"""Terraform's plans and states: what ``terraform show -json`` (or OpenTofu's) says, format 1.

From a plan come the values after it would be applied: ``resource_changes`` with their ``after_unknown`` (unknown values) and
``after_sensitive`` (secrets), and the references of ``configuration`` as edges, through variables and outputs of modules. A state has
values only; there, and where references say nothing, a property that holds another resource's id or ARN is an edge.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from mlops_infra.config.node import Origin
from mlops_infra.errors import UsageError
from mlops_infra.governance.foreign.given import Foreign
from mlops_infra.governance.foreign.references import references
from mlops_infra.governance.foreign.terraform_types import REPEATED, VERBATIM, named, token
from mlops_infra.graph import UNKNOWN, Graph, Resource, Secret
from mlops_infra.graph.model import PropertyPath

MOST_BYTES: Final = 256 * 1024 * 1024
_INDEX: Final = re.compile(r"\[[^\]]*\]$")
_HOW: Final = (
    "`terraform show -json PLAN > FILE` (of `terraform plan -out PLAN`), or `terraform show -json > FILE` for the state"
)


@dataclass(frozen=True)
class _Found:
    """One managed resource: its address, and its values with what is unknown or sensitive in them."""

    address: str
    kind: str
    values: Mapping[str, Any]
    unknown: Any = field(default=False)
    sensitive: Any = field(default=False)


def read_terraform(file: Path, root: Path) -> Foreign:
    """The resources of a plan or a state.

    Arguments: `root`: the folder from which the file is named in origins. Raises UsageError (exit 2) for what is neither.
    """
    text, document = _document(file)
    try:
        found = list(_resources(document))
        edges = references(document.get("configuration", {}), [item.address for item in found])
        graph = Graph.of("terraform", _linked(found, edges))
    except (KeyError, TypeError, AttributeError, RecursionError) as error:
        raise UsageError(
            f"the file is no plan or state that Terraform showed ({type(error).__name__})", where=str(file), hint=_HOW
        ) from None
    except ValueError as error:
        raise UsageError(f"the file says the same twice: {error}", where=str(file), hint=_HOW) from None
    if not found:
        raise UsageError("there is no managed resource in the file", where=str(file), hint=_HOW)
    whole, base = file.resolve(), root.resolve()
    shown = whole.relative_to(base).as_posix() if whole.is_relative_to(base) else str(file)
    lines = _lines(text)

    def origin(urn: str, path: PropertyPath) -> Origin | None:  # noqa: ARG001 - Terraform tells no places of properties
        resource = graph.resources.get(urn)
        if resource is None:
            return None
        line, column = lines.get(resource.name, (1, 1))
        return Origin(shown, line, column, "")

    return Foreign("terraform", graph, origin)


def _document(file: Path) -> tuple[str, dict[str, Any]]:
    try:
        if file.stat().st_size > MOST_BYTES:
            raise UsageError(f"the file is larger than {MOST_BYTES // 1024 // 1024} MiB", where=str(file))
        text = file.read_text(encoding="utf-8")
        document = json.loads(text)
    except OSError as error:
        raise UsageError(f"the file cannot be read: {error.strerror}", where=str(file)) from None
    except (ValueError, RecursionError):
        raise UsageError("the file is not JSON", where=str(file), hint=_HOW) from None
    if not isinstance(document, dict) or not str(document.get("format_version", "")).startswith(("0.", "1.")):
        raise UsageError("the file is no plan or state that Terraform showed", where=str(file), hint=_HOW)
    if document.get("errored") is True:
        raise UsageError("the plan failed, so it does not say what would be", where=str(file), hint="plan again")
    return text, document


def _resources(document: Mapping[str, Any]) -> Iterator[_Found]:
    if "resource_changes" in document:
        for item in document["resource_changes"]:
            change = item["change"]
            if item.get("mode") == "managed" and isinstance(change.get("after"), dict):
                unknown, sensitive = change.get("after_unknown", False), change.get("after_sensitive", False)
                yield _Found(item["address"], item["type"], change["after"], unknown, sensitive)
    elif "values" in document or "planned_values" in document:
        yield from _module(document.get("values", document.get("planned_values"))["root_module"])


def _module(module: Mapping[str, Any]) -> Iterator[_Found]:
    for item in module.get("resources", []):
        if item.get("mode") == "managed":
            yield _Found(item["address"], item["type"], item["values"], False, item.get("sensitive_values", False))
    for child in module.get("child_modules", []):
        yield from _module(child)


def _linked(found: list[_Found], edges: Mapping[str, Mapping[str, tuple[str, ...]]]) -> Iterator[Resource]:
    urns = {item.address: f"terraform::{token(item.kind)}::{item.address}" for item in found}
    holders: dict[str, str] = {}
    for item in found:
        for key in ("id", "arn"):
            if isinstance(item.values.get(key), str):
                holders.setdefault(item.values[key], item.address)
    for item in found:
        inputs = _properties(item.values, item.unknown, item.sensitive)
        if inputs.get("tagsAll") not in (None, {}) and item.kind.startswith("aws_"):
            inputs["tags"] = inputs["tagsAll"]  # With the provider's default tags.
        needed = {named(key): set(targets) for key, targets in edges.get(_INDEX.sub("", item.address), {}).items()}
        needed = {key: {to for to in to_all if _fits(item.address, to)} for key, to_all in needed.items()}
        for key, value in item.values.items():
            for held in value if isinstance(value, list) else [value]:
                target = holders.get(held) if isinstance(held, str) and key not in ("id", "arn") else None
                if target is not None and target != item.address:
                    needed.setdefault(named(key), set()).add(target)
        identity = item.values.get("id")
        yield Resource(
            urn=urns[item.address],
            type=token(item.kind),
            name=item.address,
            part="terraform",
            inputs=inputs,
            outputs={key: item.values[key] for key in ("arn", "id") if isinstance(item.values.get(key), str)},
            id=identity if isinstance(identity, str) else None,
            property_dependencies={
                key: tuple(urns[to] for to in sorted(targets) if to in urns) for key, targets in needed.items()
            },
        )


def _fits(source: str, target: str) -> bool:
    """Whether instances of ``count`` or ``for_each`` belong together: with one index, or where either has none."""
    own, other = _INDEX.search(source), _INDEX.search(target)
    return own is None or other is None or own[0] == other[0]


def _properties(values: Mapping[str, Any], unknown: Any, sensitive: Any, verbatim: bool = False) -> dict[str, Any]:
    marks = unknown if isinstance(unknown, Mapping) else {}
    hidden = sensitive if isinstance(sensitive, Mapping) else {}
    made: dict[str, Any] = {}
    for key in dict.fromkeys([*values, *marks]):
        name = key if verbatim else named(key)
        value = _value(key, values.get(key), marks.get(key, unknown is True), hidden.get(key, sensitive is True))
        if value is not None:
            made[name] = value
    return made


def _value(key: str, value: Any, unknown: Any, sensitive: Any) -> Any:
    if sensitive is True:
        return Secret(None)
    if unknown is True:
        return UNKNOWN
    if isinstance(value, Mapping) or (value is None and isinstance(unknown, Mapping) and unknown):
        return _properties(value or {}, unknown, sensitive, key in VERBATIM)
    if isinstance(value, list):
        return _listed(key, value, unknown, sensitive)
    return value


def _listed(key: str, value: list[Any], unknown: Any, sensitive: Any) -> Any:
    def mark(marks: Any, index: int) -> Any:
        return marks[index] if isinstance(marks, list) and index < len(marks) else marks is True

    items = [_value(key, item, mark(unknown, index), mark(sensitive, index)) for index, item in enumerate(value)]
    if key in REPEATED or not all(isinstance(item, Mapping) for item in value):
        return items
    # A block that may stand once; one that is not there is nothing.
    return None if not items else items[0] if len(items) == 1 else items


_ADDRESS: Final = re.compile(r'"address"\s*:\s*("(?:[^"\\]|\\.)*")')


def _lines(text: str) -> dict[str, tuple[int, int]]:
    """Line and column of every resource's first mention by its address, counted from 1."""
    found: dict[str, tuple[int, int]] = {}
    line, start, seen = 1, 0, 0
    for match in _ADDRESS.finditer(text):
        line += text.count("\n", seen, match.start())
        start = text.rfind("\n", 0, match.start()) + 1
        seen = match.start()
        found.setdefault(json.loads(match[1]), (line, match.start() - start + 1))
    return found
