"""Property values for people: short, one line, and without what must not be shown."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

from mlops_infra.graph import UNKNOWN, Secret

HIDDEN: Final = "[secret]"
UNKNOWN_TEXT: Final = "(known after up)"
NOTHING_TEXT: Final = "(none)"
LONGEST: Final = 70


def shown(value: Any, longest: int = LONGEST) -> str:
    """A value on one line, its middle left out where it is longer than `longest` characters."""
    text = _text(value)
    if len(text) <= longest:
        return text
    half = (longest - 1) // 2
    return f"{text[:half]}…{text[-half:]}"


def _text(value: Any) -> str:
    if value is None:
        return NOTHING_TEXT
    if isinstance(value, Secret):
        return HIDDEN
    if value is UNKNOWN:
        return UNKNOWN_TEXT
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_line(str(key))}: {_text(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_text(item) for item in value) + "]"
    return json.dumps(value, ensure_ascii=False, default=str)


def _line(text: str) -> str:
    """A text without line breaks and other characters that move the cursor."""
    return json.dumps(text, ensure_ascii=False)[1:-1]


def jsonable(value: Any) -> Any:
    """A value for a JSON document: ``{"secret": true}`` and ``{"unknown": true}`` in place of what cannot be shown."""
    if isinstance(value, Secret):
        return {"secret": True}
    if value is UNKNOWN:
        return {"unknown": True}
    if isinstance(value, Mapping):
        return {str(key): jsonable(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [jsonable(item) for item in value]
    return value


def differences(path: str, old: Any, new: Any) -> Iterator[tuple[str, Any, Any]]:
    """The leaves in which two values differ. Strings that hold JSON (policies) are compared by what they say."""
    before, after = _parsed(old), _parsed(new)
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        for key in [*before, *(key for key in after if key not in before)]:
            if (key in before) != (key in after) or before[key] != after[key]:
                yield from differences(f"{path}.{key}", before.get(key), after.get(key))
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        for index, (one, other) in enumerate(zip(before, after, strict=True)):
            if one != other:
                yield from differences(f"{path}[{index}]", one, other)
    else:
        yield path, old, new


def _parsed(value: Any) -> Any:
    if isinstance(value, str) and value[:1] in ("{", "["):
        try:
            return json.loads(value)
        except ValueError:
            return value
    return value
