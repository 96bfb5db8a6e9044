"""A merged environment as YAML that the reader reads back, with who set each value beside it if asked."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from mlops_infra.config.load import LoadedEnvironment
from mlops_infra.config.node import Path
from mlops_infra.config.reader import reads_as_text
from mlops_infra.config.values import data, entry_names, origin_json, values

DEFAULT = "default"
_COMMENT_COLUMN = 44
_ESCAPED = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")


def show(loaded: LoadedEnvironment, *, origins: bool = False) -> str:
    """The merged environment as YAML in the order of the model, defaults included.

    With `origins` every value carries a comment: ``file:line:column`` of who set it, or ``default``. Values whose keys may
    hold secrets are hidden.
    """
    lines = _lines(data(loaded), (), "", loaded if origins else None)
    return "".join(f"{text.ljust(_COMMENT_COLUMN)}  # {by}\n" if by else f"{text}\n" for text, by in lines)


def show_json(loaded: LoadedEnvironment, *, origins: bool = False) -> dict[str, object]:
    """The merged environment for ``--output json``: ``environment``, ``layers``, ``values`` as nested data, and with
    `origins` a list of every key path with its value and origin (null for a default)."""
    document: dict[str, object] = {
        "environment": loaded.environment.environment,
        "layers": list(loaded.layers),
        "values": data(loaded),
    }
    if origins:
        document["origins"] = [
            {"path": list(value.path), "value": value.value, "origin": origin_json(value.origin)}
            for value in values(loaded)
        ]
    return document


def _lines(value: Any, path: Path, indent: str, loaded: LoadedEnvironment | None) -> Iterator[tuple[str, str | None]]:
    for key, child in value.items():
        head = f"{indent}{written(key)}:"
        here = (*path, key)
        if isinstance(child, dict) and child:
            yield head, None
            yield from _lines(child, here, f"{indent}  ", loaded)
        elif isinstance(child, list) and any(isinstance(entry, dict) for entry in child):
            yield head, None
            names = entry_names(child)
            for index, entry in enumerate(child):
                inner = list(_lines(entry, (*here, names[index] if names else index), f"{indent}    ", loaded))
                first, by = inner[0]
                yield f"{indent}  - {first.removeprefix(f'{indent}    ')}", by
                yield from inner[1:]
        else:
            yield f"{head} {inline(child)}", _by(here, loaded)


def _by(path: Path, loaded: LoadedEnvironment | None) -> str | None:
    if loaded is None:
        return None
    origin = loaded.written(path)
    return str(origin) if origin else DEFAULT


def inline(value: Any) -> str:
    """Any plain value as YAML on one line."""
    if isinstance(value, list):
        return f"[{', '.join(inline(entry) for entry in value)}]"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{written(key)}: {inline(child)}' for key, child in value.items())}}}"
    return written(value)


def written(value: Any) -> str:
    """A scalar as YAML, on one line, with quotes where they are needed."""
    if isinstance(value, str) and reads_as_text(value):
        return value
    # YAML counts some characters as line breaks or as not printable that JSON lets stand.
    return _ESCAPED.sub(lambda found: f"\\u{ord(found[0]):04x}", json.dumps(value, ensure_ascii=False))
