"""The shape of an environment: pydantic's verdict in our words, and what can still be checked beside it.

Flow: merged tree → `plain` → pydantic. Where that fails, every error becomes a `Problem`, and the faulty fields are
replaced by their defaults or examples, so that the rules can go on with the rest: the user sees all mistakes at once.
Rules that would read a replaced field are left out (see `rules`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, get_origin

from pydantic import ValidationError
from pydantic_core import ErrorDetails, PydanticUndefined

from mlops_infra.config.fields import Place, is_section, literals, places, type_at
from mlops_infra.config.forms import field_form, form
from mlops_infra.config.layers import EXTENDS, REMOVE
from mlops_infra.config.model import Environment
from mlops_infra.config.model.types import Section
from mlops_infra.config.node import Node, Path, nearest, plain
from mlops_infra.config.problems import Problem, shown
from mlops_infra.config.suggest import closest

_KEY = "[key]"
MAX_PROBLEMS = 500


@dataclass(frozen=True)
class Shaped:
    """What the model makes of a tree: the environment (None if too little of it has the right shape), what is wrong, and the
    key paths of fields whose values are stand-ins."""

    environment: Environment | None
    problems: tuple[Problem, ...] = ()
    stand_ins: tuple[Path, ...] = ()


def shape(tree: Node) -> Shaped:
    """The environment that a merged tree describes, and every mistake of shape in it."""
    data: Any = plain(tree)
    try:
        return Shaped(Environment.model_validate(data))
    except ValidationError as error:
        details = error.errors(include_url=False, include_input=False)
    problems = _problems(details[:MAX_PROBLEMS], tree)
    if len(details) > MAX_PROBLEMS:
        more = Problem(f"{len(details) - MAX_PROBLEMS} more mistakes are not shown", (), tree.origin())
        return Shaped(None, (*problems, more))
    stand_ins: list[Path] = []
    mended: list[Path] = []
    for detail in details:
        path = _path(detail)
        if not any(path[: len(done)] == done for done in mended):
            mended.append(_mend(data, detail, path, stand_ins))
    try:
        return Shaped(Environment.model_validate(data), problems, tuple(stand_ins))
    except ValidationError:
        return Shaped(None, problems)


def _problems(details: list[ErrorDetails], tree: Node) -> tuple[Problem, ...]:
    found: dict[Path, Problem] = {}
    for detail in details:
        path = _path(detail)
        if path not in found:
            found[path] = _problem(detail, path, tree)
    return tuple(found.values())


def _path(detail: ErrorDetails) -> Path:
    """The key path of an error: pydantic appends ``[key]`` for keys of mappings and the type tried for unions."""
    loc = detail["loc"]
    if _about_key(detail):
        return loc[:-1]
    known = places(loc)
    if known and known[-1].name == "settings":
        return loc[: len(known[-1].path) + 1]
    return loc


def _about_key(detail: ErrorDetails) -> bool:
    """Whether an error is about a key of a free mapping, not about its value (keys may be called ``[key]``, too)."""
    loc = detail["loc"]
    known = places(loc)
    if detail["type"] == "extra_forbidden" or not known or loc[-1] != _KEY:
        return False
    return len(loc) == len(known[-1].path) + 2 and get_origin(type_at(known[-1].path)) is dict


def _problem(detail: ErrorDetails, path: Path, tree: Node) -> Problem:
    node, reached = nearest(tree, path)
    kind = detail["type"]
    name = str(path[-1]) if path else ""
    if kind == "missing":
        place = places(path)[-1]
        example = place.field.examples[0] if place.field.examples else None
        allowed = field_form(place.field)
        if isinstance(example, str | int | float) and not literals(place.field.annotation):
            allowed += f", for example {example}"
        return Problem("the key is missing", path, node.key_origin(), allowed)
    if kind == "extra_forbidden":
        return _unknown_key(path, node, name)
    if _about_key(detail):
        keys = _key_type(path)
        options = [str(option) for option in literals(keys)]
        return Problem(f"{_short(name)} is not a key here", path, node.key_origin(), form(keys), closest(name, options))
    value = plain(node) if reached == path else None
    origin = node.origin() if node.value is not None and reached == path else node.key_origin()
    allowed, options = _allowed(path)
    return Problem(f"{shown(path, value)} is not allowed", path, origin, allowed, closest(value, options))


def _unknown_key(path: Path, node: Node, name: str) -> Problem:
    section = type_at(path[:-1])
    keys = list(section.model_fields) if is_section(section) else []
    if name in {EXTENDS, REMOVE}:
        message = f"`{name}` has no meaning here"
        allowed = "at the top of a file" if name == EXTENDS else "in entries of lists that merge by name"
        return Problem(message, path, node.key_origin(), allowed)
    return Problem(
        f"there is no key {_short(name)} here", path, node.key_origin(), ", ".join(keys), closest(name, keys)
    )


def _allowed(path: Path) -> tuple[str, list[str]]:
    known = places(path)
    if known and known[-1].path == path:
        annotation: Any = known[-1].field.annotation
        return field_form(known[-1].field), [str(option) for option in literals(annotation)]
    annotation = _element_type(known[-1], path) if known else Environment
    return form(annotation), [str(option) for option in literals(annotation)]


def _element_type(place: Place, path: Path) -> Any:
    """The type, with its constraints, of an element inside of the field that `place` names."""
    annotation: Any = place.field.annotation
    for _ in path[len(place.path) :]:
        annotation = getattr(annotation, "__args__", (annotation,))[-1]
    return annotation


def _key_type(path: Path) -> Any:
    arguments = getattr(places(path)[-1].field.annotation, "__args__", (str,))
    return arguments[0]


def _short(name: str) -> str:
    return repr(name if len(name) <= 60 else name[:59] + "…")


def _mend(data: Any, detail: ErrorDetails, path: Path, stand_ins: list[Path]) -> Path:
    """Replaces what an error is about by a stand-in, or drops a key that should not be there; the path that this was done to."""
    if detail["type"] == "extra_forbidden" or _about_key(detail):
        _at(data, path[:-1]).pop(path[-1], None)
        return path
    place = places(path)[-1]
    default = place.field.get_default(call_default_factory=True, validated_data={})
    stand_in = (place.field.examples or [None])[0] if default is PydanticUndefined else default
    _at(data, place.path[:-1])[place.name] = stand_in.model_dump() if isinstance(stand_in, Section) else stand_in
    stand_ins.append(place.path)
    return place.path


def _at(data: Any, path: Path) -> Any:
    for part in path:
        data = data[part]
    return data
