"""Bytes of a stack file → a tree of `Node`s: YAML 1.2 core schema, read with libyaml's fast event stream.

Why events and not `yaml.load`: PyYAML's constructor has YAML 1.1 meaning (``no`` is false, ``012`` is ten, dates become
objects), drops the places, and its composer recurses in C as deep as the file says. Here every limit is checked as the
events come in, so a hostile file costs bounded time and memory.

Decisions (docs/configuration.md tells them to users):

- Plain scalars mean what the YAML 1.2 core schema says (https://yaml.org/spec/1.2.2/#103-core-schema). Two things that
  it allows are refused, because readers disagree on them: numbers with leading zeros, and not-a-number or infinity.
- No explicit tags, no merge keys (``<<``), no ``%`` directives, one document per file, keys are strings, no key twice.
- Anchors and aliases are allowed; what they expand to counts towards the limit on values.
"""

from __future__ import annotations

import re
import stat
from collections.abc import Iterator
from pathlib import Path

import yaml
from yaml import events

from mlops_infra.config.node import Node, Origin, Scalar
from mlops_infra.config.problems import ConfigError, Problem

MAX_BYTES = 8 * 1024 * 1024
MAX_VALUES = 500_000
MAX_DEPTH = 40
MAX_SCALAR = 64 * 1024
MAX_FOLDER_VALUES = 1_000_000

_BOOLEANS = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_NULLS = {"", "~", "null", "Null", "NULL"}
_INT = re.compile(r"[-+]?[0-9]+")
_OCTAL = re.compile(r"0o[0-7]+")
_HEX = re.compile(r"0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_NOT_A_NUMBER = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")
_LEADING_ZERO = re.compile(r"[-+]?0[0-9]+")
_NUMERIC_START = frozenset("0123456789+-.")
_INT64 = 2**63
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class Budget:
    """How many values the files of a folder may still expand to, so that many layers cost no more than a large one."""

    def __init__(self, values: int = MAX_FOLDER_VALUES) -> None:
        self.values = values


def read_layer(path: Path, *, shown_as: str | None = None, budget: Budget | None = None) -> Node:
    """The tree of one stack file.

    Arguments: `path` of the file; `shown_as`: the name that errors and origins show (default: the path); `budget` that the
    file's values are taken from.
    Raises `ConfigError` with the place of the first mistake: a stream that is not YAML has no second one to be sure of.
    """
    name = shown_as or str(path)
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            raise ConfigError([Problem(f"{name} is not a file")], hint="check the name, or `extends:`")
        if status.st_size > MAX_BYTES:
            raise _problem(
                name, 0, 0, f"the file is larger than {MAX_BYTES // 1024 // 1024} MiB", "split it into layers"
            )
        data = path.read_bytes()
    except FileNotFoundError:
        raise ConfigError([Problem(f"there is no file {name}")], hint="check the name, or `extends:`") from None
    except OSError as error:
        raise ConfigError([Problem(f"{name} cannot be read: {error.strerror}")]) from None
    return read_bytes(data, file=name, layer=path.stem, budget=budget)


def read_bytes(data: bytes, *, file: str, layer: str, budget: Budget | None = None) -> Node:
    """The tree of a stack file's bytes; `file` and `layer` are what origins show. Raises `ConfigError`."""
    if len(data) > MAX_BYTES:
        raise _problem(file, 0, 0, f"the file is larger than {MAX_BYTES // 1024 // 1024} MiB", "split it into layers")
    text = _decode(data, file)
    try:
        return _Builder(file, layer, budget or Budget()).build(yaml.parse(text, Loader=_LOADER))
    except yaml.YAMLError as error:
        raise _syntax(error, file, text) from None


def read_documents(data: bytes, *, file: str) -> list[Node]:
    """The trees of a file of Kubernetes manifests, one per document that is not empty; `file` is what origins show. Raises `ConfigError`.

    Scalars mean what the API machinery reads (YAML 1.1 as in go-yaml 2: ``yes`` and ``on`` are true, ``0644`` is octal), so that nothing
    is judged as a text that the cluster takes for a switch.
    """
    if len(data) > MAX_BYTES:
        raise _problem(file, 0, 0, f"the file is larger than {MAX_BYTES // 1024 // 1024} MiB", "split it")
    text = _decode(data, file)
    try:
        return list(_Manifests(file, "", Budget()).documents(yaml.parse(text, Loader=_LOADER)))
    except yaml.YAMLError as error:
        raise _syntax(error, file, text) from None


def _decode(data: bytes, file: str) -> str:
    if data.startswith((b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")):
        raise _problem(file, 0, 0, "the file starts with a byte-order mark", "UTF-8 without a byte-order mark")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        before = data[: error.start]
        line, column = before.count(b"\n"), error.start - (before.rfind(b"\n") + 1)
        raise _problem(file, line, column, "the file is not UTF-8 text", "UTF-8 without a byte-order mark") from None
    if "\ufeff" in text:
        start = text.index("\ufeff")
        line, column = text.count("\n", 0, start), start - (text.rfind("\n", 0, start) + 1)
        raise _problem(file, line, column, "there is a byte-order mark inside of the file", "remove it")
    return text


def _problem(file: str, line: int, column: int, message: str, allowed: str | None = None) -> ConfigError:
    layer = Path(file).stem
    return ConfigError([Problem(message, origin=Origin(file, line + 1, column + 1, layer), allowed=allowed)])


def _syntax(error: yaml.YAMLError, file: str, text: str) -> ConfigError:
    # PyYAML's own text is not shown whole: its context may quote the file.
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    what = str(getattr(error, "problem", None) or getattr(error, "reason", None) or "not readable")
    line, column = (mark.line, mark.column) if mark else (0, 0)
    if isinstance(error, yaml.reader.ReaderError) and isinstance(error.position, int):
        before = text.encode()[: error.position]
        line, column = before.count(b"\n"), error.position - (before.rfind(b"\n") + 1)
    allowed = None
    lines = text.splitlines()
    if "cannot start any token" in what and "\t" in (lines[line][: column + 1] if line < len(lines) else ""):
        what, allowed = "a tab character is used for indentation or begins a value", "spaces"
    return _problem(file, line, column, f"not valid YAML: {what}", allowed)


def _place(event: events.Event) -> tuple[int, int]:
    mark = event.start_mark
    return (mark.line, mark.column) if mark else (0, 0)


class _Open:
    """A collection that is being read."""

    __slots__ = ("anchor", "before", "height", "node")

    def __init__(self, node: Node, anchor: str | None, before: int) -> None:
        self.node = node
        self.anchor = anchor
        self.before = before
        self.height = 1

    def take(self, child: Node, key: events.ScalarEvent | None, height: int) -> None:
        """Adds a value; `height` is how deep the values inside of it are nested."""
        if isinstance(self.node.value, dict) and key is not None:
            self.node.value[key.value] = child
        elif isinstance(self.node.value, list):
            self.node.value.append(child)
        if height >= self.height:
            self.height = height + 1


class _Builder:
    """Consumes events; keeps the stack of open collections itself so that depth is data, not recursion."""

    def __init__(self, file: str, layer: str, budget: Budget) -> None:
        self.file = file
        self.layer = layer
        self.budget = budget
        self.count = 0
        self.anchors: dict[str, tuple[Node, int, int]] = {}

    def fail(self, event: events.Event, message: str, allowed: str | None = None) -> ConfigError:
        line, column = _place(event)
        return _problem(self.file, line, column, message, allowed)

    def build(self, stream: Iterator[events.Event]) -> Node:
        root: Node | None = None
        for event in stream:
            if isinstance(event, events.DocumentStartEvent):
                if root is not None:
                    raise self.fail(event, "the file holds more than one document", "one document per file")
                if event.version or event.tags:
                    raise self.fail(event, "the file has a % directive", "none; files are always read as YAML 1.2")
            elif isinstance(event, events.NodeEvent):
                root = self.value(event, stream)
        self.budget.values -= self.count
        if root is None or root.value is None:
            raise _problem(self.file, 0, 0, "the file is empty", "a mapping")
        if not isinstance(root.value, dict):
            raise _problem(self.file, root.line, root.column, "the file is not a mapping", "`key: value` lines")
        return root

    def value(self, first: events.NodeEvent, stream: Iterator[events.Event]) -> Node:
        """The value that starts with `first`; reads on until it is complete."""
        open_nodes: list[_Open] = []
        pending: events.ScalarEvent | None = None
        event: events.Event = first
        while True:
            if isinstance(event, events.CollectionEndEvent):
                node = self.close(open_nodes)
            else:
                assert isinstance(event, events.NodeEvent)  # noqa: S101 - inside of a document only these come
                parent = open_nodes[-1] if open_nodes else None
                if parent is not None and isinstance(parent.node.value, dict) and pending is None:
                    pending = self.key(event, parent.node.value)
                    event = next(stream)
                    continue
                node = self.node(event, pending, len(open_nodes))
                if parent is not None:
                    parent.take(node, pending, self.height(event))
                pending = None
                if isinstance(event, events.CollectionStartEvent):
                    if len(open_nodes) >= MAX_DEPTH:
                        raise self.fail(event, f"values are nested more than {MAX_DEPTH} deep")
                    open_nodes.append(_Open(node, event.anchor, self.count - 1))
            if not open_nodes:
                return node
            event = next(stream)

    def close(self, open_nodes: list[_Open]) -> Node:
        done = open_nodes.pop()
        if done.anchor:
            self.anchors[done.anchor] = (done.node, self.count - done.before, done.height)
        if open_nodes:
            open_nodes[-1].height = max(open_nodes[-1].height, done.height + 1)
        return done.node

    def height(self, event: events.NodeEvent) -> int:
        """How deep the values inside of the one that `event` stands for are nested, as far as is known when it comes."""
        return self.anchors[str(event.anchor)][2] if isinstance(event, events.AliasEvent) else 0

    def key(self, event: events.NodeEvent, mapping: dict[str, Node]) -> events.ScalarEvent:
        if not isinstance(event, events.ScalarEvent):
            raise self.fail(event, "a key is a collection or an alias", "keys are strings")
        self.check(event)
        if event.value == "<<" and event.implicit[0]:
            raise self.fail(event, "merge keys (`<<`) are not read", "`extends:` for layers, anchors for single values")
        if not self.names(event):
            raise self.fail(event, "a key is not a string", "put it in quotes")
        if event.value in mapping:
            first = mapping[event.value].key_line + 1
            raise self.fail(event, f"the key {event.value[:60]!r} is there twice, first in line {first}")
        return event

    def names(self, event: events.ScalarEvent) -> bool:
        """Whether a key is a string without any doubt."""
        return not event.implicit[0] or isinstance(self.scalar(event), str)

    def node(self, event: events.NodeEvent, key: events.ScalarEvent | None, depth: int) -> Node:
        key_line, key_column = _place(key) if key else (-1, -1)
        if isinstance(event, events.AliasEvent):
            if event.anchor not in self.anchors:
                # The name is not shown: it may be an unquoted secret that starts with an asterisk.
                raise self.fail(event, "an alias names no finished anchor above it", "quotes around a text with `*`")
            target, size, height = self.anchors[event.anchor]
            if depth + height > MAX_DEPTH:
                raise self.fail(event, f"values are nested more than {MAX_DEPTH} deep")
            self.bump(event, size)
            return target.with_key(key_line, key_column)
        self.check(event)
        value: Scalar | list[Node] | dict[str, Node]
        if isinstance(event, events.ScalarEvent):
            value = self.scalar(event) if event.implicit[0] else event.value
        else:
            value = {} if isinstance(event, events.MappingStartEvent) else []
        line, column = _place(event)
        node = Node(value, self.file, self.layer, line, column, key_line, key_column)
        if isinstance(event, events.ScalarEvent) and event.anchor:
            self.anchors[event.anchor] = (node, 1, 0)
        return node

    def check(self, event: events.NodeEvent) -> None:
        self.bump(event, 1)
        if getattr(event, "tag", None) is not None:
            raise self.fail(event, "tags (`!`) are not read", "plain values; quote a text that starts with `!`")
        if isinstance(event, events.ScalarEvent) and len(event.value) > MAX_SCALAR:
            raise self.fail(event, f"a text is longer than {MAX_SCALAR} characters")

    def bump(self, event: events.Event, size: int) -> None:
        self.count += size
        if self.count > MAX_VALUES:
            raise self.fail(event, f"the file expands to more than {MAX_VALUES} values", "split it into layers")
        if self.count > self.budget.values:
            raise self.fail(event, f"the files of the folder expand to more than {MAX_FOLDER_VALUES} values")

    def scalar(self, event: events.ScalarEvent) -> Scalar:
        """What a plain scalar means in the YAML 1.2 core schema."""
        text: str = event.value
        if text in _NULLS:
            return None
        if text in _BOOLEANS:
            return _BOOLEANS[text]
        if text[0] not in _NUMERIC_START:
            return text
        return self.number(event, text)

    def number(self, event: events.ScalarEvent, text: str) -> Scalar:
        if _LEADING_ZERO.fullmatch(text):
            raise self.fail(
                event, "a number starts with zero", "quotes around it if it is a text, no zero if it is a number"
            )
        if _NOT_A_NUMBER.fullmatch(text):
            raise self.fail(event, "infinity and not-a-number are not read", "a finite number")
        base = 10 if _INT.fullmatch(text) else 8 if _OCTAL.fullmatch(text) else 16 if _HEX.fullmatch(text) else 0
        if base:
            number = int(text, base) if len(text) <= 70 else _INT64
            if not -_INT64 <= number < _INT64:
                raise self.fail(event, "a number does not fit into 64 bits", "quotes around it if it is a text")
            return number
        if _FLOAT.fullmatch(text):
            result = float(text)
            if result in (float("inf"), float("-inf")):
                raise self.fail(event, "a number is too large", "a finite number")
            return result
        return text


class _Manifests(_Builder):
    """Reads what ``kubectl apply`` would: several documents in a file, scalars of YAML 1.1."""

    def documents(self, stream: Iterator[events.Event]) -> Iterator[Node]:
        """Every document that holds something."""
        for event in stream:
            if isinstance(event, events.NodeEvent):
                root = self.value(event, stream)
                self.anchors.clear()
                if root.value is not None:
                    yield root

    def names(self, event: events.ScalarEvent) -> bool:  # noqa: ARG002 - every key does
        return True  # A key such as `on` or `1` becomes the text that it is written as (sigs.k8s.io/yaml).

    def scalar(self, event: events.ScalarEvent) -> Scalar:
        word = event.value.lower()
        return _SWITCHES[word] if word in _SWITCHES else super().scalar(event)

    def number(self, event: events.ScalarEvent, text: str) -> Scalar:
        octal = (
            _LEADING_ZERO.fullmatch(text) and set(text.lstrip("+-")) <= set("01234567") and len(text) < _LONGEST_OCTAL
        )
        return int(text, 8) if octal else text if _LEADING_ZERO.fullmatch(text) else super().number(event, text)


_SWITCHES = {"y": True, "yes": True, "on": True, "n": False, "no": False, "off": False}
_LONGEST_OCTAL = 20

_PLAIN_TEXT = re.compile(r"[A-Za-z0-9_./-]([A-Za-z0-9_./@+()-]|:(?=[A-Za-z0-9_./-])| (?=[A-Za-z0-9_./(-]))*")


def reads_as_text(text: str) -> bool:
    """Whether `text`, written without quotes, is read back as the same text; False where that is not quite sure."""
    if _PLAIN_TEXT.fullmatch(text) is None or text in _NULLS or text in _BOOLEANS:
        return False
    return text[0] not in _NUMERIC_START or (
        text[0] != "-"
        and not any(form.fullmatch(text) for form in (_INT, _OCTAL, _HEX, _FLOAT, _NOT_A_NUMBER, _LEADING_ZERO))
    )
