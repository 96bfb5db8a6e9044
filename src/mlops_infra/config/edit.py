"""Edits of one stack file that keep its comments, order and quotes.

Flow: ruamel.yaml reads the file with the meaning that our reader gives to it (`CoreResolver`), the values are set, and the text
that comes out is read back with our own reader: it must say what the file said before, and the new values, and nothing
else. Only then is the file replaced, atomically.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Mapping
from io import StringIO
from pathlib import Path
from typing import Any, ClassVar, get_origin

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import YAMLError
from ruamel.yaml.resolver import VersionedResolver
from ruamel.yaml.scalarstring import DoubleQuotedScalarString, PlainScalarString
from ruamel.yaml.util import load_yaml_guess_indent
from yaml.nodes import ScalarNode
from yaml.resolver import Resolver

from mlops_infra import durable
from mlops_infra.config.comments import give_tail, last_key, take_tail
from mlops_infra.config.fields import is_section, merges_by_name, type_at
from mlops_infra.config.node import IDENTITIES, Plain, dotted, plain
from mlops_infra.config.node import Path as KeyPath
from mlops_infra.config.problems import ConfigError, Problem
from mlops_infra.config.reader import read_bytes, reads_as_text
from mlops_infra.config.suggest import closest

_TAG = "tag:yaml.org,2002:"
_WIDTH = 10_000
_YAML_1_1: Any = Resolver()
_YAML_1_1_BOOLEANS = {"y", "Y", "n", "N"}  # which PyYAML's rules lack


class CoreResolver(VersionedResolver):
    """ruamel.yaml's resolver with the YAML 1.2 core schema as our reader has it: no timestamps, no ``0b``, no ``1_000``."""

    RULES: ClassVar[tuple[tuple[str, re.Pattern[str], tuple[str, ...]], ...]] = (
        ("null", re.compile(r"(~|null|Null|NULL|)\Z"), ("~", "n", "N", "")),
        ("bool", re.compile(r"(true|True|TRUE|false|False|FALSE)\Z"), tuple("tTfF")),
        ("int", re.compile(r"([-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+)\Z"), tuple("-+0123456789")),
        (
            "float",
            re.compile(r"([-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?)\Z"),
            tuple("-+.0123456789"),
        ),
    )

    @property
    def versioned_resolver(self) -> Any:
        """The rules by first character, in the form that ruamel.yaml asks for."""
        found: dict[str, list[tuple[str, re.Pattern[str]]]] = {}
        for tag, form, starts in self.RULES:
            for start in starts:
                found.setdefault(start, []).append((_TAG + tag, form))
        return found


def set_value(file: Path, path: KeyPath, value: Plain) -> None:
    """`set_values` for one value."""
    set_values(file, {path: value})


def set_values(file: Path, changes: Mapping[KeyPath, Plain]) -> None:
    """Sets values in a stack file; all of them or none.

    Arguments: `file` to change; `changes`: new values by key path. Entries of lists are given by number or by name; an entry of a
    list that merges by name which this file does not have yet is made, and so are mappings on the way.
    Raises `ConfigError` if the file cannot be read, if the model has no such key, or if the value cannot be set without changing
    others (an anchor that is used several times).
    """
    name = f"{file.parent.name}/{file.name}"
    try:
        before = file.read_bytes()
    except OSError as error:
        raise ConfigError([Problem(f"{name} cannot be read: {error.strerror}")]) from None
    after = edited(before, changes, file=name)
    if after != before:
        durable.replace(file.resolve(), after)


def edited(before: bytes, changes: Mapping[KeyPath, Plain], *, file: str) -> bytes:
    """The bytes of a stack file with values set; `set_values` without the disk. `file` is the name that errors show."""
    tree = read_bytes(before, file=file, layer=Path(file).stem)
    expected: Any = plain(tree)
    yaml, root = _parsed(before, file)
    for path, value in changes.items():
        _known(path)
        for data, fresh in ((expected, copy.deepcopy(value)), (root, _styled(value))):
            _set(data, path, fresh)
    text = StringIO()
    yaml.dump(root, text)
    after = text.getvalue().encode()
    if plain(read_bytes(after, file=file, layer=Path(file).stem)) != expected:
        paths = ", ".join(dotted(path) for path in changes)
        raise ConfigError(
            [Problem(f"{paths} cannot be set without changing other values of {file}")],
            hint="if the file uses anchors there, write the values out; or edit it by hand",
        )
    return after


def read_alike(text: str) -> Any:
    """What ruamel.yaml makes of a stack file's text with our rules; tests compare it with our reader."""
    return _parsed(text.encode(), "text")[1]


def _parsed(data: bytes, file: str) -> tuple[YAML, Any]:
    yaml = YAML()
    yaml.Resolver = CoreResolver
    yaml.preserve_quotes = True
    yaml.width = _WIDTH
    yaml.allow_duplicate_keys = False
    try:
        root, indent, dash = load_yaml_guess_indent(data.decode(), yaml=yaml)
    except YAMLError:
        message = f"{file} is written in a way that cannot be edited here"
        raise ConfigError([Problem(message)], hint="edit it by hand") from None
    mapping = indent if dash is None and indent else 2
    yaml.indent(mapping=mapping, sequence=indent or 4, offset=dash if dash is not None else 2)
    return yaml, root


def _known(path: KeyPath) -> None:
    for depth in range(1, len(path) + 1):
        if type_at(path[:depth]) is None:
            section = type_at(path[: depth - 1])
            keys = list(section.model_fields) if is_section(section) else []
            message = f"there is no key {path[depth - 1]!r} here"
            suggestion = closest(path[depth - 1], keys)
            raise ConfigError([Problem(message, path[:depth], None, ", ".join(keys) or None, suggestion)])
    if not path:
        raise ConfigError([Problem("a stack file as a whole cannot be set")])


def _set(data: Any, path: KeyPath, value: Any) -> None:
    grown, tail = None, None
    for depth, part in enumerate(path[:-1]):
        if grown is None and _grows(data, part):
            grown, tail = data, take_tail(data, last_key(data))
        data = _inside(data, part, path[: depth + 1])
    last: Any = path[-1]
    if isinstance(data, list):
        last = _number(data, path[-1])
        if last is None:
            last, value = len(data), _entry(path, value)
    if grown is None and _grows(data, path[-1]):
        grown, tail = data, take_tail(data, last_key(data))
    elif grown is None and _holds(data, last):
        tail = take_tail(data, last)
    if isinstance(data, list) and last == len(data):
        data.append(value)
    else:
        data[last] = value
    if tail is not None:
        holder, key = (data, last) if grown is None else (grown, last_key(grown))
        give_tail(holder, key, tail)


def _grows(data: Any, part: str | int) -> bool:
    """Whether a new last entry of a ruamel.yaml collection is about to be made."""
    if not isinstance(data, CommentedMap | CommentedSeq) or not data or data.fa.flow_style():
        return False
    return _number(data, part) is None if isinstance(data, CommentedSeq) else part not in data


def _holds(data: Any, key: Any) -> bool:
    """Whether a ruamel.yaml collection has an entry at `key` that is a collection itself."""
    if not isinstance(data, CommentedMap | CommentedSeq):
        return False
    there = key < len(data) if isinstance(data, CommentedSeq) else key in data
    return there and isinstance(data[key], dict | list)


def _inside(data: Any, part: str | int, path: KeyPath) -> Any:
    """The collection at `part` of `data`, made if it is missing."""
    fresh: Any = CommentedSeq() if get_origin(type_at(path)) is list else CommentedMap()
    if isinstance(data, list):
        number = _number(data, part)
        if number is None:
            if not isinstance(part, str) or not merges_by_name(type_at(path[:-1])):
                raise _missing(path)
            data.append(CommentedMap(name=_styled(part)))
            number = len(data) - 1
        found = data[number]
    elif data.get(part) is None:
        data[part] = found = fresh
    else:
        found = data[part]
    if not isinstance(found, dict | list):
        raise ConfigError([Problem("there is a single value where a collection belongs", path)])
    return found


def _entry(path: KeyPath, value: Any) -> Any:
    """A new entry of a list that merges by name."""
    if not isinstance(value, dict) or not isinstance(path[-1], str) or not merges_by_name(type_at(path[:-1])):
        raise _missing(path)
    entry = CommentedMap(name=_styled(path[-1]))
    entry.update(value)
    return entry


def _missing(path: KeyPath) -> ConfigError:
    return ConfigError([Problem("the file has no such entry", path)], hint="add the entry to the file first")


def _number(data: list[Any], part: str | int) -> int | None:
    if isinstance(part, int):
        return part if 0 <= part < len(data) else None
    for key in IDENTITIES:
        for number, entry in enumerate(data):
            if isinstance(entry, dict) and entry.get(key) == part:
                return number
    return None


def _styled(value: Any) -> Any:
    """The value with quotes around texts that would mean something else without them, here or in YAML 1.1."""
    if isinstance(value, dict):
        return CommentedMap((key, _styled(child)) for key, child in value.items())
    if isinstance(value, list):
        entries = CommentedSeq(_styled(child) for child in value)
        if not any(isinstance(child, dict | list) for child in value):
            entries.fa.set_flow_style()
        return entries
    if isinstance(value, str):
        elsewhere = _YAML_1_1.resolve(ScalarNode, value, (True, False)) == f"{_TAG}str"
        safe = reads_as_text(value) and elsewhere and value not in _YAML_1_1_BOOLEANS
        return PlainScalarString(value) if safe else DoubleQuotedScalarString(value)
    return value
