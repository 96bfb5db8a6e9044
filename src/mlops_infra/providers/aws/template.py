"""Filling templates: ``"{x}"`` alone keeps the value's type, ``"a:{x}"`` makes text, ``{x|filter}`` applies one of `FILTERS`.

A name without a value leaves its parameter out; ``{x!}`` leaves out the whole structure that contains it. An unknown value makes
everything that depends on it `UNKNOWN`.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable, Mapping
from typing import Any, Final

from mlops_infra.graph import UNKNOWN, Secret
from mlops_infra.providers.aws.row import MISSING

_HOLE: Final = re.compile(r"\{([A-Za-z_][A-Za-z0-9_.]*)(?:\|([a-z0-9]+))?(!?)\}")


def _crc32(value: Any) -> str:
    """Terraform's ``create.StringHashcode``: CRC-32 (IEEE) of the text."""
    return str(zlib.crc32(str(value).encode()))


def _without_scheme(value: Any) -> str:
    return str(value).removeprefix("https://")


def _tail(value: Any) -> str:
    """The last element of an ARN or path: ``arn:…:key/abc`` → ``abc``."""
    return str(value).rsplit("/", 1)[-1]


FILTERS: Final[Mapping[str, Callable[[Any], Any]]] = {
    "crc32": _crc32,
    "noscheme": _without_scheme,
    "tail": _tail,
    "not": lambda value: not value,
    "text": lambda value: str(value).lower() if isinstance(value, bool) else str(value),
}


class _Drop(Exception):  # noqa: N818 - control flow inside this module
    """A required hole has no value: the structure around it goes."""


def fill(template: Any, context: Mapping[str, Any]) -> Any:
    """`template` with its holes filled from `context`; MISSING where nothing is left of it."""
    try:
        return _fill(template, context)
    except _Drop:
        return MISSING


def _fill(template: Any, context: Mapping[str, Any]) -> Any:
    if isinstance(template, str):
        return _fill_text(template, context)
    if isinstance(template, Mapping):
        filled = {key: _fill(item, context) for key, item in template.items()}
        return {key: item for key, item in filled.items() if item is not MISSING}
    if isinstance(template, list | tuple):
        return [item for item in (fill(item, context) for item in template) if item is not MISSING]
    return template


def _fill_text(template: str, context: Mapping[str, Any]) -> Any:
    holes = list(_HOLE.finditer(template))
    values = [_value(hole, context) for hole in holes]
    if any(value is MISSING for value in values):
        return MISSING
    if any(value is UNKNOWN for value in values):
        return UNKNOWN
    if len(holes) == 1 and holes[0].group(0) == template:
        return values[0]
    plain = iter(values)
    return _HOLE.sub(lambda _: str(next(plain)), template)


def _value(hole: re.Match[str], context: Mapping[str, Any]) -> Any:
    name, filtered, required = hole.groups()
    value = context.get(name, MISSING)
    if isinstance(value, Secret):
        value = UNKNOWN if value.value is UNKNOWN else value.value
    if value is None:
        value = MISSING
    if value is MISSING and required:
        raise _Drop
    if filtered and value is not MISSING and value is not UNKNOWN:
        return FILTERS[filtered](value)
    return value
