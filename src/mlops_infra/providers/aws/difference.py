"""What differs between the state of a resource and what the program wants now."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from mlops_infra.graph import UNKNOWN
from mlops_infra.providers.aws.documents import same_document
from mlops_infra.providers.aws.row import Kind, Prop, Row
from mlops_infra.providers.aws.shapes import is_empty, reveal

How = Literal["add", "delete", "update"]


@dataclass(frozen=True)
class Change:
    """One property that differs; `paths` are the places inside it, in Pulumi's path syntax."""

    name: str
    how: How
    replace: bool
    paths: tuple[tuple[str, How], ...]


def changes(row: Row, old: Mapping[str, Any], new: Mapping[str, Any]) -> list[Change]:
    """The differences of state `old` (outputs) and inputs `new`, by property of the row, tags included."""
    found: list[Change] = []
    for prop in row.props:
        change = _change(prop, reveal(old.get(prop.name)), reveal(new.get(prop.name)))
        if change is not None:
            found.append(change)
    if row.tags is not None:
        change = _change(Prop("tags", kind=Kind.MAP), reveal(old.get("tags")) or {}, reveal(new.get("tags")) or {})
        if change is not None:
            found.append(change)
    if row.regional and new.get("region") is not None and old.get("region") not in (None, new.get("region")):
        found.append(Change("region", "update", True, (("region", "update"),)))
    return found


def _change(prop: Prop, old: Any, new: Any) -> Change | None:
    if new is None:
        # What the cloud chose, or what only steers us, is no wish to remove anything.
        if prop.computed or prop.local or is_empty(old):
            return None
        return Change(prop.name, "delete", prop.replace, ((prop.name, "delete"),))
    if old is None:
        if is_empty(new) and new is not UNKNOWN:
            return None
        return Change(prop.name, "add", prop.replace, ((prop.name, "add"),))
    if same(prop, old, new):
        return None
    return Change(prop.name, "update", prop.replace, tuple(_paths(prop, old, new)))


def same(prop: Prop, old: Any, new: Any) -> bool:
    """Whether two values of a property mean the same."""
    if new is UNKNOWN or old is UNKNOWN:
        return old is new
    if prop.kind is Kind.JSON:
        return same_document(old, new)
    if prop.kind is Kind.SET and isinstance(old, list) and isinstance(new, list):
        return len(old) == len(new) and all(item in old for item in new) and all(item in new for item in old)
    if prop.members and isinstance(old, Mapping) and isinstance(new, Mapping):
        old = {key: item for key, item in old.items() if key in new or key not in prop.members}
    return bool(_trimmed(old) == _trimmed(new))


def _trimmed(value: Any) -> Any:
    """Without members that are null: they say what leaving them out says."""
    if isinstance(value, Mapping):
        return {key: _trimmed(item) for key, item in value.items() if item is not None}
    if isinstance(value, list):
        return [_trimmed(item) for item in value]
    return value


def _paths(prop: Prop, old: Any, new: Any) -> list[tuple[str, How]]:
    if prop.kind in (Kind.JSON, Kind.SET):
        return [(prop.name, "update")]
    if prop.members and isinstance(old, Mapping):
        old = {key: item for key, item in old.items() if key in new or key not in prop.members}
    return _inside(prop.name, old, new) or [(prop.name, "update")]


def _inside(path: str, old: Any, new: Any) -> list[tuple[str, How]]:
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        found: list[tuple[str, How]] = []
        for key in sorted({*old, *new}):
            place = f"{path}.{key}" if key.isidentifier() else f'{path}["{key}"]'
            if old.get(key) is None and new.get(key) is not None:
                found.append((place, "add"))
            elif new.get(key) is None and old.get(key) is not None:
                found.append((place, "delete"))
            elif old.get(key) != new.get(key):
                found += _inside(place, old[key], new[key])
        return found
    if isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        return [
            item
            for i, (a, b) in enumerate(zip(old, new, strict=True))
            if a != b
            for item in _inside(f"{path}[{i}]", a, b)
        ]
    return [(path, "update")]
