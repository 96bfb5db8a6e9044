"""Schema and reference of a file beside the stack files (``access.yaml``, ``pipeline.yaml``), made from its model."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from mlops_infra.config.fields import bare, element, is_section
from mlops_infra.config.forms import field_form
from mlops_infra.config.model.types import Section
from mlops_infra.config.schema import DIALECT
from mlops_infra.config.show import inline


def side_schema(model: type[Section], title: str) -> str:
    """The JSON Schema of a file, for editors, as the text that is shipped."""
    made = model.model_json_schema()
    document: dict[str, Any] = {"$schema": DIALECT, **made, "title": title}
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def side_reference(model: type[Section], head: str) -> str:
    """The reference of a file's keys as Markdown. `head` is what stands above the tables: the page's title and what it is about."""
    return "\n".join([head, *(line for section in sections(model) for line in _section(section, model))])


def sections(model: type[Section]) -> tuple[type[Section], ...]:
    """The model and every section inside of it, in the order in which a reader meets them."""
    found: list[type[Section]] = []

    def visit(section: type[Section]) -> None:
        if section in found:
            return
        found.append(section)
        for field in section.model_fields.values():
            inner = _inner(field)
            if inner is not None:
                visit(inner)

    visit(model)
    return tuple(found)


def _section(section: type[Section], model: type[Section]) -> Iterator[str]:
    yield f"## {_title(section, model)}"
    yield ""
    yield _words(section.__doc__ or "")
    yield ""
    yield "| key | what | allowed | default | example |"
    yield "|---|---|---|---|---|"
    for name, field in section.model_fields.items():
        cells = (f"`{name}`", _words(field.description or ""), _allowed(field), _default(field), _example(field))
        yield f"| {' | '.join(cell.replace('|', '&#124;') for cell in cells)} |"
    yield ""


def _title(section: type[Section], model: type[Section]) -> str:
    return "Top level" if section is model else section.__name__


def _inner(field: FieldInfo) -> type[Section] | None:
    annotation = bare(field.annotation)
    inner = annotation if is_section(annotation) else element(annotation)
    return inner if is_section(inner) else None


def _allowed(field: FieldInfo) -> str:
    inner = _inner(field)
    if inner is None:
        return field_form(field)
    link = f"[{inner.__name__}](#{inner.__name__.lower()})"
    return f"a list, each {link}" if element(field.annotation) is inner else f"a mapping: {link}"


def _default(field: FieldInfo) -> str:
    default = field.get_default(call_default_factory=True, validated_data={})
    if default is PydanticUndefined:
        return "**required**"
    if default is None:
        return "none"
    return "its keys' defaults" if isinstance(default, Section) else f"`{inline(default)}`"


def _example(field: FieldInfo) -> str:
    example = field.examples[0] if field.examples and _inner(field) is None else None
    return f"`{inline(example)}`" if example not in ("", None, []) else ""


def _words(docstring: str) -> str:
    """A docstring as one line of Markdown."""
    return re.sub(r"``([^`]+)``", r"`\1`", " ".join(docstring.split()))
