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
    """The page of stack files."""
    return page(_HEAD, Environment)


def page(head: str, root: type[Section]) -> str:
    """A page of all keys below `root`, the model of a file."""
    sections = all_sections(root)
    return "\n".join([head, *(line for section in sections for line in _section(section, sections))])


def _section(section: type[Section], sections: tuple[type[Section], ...]) -> Iterator[str]:
    root = sections[0]
    yield f"## {_title(section, root)}"
    yield ""
    yield _words(section.__doc__ or "")
    yield ""
    if places := _used(section, sections):
        yield f"Found at {places}."
        yield ""
    yield "| key | what | allowed | default | example |"
    yield "|---|---|---|---|---|"
    for name, field in section.model_fields.items():
        key = field.alias or name
        cells = (f"`{key}`", _words(field.description or ""), _allowed(field, root), _default(field), _example(field))
        yield f"| {' | '.join(cell.replace('|', '&#124;') for cell in cells)} |"
    yield ""


def _title(section: type[Section], root: type[Section]) -> str:
    return "Top level" if section is root else section.__name__


def _used(section: type[Section], sections: tuple[type[Section], ...]) -> str:
    """The keys under which a section stands."""
    root = sections[0]
    found = []
    for other in sections:
        for name, field in other.model_fields.items():
            inner = _inner(field)
            if inner is section:
                owner = "" if other is root else f"{_link(other, root)}."
                by_name = root is Environment and merges_by_name(field.annotation)
                many = " (list, merges by `name`)" if by_name else ""
                many = many or (" (list)" if _is_list(field) else "")
                found.append(f"{owner}`{field.alias or name}`{many}")
    return ", ".join(found)


def _is_list(field: FieldInfo) -> bool:
    return str(bare(field.annotation)).startswith("list")


def _inner(field: FieldInfo) -> type[Section] | None:
    annotation = bare(field.annotation)
    inner = annotation if is_section(annotation) else element(annotation)
    return inner if is_section(inner) else None


def _link(section: type[Section], root: type[Section]) -> str:
    title = _title(section, root)
    return f"[{title}](#{title.lower().replace(' ', '-')})"


def _allowed(field: FieldInfo, root: type[Section]) -> str:
    inner = _inner(field)
    if inner is None:
        return field_form(field)
    if _is_list(field):
        return f"{field_form(field).split(', each ')[0]}, each a mapping: {_link(inner, root)}"
    if is_section(bare(field.annotation)):
        return f"a mapping: {_link(inner, root)}"
    return f"{field_form(field).split(' to values ')[0]} to mappings: {_link(inner, root)}"


def _default(field: FieldInfo) -> str:
    default = field.get_default(call_default_factory=True, validated_data={})
    if default is PydanticUndefined:
        return "**required**"
    if default is None:
        return "none"
    if isinstance(default, Section):
        return "its keys' defaults"
    if isinstance(default, list):
        default = [entry.model_dump() if isinstance(entry, Section) else entry for entry in default]
    return f"`{inline(default)}`"


def _example(field: FieldInfo) -> str:
    # Mappings have a section of their own, with an example for each key.
    example = field.examples[0] if field.examples and _inner(field) is None else None
    return f"`{inline(example)}`" if example not in ("", None) else ""


def _words(docstring: str) -> str:
    """A docstring as one line of Markdown."""
    return re.sub(r"``([^`]+)``", r"`\1`", " ".join(docstring.split()))
