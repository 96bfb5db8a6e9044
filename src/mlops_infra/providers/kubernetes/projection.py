"""What is live, in the shape of what was asked for: the inputs that would describe the object as it is now.

Fields that we never asked for are left out. The API server changes spellings (``1000m`` becomes ``1``, empty values vanish), so where
something looks different the answer of a forced dry run tells whether it is: what the dry run would not change is as it was asked for.
"""

from __future__ import annotations

import base64
from typing import Any, Final

from mlops_infra.graph import Secret

MISSING: Final = object()
_MERGE_KEYS: Final = ("name", "containerPort", "port", "mountPath", "key", "topologyKey", "ip", "type", "uid")
"""Keys by which the API merges lists (``x-kubernetes-list-map-keys``), in the order in which they are tried."""


def project(asked: dict[str, Any], live: dict[str, Any], applied: dict[str, Any] | None = None) -> dict[str, Any]:
    """`asked` (plain, with secret markers) with live values where they differ.

    `applied` is what a dry run of applying `asked` to `live` gives; without it the comparison is literal.
    """
    found: dict[str, Any] = _value(_encoded(asked), live, applied if applied is not None else MISSING)
    return _decoded(asked, found)


def _value(asked: Any, live: Any, applied: Any) -> Any:
    if isinstance(asked, Secret):
        found = _value(asked.value, live, applied)
        return found if found is MISSING else Secret(found)
    if asked is None or (applied is not MISSING and live == applied):
        return asked
    if isinstance(asked, dict) and isinstance(live, dict):
        return _mapping(asked, live, applied if isinstance(applied, dict) else MISSING)
    if isinstance(asked, list) and isinstance(live, list):
        return _list(asked, live, applied if isinstance(applied, list) else MISSING)
    return asked if type(asked) is type(live) and asked == live else live


def _mapping(asked: dict[str, Any], live: dict[str, Any], applied: Any) -> dict[str, Any]:
    result = {}
    for key, item in asked.items():
        reference = applied.get(key, MISSING) if applied is not MISSING else MISSING
        there = live.get(key, MISSING)
        # Neither there nor in the dry run: the server keeps no such (empty) value.
        if there is MISSING and reference is MISSING and applied is not MISSING:
            result[key] = item
            continue
        found = _value(item, there, reference)
        if found is not MISSING:
            result[key] = found
    if applied is not MISSING:
        # What an apply would remove is drift, though nobody asked for it (atomic maps).
        result.update({key: item for key, item in live.items() if key not in asked and key not in applied})
    return result


def _list(asked: list[Any], live: list[Any], applied: Any) -> list[Any]:
    if applied is MISSING:
        if len(asked) != len(live):
            return live
        return [_value(one, other, MISSING) for one, other in zip(asked, live, strict=True)]
    key = _merge_key(list(map(_unwrapped, asked)), live, applied)
    if key is None:
        return live
    by_live = {item[key]: item for item in live}
    by_applied = {item[key]: item for item in applied}
    result = []
    for item in asked:
        wanted = _unwrapped(_unwrapped(item)[key])
        if wanted in by_live:
            result.append(_value(item, by_live[wanted], by_applied.get(wanted, MISSING)))
    known = {_unwrapped(_unwrapped(item)[key]) for item in asked}
    result.extend(item for name, item in by_live.items() if name not in known and name not in by_applied)
    return result


def _unwrapped(value: Any) -> Any:
    return value.value if isinstance(value, Secret) else value


def _merge_key(*lists: list[Any]) -> str | None:
    for key in _MERGE_KEYS:
        if all(
            isinstance(item, dict) and isinstance(item.get(key), str | int | Secret) for one in lists for item in one
        ):
            distinct = all(len({str(_unwrapped(item[key])) for item in one}) == len(one) for one in lists)
            if distinct:
                return key
    return None


def _encoded(asked: dict[str, Any]) -> dict[str, Any]:
    """``stringData`` is write-only: the server keeps it in ``data``, where it is compared."""
    if asked.get("kind") != "Secret" or "stringData" not in asked:
        return asked
    texts = _unwrapped(asked["stringData"]) or {}
    data = dict(_unwrapped(asked.get("data")) or {})
    data.update({key: base64.b64encode(str(_unwrapped(value)).encode()).decode() for key, value in texts.items()})
    return {**{key: value for key, value in asked.items() if key != "stringData"}, "data": Secret(data)}


def _decoded(asked: dict[str, Any], found: dict[str, Any]) -> dict[str, Any]:
    """The opposite of `_encoded`: what was asked for as ``stringData`` is given back as such."""
    if asked.get("kind") != "Secret" or "stringData" not in asked:
        return found
    texts = _unwrapped(asked["stringData"]) or {}
    live = dict(_unwrapped(found.pop("data", None)) or {})
    strings = {key: _text(live.pop(key)) for key in texts if key in live}
    result = {**found, "stringData": Secret(strings)}
    if live or "data" in asked:
        result["data"] = Secret(live) if isinstance(asked.get("data"), Secret) else live
    return result


def _text(encoded: str) -> str:
    return base64.b64decode(encoded).decode(errors="replace")
