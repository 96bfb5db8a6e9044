"""A value of a stack file together with where it was written.

The reader makes a tree of `Node`s, layers merge such trees, and everything that speaks about a value afterwards
(errors, `config show --origins`, the graph's origins) looks its place up in the merged tree. `plain` strips the
places off.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import TypeAlias

_LONGEST = 80

Scalar: TypeAlias = str | int | float | bool | None
Plain: TypeAlias = "Scalar | list[Plain] | dict[str, Plain]"
Path: TypeAlias = tuple[str | int, ...]
"""A key path: ``("teams", 0, "quota", "cpu")``."""


@dataclass(frozen=True)
class Origin:
    """Where a value was written: file as the user may open it, line and column counted from 1, and the layer's name."""

    file: str
    line: int
    column: int
    layer: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


class Node:
    """One value: a scalar, a list of nodes or a mapping of keys to nodes, and the place of the value and of its key.

    `line` and `column` count from 0 as libyaml does; `key_line` is -1 where the value has no key. Slots and plain
    attributes instead of a dataclass of Origins: a file of 1,000 teams has 60,000 of these.
    """

    __slots__ = ("column", "file", "key_column", "key_line", "layer", "line", "value")

    def __init__(
        self,
        value: Scalar | list[Node] | dict[str, Node],
        file: str,
        layer: str,
        line: int,
        column: int,
        key_line: int = -1,
        key_column: int = -1,
    ) -> None:
        self.value = value
        self.file = file
        self.layer = layer
        self.line = line
        self.column = column
        self.key_line = key_line
        self.key_column = key_column

    def origin(self) -> Origin:
        """Where the value starts."""
        return Origin(self.file, self.line + 1, self.column + 1, self.layer)

    def key_origin(self) -> Origin:
        """Where the value's key starts, or the value itself if it has none."""
        if self.key_line < 0:
            return self.origin()
        return Origin(self.file, self.key_line + 1, self.key_column + 1, self.layer)

    def with_value(self, value: Scalar | list[Node] | dict[str, Node]) -> Node:
        """The same place, another value."""
        return Node(value, self.file, self.layer, self.line, self.column, self.key_line, self.key_column)

    def with_key(self, key_line: int, key_column: int) -> Node:
        """The same value under another key (an alias is one value under several keys)."""
        return Node(self.value, self.file, self.layer, self.line, self.column, key_line, key_column)


def plain(node: Node) -> Plain:
    """The value without its places, ready for pydantic. The reader bounds the depth, so recursion is safe."""
    value = node.value
    if isinstance(value, dict):
        return {key: plain(child) for key, child in value.items()}
    if isinstance(value, list):
        return [plain(child) for child in value]
    return value


IDENTITIES = ("name", "dataset", "role")
"""Keys that tell the entries of a list apart, in the order in which they are tried."""


class Places:
    """Finds values by key path. Entries of lists may be given by number, or by the value of an identity key; the numbers of
    names are remembered, so that asking for each of 1,000 teams costs one pass over the list."""

    def __init__(self) -> None:
        self._numbers: dict[int, tuple[Node, dict[str, int]]] = {}

    def nearest(self, node: Node, path: Path) -> tuple[Node, Path]:
        """The node at `path`, or its closest ancestor that exists (defaults have no place), and that one's path."""
        for depth, part in enumerate(path):
            value = node.value
            child = None
            if isinstance(value, dict):
                child = value.get(part) if isinstance(part, str) else None
            elif isinstance(value, list):
                number = part if isinstance(part, int) else self._names(node).get(part, -1)
                child = value[number] if 0 <= number < len(value) else None
            if child is None:
                return node, path[:depth]
            node = child
        return node, path

    def named(self, node: Node | None, path: Path) -> Path:
        """The path with the names of entries in place of their numbers, where they have one of their own."""
        found: list[str | int] = []
        for part in path:
            value = node.value if node is not None else None
            word, child = part, None
            if isinstance(value, dict) and isinstance(part, str):
                child = value.get(part)
            elif isinstance(value, list) and isinstance(part, int) and node is not None and part < len(value):
                child, word = value[part], self._own_name(node, value[part], part)
            found.append(word)
            node = child
        return tuple(found)

    def _own_name(self, node: Node, entry: Node, number: int) -> str | int:
        keys = entry.value if isinstance(entry.value, dict) else {}
        for key in IDENTITIES:
            name = keys[key].value if key in keys else None
            if isinstance(name, str) and self._names(node).get(name) == number:
                return name
        return number

    def _names(self, node: Node) -> dict[str, int]:
        # The node is kept beside its numbers, so that its id is not given to another one.
        known = self._numbers.get(id(node))
        if known is None:
            known = self._numbers[id(node)] = (node, _numbered(node))
        return known[1]


def _numbered(node: Node) -> dict[str, int]:
    entries = node.value if isinstance(node.value, list) else []
    for key in IDENTITIES:
        names = [
            entry.value[key].value if isinstance(entry.value, dict) and key in entry.value else None
            for entry in entries
        ]
        once = {name for name, count in Counter(name for name in names if isinstance(name, str)).items() if count == 1}
        if once:
            return {name: number for number, name in enumerate(names) if isinstance(name, str) and name in once}
    return {}


def nearest(node: Node, path: Path) -> tuple[Node, Path]:
    """`Places.nearest` for a single question."""
    return Places().nearest(node, path)


_WORD = re.compile(r"[A-Za-z0-9_$-]+")


def dotted(path: Path) -> str:
    """A key path for people: ``teams.claims-fraud.flows[0].port``; keys that are no plain words stand in brackets."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        elif _WORD.fullmatch(part):
            text += f".{part}" if text else part
        else:
            text += f"[{part[:_LONGEST]!r}]"
    return text
