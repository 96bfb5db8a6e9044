"""What the model says about a key path: which section and field it leads to, whether lists there merge by name.

Error messages, edits, the schema and the reference all ask here, so that nothing but the model knows the keys.
"""

from __future__ import annotations

import types
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from mlops_infra.config.model import Environment
from mlops_infra.config.model.types import Section
from mlops_infra.config.node import Path


@dataclass(frozen=True)
class Place:
    """A field of a section of the model, and the key path that leads to it."""

    section: type[Section]
    name: str
    path: Path

    @property
    def field(self) -> FieldInfo:
        return self.section.model_fields[self.name]


def bare(annotation: Any) -> Any:
    """A type without `Annotated` and without ``| None``."""
    while True:
        if get_origin(annotation) is Annotated:
            annotation = get_args(annotation)[0]
        elif get_origin(annotation) in {Union, types.UnionType}:
            others = [part for part in get_args(annotation) if part is not type(None)]
            if len(others) != 1:
                return annotation
            annotation = others[0]
        else:
            return annotation


def is_section(annotation: Any) -> bool:
    """Whether a type is a section of the model."""
    return isinstance(annotation, type) and issubclass(annotation, Section)


def element(annotation: Any) -> Any:
    """The type of a list's elements or of a mapping's values; None for anything else."""
    annotation = bare(annotation)
    if get_origin(annotation) is list:
        return bare(get_args(annotation)[0])
    if get_origin(annotation) is dict:
        return bare(get_args(annotation)[1])
    return None


def merges_by_name(annotation: Any) -> bool:
    """Whether a type is a list of sections that have a ``name``."""
    inner = element(annotation)
    return get_origin(bare(annotation)) is list and is_section(inner) and "name" in inner.model_fields


def places(path: Path) -> list[Place]:
    """The fields along `path`, outermost first; shorter than the path where it leaves the model."""
    found: list[Place] = []
    here: Any = Environment
    for depth, part in enumerate(path):
        if is_section(here):
            if not isinstance(part, str) or part not in here.model_fields:
                break
            found.append(Place(here, part, path[: depth + 1]))
            here = bare(here.model_fields[part].annotation)
        else:
            inner = element(here)
            if inner is None:
                break
            here = inner
    return found


def type_at(path: Path) -> Any:
    """The bare type of the value at `path`, None if the model has no such place."""
    here: Any = Environment
    for part in path:
        if is_section(here):
            if part not in here.model_fields:
                return None
            here = bare(here.model_fields[part].annotation)
        else:
            here = element(here)
    return here


def literals(annotation: Any) -> tuple[Any, ...]:
    """The values that a `Literal` type allows; empty for other types."""
    annotation = bare(annotation)
    return get_args(annotation) if get_origin(annotation) is Literal else ()


@cache
def all_sections(root: type[Section] = Environment) -> tuple[type[Section], ...]:
    """Every section of a file's model, in the order in which a reader of the file meets them."""
    found: list[type[Section]] = []

    def visit(section: type[BaseModel]) -> None:
        if section in found:
            return
        found.append(section)  # type: ignore[arg-type]
        for field in section.model_fields.values():
            inner = bare(field.annotation)
            inner = inner if is_section(inner) else element(inner)
            if is_section(inner):
                visit(inner)

    visit(root)
    return tuple(found)
