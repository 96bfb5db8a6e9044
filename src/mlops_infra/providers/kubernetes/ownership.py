"""Who manages which field of an object, from what server-side apply says of it."""

from __future__ import annotations

import json
import re
from typing import Any, Final

from mlops_infra.providers.kubernetes.client import ApiError

_MANAGER: Final = re.compile(r'conflict with "([^"]+)"')
_CAUSE: Final = "FieldManagerConflict"


def field_conflicts(error: ApiError) -> tuple[tuple[str, str], ...]:
    """(manager, field) of each conflict that an apply met; empty where the error is another one."""
    found = []
    for cause in error.causes:
        if cause.get("reason") == _CAUSE:
            match = _MANAGER.search(str(cause.get("message", "")))
            found.append((match.group(1) if match else "somebody else", str(cause.get("field", ""))))
    return tuple(found)


def managers_of(live: dict[str, Any]) -> str:
    """Who manages an object, for people."""
    entries = live.get("metadata", {}).get("managedFields", ())
    names = dict.fromkeys(
        entry["manager"] for entry in entries if entry.get("manager") and not entry.get("subresource")
    )
    return ", ".join(names) or "nobody known"


def holds(manifest: Any, field: str) -> bool:
    """Whether a manifest has the field that a conflict names (structured-merge-diff's ``fieldpath.Path`` notation).

    ``.metadata.labels.app.kubernetes.io/name`` does not say where a key ends, so the longest key that fits is taken.
    """
    if not field:
        return True
    if field.startswith("."):
        if not isinstance(manifest, dict):
            return False
        rest = field[1:]
        for key in sorted(manifest, key=len, reverse=True):
            after = rest[len(key) :]
            if rest.startswith(key) and (not after or after[0] in ".[") and holds(manifest[key], after):
                return True
        return False
    selector, rest = _selector(field)
    return isinstance(manifest, list) and any(holds(item, rest) for item in _selected(manifest, selector))


def _selector(field: str) -> tuple[str, str]:
    """The selector in leading brackets and what follows it; brackets inside of quoted values do not count."""
    quoted = False
    for index, char in enumerate(field):
        if char == '"' and field[index - 1] != "\\":
            quoted = not quoted
        elif char == "]" and not quoted:
            return field[1:index], field[index + 1 :]
    return field[1:], ""


def _selected(items: list[Any], selector: str) -> list[Any]:
    if selector.isdigit():
        index = int(selector)
        return items[index : index + 1]
    if selector.startswith("="):
        value = json.loads(selector[1:])
        return [item for item in items if item == value]
    wanted = {key: json.loads(value) for key, value in re.findall(r'([A-Za-z]+)=("(?:[^"\\]|\\.)*"|[^,]+)', selector)}
    # A key that the program leaves to its default (``protocol: TCP``) is not in the manifest.
    return [
        item
        for item in items
        if isinstance(item, dict) and all(item.get(key, value) == value for key, value in wanted.items())
    ]
