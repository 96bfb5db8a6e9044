"""The reference of all keys of a stack file, as Markdown, made from the model. `generate` writes it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from mlops_infra.config.fields import all_sections, bare, element, is_section, merges_by_name
from mlops_infra.config.forms import field_form
from mlops_infra.config.model import Environment
from mlops_infra.config.model.types import Section
from mlops_infra.config.show import inline

_HEAD = """\
# Keys of a stack file

<!-- Made from the model by `python -m mlops_infra.config.generate`. Edit the model, not this page. -->

A stack file describes an environment or a layer of one. [Configuration](../configuration.md) tells how files are read and how
layers merge. **Required** keys must be there once all layers are merged; no single layer has to have them.
"""


def text() -> str:
    """The whole page."""
    return "\n".join([_HEAD, *(line for section in all_sections() for line in _section(section))])


def _section(section: type[Section]) -> Iterator[str]:
    yield f"## {_title(section)}"
    yield ""
    yield _words(section.__doc__ or "")
    yield ""
    if places := _used(section):
        yield f"Found at {places}."
        yield ""
    yield "| key | what | allowed | default | example |"
    yield "|---|---|---|---|---|"
    for name, field in section.model_fields.items():
        cells = (f"`{name}`", _words(field.description or ""), _allowed(field), _default(field), _example(field))
        yield f"| {' | '.join(cell.replace('|', '&#124;') for cell in cells)} |"
    yield ""


def _title(section: type[Section]) -> str:
    return "Top level" if section is Environment else section.__name__


def _used(section: type[Section]) -> str:
    """The keys under which a section stands."""
    found = []
    for other in all_sections():
        for name, field in other.model_fields.items():
            inner = _inner(field)
            if inner is section:
                owner = "" if other is Environment else f"{_link(other)}."
                many = " (list, merges by `name`)" if merges_by_name(field.annotation) else ""
                many = many or (" (list)" if _is_list(field) else "")
                found.append(f"{owner}`{name}`{many}")
    return ", ".join(found)


def _is_list(field: FieldInfo) -> bool:
    return str(bare(field.annotation)).startswith("list")


def _inner(field: FieldInfo) -> type[Section] | None:
    annotation = bare(field.annotation)
    inner = annotation if is_section(annotation) else element(annotation)
    return inner if is_section(inner) else None


def _link(section: type[Section]) -> str:
    return f"[{_title(section)}](#{_title(section).lower().replace(' ', '-')})"


def _allowed(field: FieldInfo) -> str:
    inner = _inner(field)
    if inner is None:
        return field_form(field)
    if _is_list(field):
        return f"{field_form(field).split(', each ')[0]}, each a mapping: {_link(inner)}"
    if is_section(bare(field.annotation)):
        return f"a mapping: {_link(inner)}"
    return f"{field_form(field).split(' to values ')[0]} to mappings: {_link(inner)}"


def _default(field: FieldInfo) -> str:
    default = field.get_default(call_default_factory=True, validated_data={})
    if default is PydanticUndefined:
        return "**required**"
    if default is None:
        return "none"
    if isinstance(default, Section):
        return "its keys' defaults"
    return f"`{inline(default)}`"


def _example(field: FieldInfo) -> str:
    # Mappings have a section of their own, with an example for each key.
    example = field.examples[0] if field.examples and _inner(field) is None else None
    return f"`{inline(example)}`" if example not in ("", None) else ""


def _words(docstring: str) -> str:
    """A docstring as one line of Markdown."""
    return re.sub(r"``([^`]+)``", r"`\1`", " ".join(docstring.split()))
