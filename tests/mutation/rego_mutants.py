"""Mutants of a Rego module: the same text with one thing changed, by the places that OPA's parser gives.

An expression is dropped or negated, an operator or a constant is another one. What is only read by people is left alone: METADATA, and
strings with a space in them, which are messages.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

OPERATORS: Final[Mapping[str, tuple[str, ...]]] = {
    "==": ("!=",),
    "!=": ("==",),
    "<": ("<=", ">="),
    "<=": ("<", ">"),
    ">": (">=", "<="),
    ">=": (">", "<"),
    "+": ("-",),
    "-": ("+",),
    "*": ("/",),
    "/": ("*",),
    "&": ("|",),
    "|": ("&",),
}
"""What an operator becomes."""
_MARK: Final = "~"


@dataclass(frozen=True)
class Mutant:
    """A module with one change. `line` counts from 1; `code` is the line before the change, `change` says what happened to it."""

    line: int
    code: str
    change: str
    text: str


@dataclass(frozen=True)
class _Edit:
    start: int
    old: str
    new: str
    what: str


def mutants(source: str, module: Mapping[str, Any]) -> list[Mutant]:
    """Every mutant of `source`, in the order of its lines; `module` is what ``opa parse`` makes of it, with locations."""
    text = _Text(source)
    found: dict[tuple[int, str, str], _Edit] = {}
    for rule in module.get("rules", []):
        if _name(rule) != "about":
            for edit in _rule(rule, text):
                found.setdefault((edit.start, edit.old, edit.new), edit)
    return [text.mutant(edit) for edit in sorted(found.values(), key=lambda edit: (edit.start, edit.new))]


class _Text:
    """A module's text, addressed as OPA does: lines and columns from 1."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._lines = source.splitlines(keepends=True)
        self._starts = [0]
        for line in self._lines:
            self._starts.append(self._starts[-1] + len(line))

    def place(self, node: Mapping[str, Any]) -> tuple[int, str]:
        """Where a node starts and its text. Raises ValueError where the two do not fit."""
        location = node["location"]
        start = self._starts[location["row"] - 1] + location["col"] - 1
        text = base64.b64decode(location["text"]).decode()
        if not self._source.startswith(text, start):
            raise ValueError(f"line {location['row']} is not what OPA says it is")
        return start, text

    def mutant(self, edit: _Edit) -> Mutant:
        """The module with an edit."""
        line = self._source.count("\n", 0, edit.start)
        changed = self._source[: edit.start] + edit.new + self._source[edit.start + len(edit.old) :]
        return Mutant(line + 1, self._lines[line].strip(), edit.what, changed)


def _name(rule: Mapping[str, Any]) -> str:
    return str(rule["head"].get("name") or rule["head"]["ref"][0]["value"])


def _rule(rule: Mapping[str, Any], text: _Text) -> Iterator[_Edit]:
    head = rule["head"]
    for part in (head.get("args", []), head.get("key"), head.get("value"), head.get("ref", [])[1:]):
        yield from _term(part, text)
    # A rule without a body has one that OPA made up, with the place of the head.
    if _is_written(rule):
        yield from _body(rule["body"], text)
    if "else" in rule:
        yield from _rule(rule["else"], text)


def _is_written(rule: Mapping[str, Any]) -> bool:
    first = rule["body"][0]
    made_up = first["terms"] if isinstance(first["terms"], dict) else {}
    return made_up.get("type") != "boolean"


def _body(body: list[Any], text: _Text) -> Iterator[_Edit]:
    for expression in body:
        start, old = text.place(expression)
        terms = expression["terms"]
        binds = isinstance(terms, dict) and "symbols" in terms
        if not binds and not _is_operator(terms, ":="):
            if expression.get("negated"):
                yield _Edit(start, old, old.removeprefix("not").lstrip(), f"`{_short(old)}` is no longer negated")
            elif not (isinstance(terms, dict) and "domain" in terms):
                yield _Edit(start, old, f"not {old}", f"`{_short(old)}` is negated")
            yield _Edit(start, old, "true", f"`{_short(old)}` is dropped")
        elif binds and terms["symbols"]:
            # Where nothing else needs what it finds.
            yield _Edit(start, old, "true", f"`{_short(old)}` is dropped")
        yield from _term(terms, text)


def _is_operator(terms: Any, operator: str) -> bool:
    return isinstance(terms, list) and base64.b64decode(terms[0]["location"]["text"]).decode() == operator


def _term(node: Any, text: _Text) -> Iterator[_Edit]:
    """The changes in a term, a list of them, or what comes with ``some`` and ``every``."""
    if isinstance(node, list):
        for inner in node:
            yield from _term(inner, text)
    elif isinstance(node, Mapping):
        kind = node.get("type")
        if kind in ("number", "string", "boolean"):
            yield from _constant(node, text)
        elif kind == "ref":
            yield from _reference(node["value"], text)
        elif kind is not None:
            yield from _term(node["value"], text)
        else:
            # A comprehension, `some`, or `every`.
            for key, inner in node.items():
                if key == "body":
                    yield from _body(inner, text)
                elif key != "location":
                    yield from _term(inner, text)


def _reference(parts: list[Any], text: _Text) -> Iterator[_Edit]:
    """An operator, or a path: names in it belong to the document's shape, but places in lists are constants."""
    start, old = text.place(parts[0]) if "location" in parts[0] else (0, "")
    for new in OPERATORS.get(old, ()):
        yield _Edit(start, old, new, f"`{old}` becomes `{new}`")
    for part in parts:
        if part.get("type") != "string":
            yield from _term(part, text)


def _constant(node: Mapping[str, Any], text: _Text) -> Iterator[_Edit]:
    if "location" not in node:
        return  # Not written: the `true` of a rule that says no value.
    start, old = text.place(node)
    value = node["value"]
    if isinstance(value, bool):
        new = json.dumps(not value)
    elif isinstance(value, str):
        if " " in value or old[:1] not in ('"', "`"):
            return
        new = old[0] + _MARK + old[1:]
    else:
        new = str(value + 1)
    yield _Edit(start, old, new, f"`{_short(old)}` becomes `{_short(new)}`")


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 60 else line[:59] + "…"
