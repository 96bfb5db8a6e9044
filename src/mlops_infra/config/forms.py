"""What a field of the model allows, in words: for error messages and for the reference of keys."""

from __future__ import annotations

import types
from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic.fields import FieldInfo

from mlops_infra.config.fields import is_section, literals
from mlops_infra.config.model.types import FORMS

_BOUNDS = ("pattern", "min_length", "max_length", "ge", "gt", "le", "lt")


def field_form(field: FieldInfo) -> str:
    """What the value of a field may be: ``a whole number from 1 to 100``."""
    return form(field.annotation, field.metadata)


def form(annotation: Any, metadata: Iterable[Any] = ()) -> str:
    """What a value of an annotated type may be."""
    annotation, bounds = _unwrapped(annotation, metadata)
    if options := literals(annotation):
        return either(str(option) for option in options)
    if is_section(annotation):
        return f"a mapping with the keys {', '.join(annotation.model_fields)}"
    origin = get_origin(annotation)
    if origin is list:
        return f"{_sized('a list', 'entries', bounds)}, each {form(get_args(annotation)[0])}"
    if origin is dict:
        key, value = get_args(annotation)
        return f"a mapping of keys ({form(key)}) to values ({form(value)})"
    if origin in {Union, types.UnionType}:
        return either(form(part) for part in get_args(annotation))
    return _scalar(annotation, bounds)


def kind(annotation: Any) -> str:
    """A short word for a type, for tables: ``text``, ``whole number``, ``list``."""
    annotation, _ = _unwrapped(annotation, ())
    if literals(annotation):
        return "choice"
    if is_section(annotation):
        return "mapping"
    origin = get_origin(annotation)
    if origin is list:
        inner, _ = _unwrapped(get_args(annotation)[0], ())
        return "list of mappings" if is_section(inner) else "list"
    if origin is dict:
        return "mapping"
    return {str: "text", int: "whole number", float: "number", bool: "true or false"}.get(annotation, "value")


def either(options: Iterable[str]) -> str:
    """``a, b or c``."""
    known = list(dict.fromkeys(options))
    return " or ".join(filter(None, [", ".join(known[:-1]), known[-1]]))


def _unwrapped(annotation: Any, metadata: Iterable[Any]) -> tuple[Any, dict[str, Any]]:
    bounds: dict[str, Any] = {}
    _gather(metadata, bounds)
    while True:
        if get_origin(annotation) is Annotated:
            annotation, *more = get_args(annotation)
            _gather(more, bounds)
        elif get_origin(annotation) in {Union, types.UnionType} and type(None) in get_args(annotation):
            others = tuple(part for part in get_args(annotation) if part is not type(None))
            annotation = others[0] if len(others) == 1 else Union[others]  # noqa: UP007 - made at run time
        else:
            return annotation, bounds


def _gather(metadata: Iterable[Any], bounds: dict[str, Any]) -> None:
    for item in metadata:
        if isinstance(item, FieldInfo):
            _gather(item.metadata, bounds)
            continue
        for name in _BOUNDS:
            value = getattr(item, name, None)
            if value is not None and not callable(value):
                bounds.setdefault(name, value)


def _scalar(annotation: Any, bounds: Mapping[str, Any]) -> str:
    if annotation is bool:
        return "true or false"
    if annotation is int or annotation is float:
        return _number("a whole number" if annotation is int else "a number", bounds)
    known = FORMS.get(str(bounds.get("pattern")))
    if known is None and "pattern" in bounds:
        return f"a text of the form {bounds['pattern']}"
    if known is not None:
        return f"{known}, not empty" if bounds.get("min_length") and known.startswith("up to") else known
    return _sized("a text", "characters", bounds)


def _number(noun: str, bounds: Mapping[str, Any]) -> str:
    low, high = bounds.get("ge"), bounds.get("le")
    if low is not None and high is not None:
        return f"{noun} from {_short(low)} to {_short(high)}"
    words = [
        f"{word} {_short(bounds[name])}"
        for name, word in (("ge", "at least"), ("gt", "above"), ("le", "at most"), ("lt", "below"))
        if name in bounds
    ]
    return " ".join([noun, *([" and ".join(words)] if words else [])])


def _short(number: float) -> str:
    return str(int(number)) if number == int(number) else str(number)


def _sized(noun: str, what: str, bounds: Mapping[str, Any]) -> str:
    low, high = bounds.get("min_length"), bounds.get("max_length")
    if low and high:
        return f"{noun} of {low} to {high} {what}"
    if low:
        return f"{noun} of at least {low} {what if low > 1 else 'entry' if what == 'entries' else 'character'}"
    return f"{noun} of at most {high} {what}" if high else noun
