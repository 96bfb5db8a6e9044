"""JSON documents compared by what they mean: order of keys, spaces, and IAM's one-element lists make no difference."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

_UNORDERED: Final = frozenset({"Action", "NotAction", "Resource", "NotResource"})


def parsed(document: Any) -> Any:
    """The value of a JSON text; anything else, and text that is no JSON, as it is."""
    if not isinstance(document, str):
        return document
    try:
        return json.loads(document)
    except ValueError:
        return document


def same_document(one: Any, other: Any) -> bool:
    """Whether two documents (texts or values) mean the same."""
    return bool(_meaning(parsed(one)) == _meaning(parsed(other)))


def text_of(document: Any) -> str:
    """A document as compact JSON text."""
    return document if isinstance(document, str) else json.dumps(document, separators=(",", ":"))


def _meaning(value: Any) -> Any:
    if isinstance(value, Mapping) and "Statement" in value:
        statements = value["Statement"]
        return {
            **{key: item for key, item in value.items() if key != "Statement"},
            "Statement": [_statement(item) for item in (statements if isinstance(statements, list) else [statements])],
        }
    return value


def _statement(statement: Any) -> Any:
    if not isinstance(statement, Mapping):
        return statement
    found: dict[str, Any] = {}
    for key, value in statement.items():
        if key in _UNORDERED:
            found[key] = _bag(value)
        elif key in ("Principal", "NotPrincipal"):
            # "*" and {"AWS": "*"} are the same principal (IAM user guide, "AWS JSON policy elements: Principal").
            found[key] = _bags({"AWS": "*"} if value == "*" else value)
        elif key == "Condition":
            found[key] = {test: _bags(keys) for test, keys in value.items()}
        elif not (key == "Sid" and not value):
            found[key] = value
    return found


def _bags(value: Any) -> Any:
    return {key: _bag(item) for key, item in value.items()} if isinstance(value, Mapping) else value


def _bag(value: Any) -> list[str]:
    items = value if isinstance(value, list) else [value]
    return sorted(str(item).lower() if isinstance(item, bool) else str(item) for item in items)
