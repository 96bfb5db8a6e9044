"""Layers: a stack file names the files that it builds on, and the trees merge into one.

Rules (docs/configuration.md tells them to users):

- ``extends: [a.yaml, b.yaml]`` names files in the same folder; later ones win over earlier ones, the file itself over
  all. A file that is reached twice counts once, where it is reached first.
- Mappings merge key by key. ``key: null`` takes away what lower layers said; the key's default holds then.
- Lists of mappings that all have a ``name`` merge by name: known names merge in place, new ones are appended in their
  order. ``$remove: true`` beside the name takes an entry of a lower layer away. All other lists replace.
- Scalars replace, and so does a value of another kind.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from mlops_infra.config.node import Node
from mlops_infra.config.problems import ConfigError, Problem
from mlops_infra.config.reader import Budget, read_layer
from mlops_infra.config.suggest import Known

EXTENDS = "extends"
REMOVE = "$remove"
MAX_LAYERS = 32


@dataclass(frozen=True)
class Merged:
    """One environment's tree, the names of its layers (lowest first), and the mistakes found while they merged."""

    tree: Node
    layers: tuple[str, ...]
    problems: tuple[Problem, ...]


class Folder:
    """The stack files of a folder, each read once, all out of one budget of values."""

    def __init__(self, stacks: Path) -> None:
        self.stacks = stacks
        self._trees: dict[str, Node] = {}
        self._budget = Budget()

    def tree(self, file: str) -> Node:
        """The tree of one file. Callers do not change it. Raises `ConfigError`."""
        if file not in self._trees:
            shown_as = f"{self.stacks.name}/{file}"
            self._trees[file] = read_layer(self.stacks / file, shown_as=shown_as, budget=self._budget)
        return self._trees[file]

    def merged(self, name: str, only: frozenset[str] | None = None) -> Merged:
        """Environment `name` with all its layers; with `only`, just those keys of the top level.

        Raises `ConfigError` for layers that cannot be read or found, or that extend each other in a circle.
        """
        order: list[tuple[str, Node]] = []
        unread: list[Problem] = []
        self._collect(f"{name}.yaml", order, unread, (), None)
        if unread:
            raise ConfigError(unread)
        problems: list[Problem] = []
        tree = order[-1][1].with_value({})
        for _, layer in order:
            tree = _merge(tree, layer if only is None else _part(layer, only), (), problems)
        return Merged(tree, tuple(layer for layer, _ in order), tuple(problems))

    def _collect(
        self,
        file: str,
        order: list[tuple[str, Node]],
        unread: list[Problem],
        chain: tuple[str, ...],
        by: Node | None,
    ) -> None:
        origin = by.origin() if by else None
        if file in chain:
            circle = " → ".join([*chain[chain.index(file) :], file])
            raise ConfigError([Problem(f"layers extend each other in a circle: {circle}", (EXTENDS,), origin)])
        if any(layer == file for layer, _ in order):
            return
        if len(chain) + len(order) >= MAX_LAYERS:
            raise ConfigError([Problem(f"more than {MAX_LAYERS} layers", (EXTENDS,), origin)])
        if by is not None and not (self.stacks / file).is_file():
            files = Known(sorted(path.name for path in self.stacks.glob("*.yaml")))
            message = f"there is no layer {file!r}"
            unread.append(Problem(message, (EXTENDS,), origin, files.listed(), files.closest(file)))
            return
        try:
            tree = self.tree(file)
        except ConfigError as error:
            unread.extend(error.problems)
            return
        assert isinstance(tree.value, dict)  # noqa: S101 - the reader returns mappings only
        own = {key: node for key, node in tree.value.items() if key != EXTENDS}
        if EXTENDS in tree.value:
            for entry in _entries(tree.value[EXTENDS], self.stacks):
                self._collect(str(entry.value), order, unread, (*chain, file), entry)
        order.append((file, tree.with_value(own)))


def _part(tree: Node, only: frozenset[str]) -> Node:
    keys = tree.value if isinstance(tree.value, dict) else {}
    return tree.with_value({key: node for key, node in keys.items() if key in only})


def _files(stacks: Path) -> str:
    return ", ".join(sorted(path.name for path in stacks.glob("*.yaml"))) or "none"


def _entries(extends: Node, stacks: Path) -> list[Node]:
    allowed = f"a list of files in the same folder: {_files(stacks)}"
    if not isinstance(extends.value, list):
        raise ConfigError([Problem("not a list", (EXTENDS,), extends.origin(), allowed)])
    for index, entry in enumerate(extends.value):
        text = entry.value
        if not isinstance(text, str) or not text.endswith(".yaml") or "/" in text or "\\" in text or "\0" in text:
            raise ConfigError([Problem("not the name of a layer", (EXTENDS, index), entry.origin(), allowed)])
    return extends.value


def _merge(low: Node, high: Node, path: tuple[str | int, ...], problems: list[Problem]) -> Node:
    if isinstance(high.value, dict):
        below = low.value if isinstance(low.value, dict) else {}
        return high.with_value(_mappings(below, high.value, path, problems))
    if isinstance(high.value, list) and _named(high.value):
        entries = low.value if isinstance(low.value, list) and _named(low.value) else []
        return high.with_value(_by_name(entries, high.value, path, problems))
    return high


def _mappings(
    low: dict[str, Node], high: dict[str, Node], path: tuple[str | int, ...], problems: list[Problem]
) -> dict[str, Node]:
    result = dict(low)
    for key, node in high.items():
        if node.value is None:
            result.pop(key, None)
        elif isinstance(node.value, dict | list):
            result[key] = _merge(result.get(key, node.with_value(None)), node, (*path, key), problems)
        else:
            result[key] = node
    return result


def _named(entries: list[Node]) -> bool:
    return bool(entries) and all(_name(entry) is not None for entry in entries)


def _name(entry: Node) -> str | None:
    if isinstance(entry.value, dict) and "name" in entry.value:
        name = entry.value["name"].value
        return name if isinstance(name, str) else None
    return None


def _by_name(low: list[Node], high: list[Node], path: tuple[str | int, ...], problems: list[Problem]) -> list[Node]:
    result = list(low)
    places = {_name(entry): index for index, entry in enumerate(result)}
    removed: set[int] = set()
    seen: set[str | None] = set()
    for index, entry in enumerate(high):
        name = _name(entry)
        assert isinstance(entry.value, dict)  # noqa: S101 - has a name, so it is a mapping
        if name in seen:
            problems.append(Problem(f"the name {name!r} is there twice in this list", (*path, index), entry.origin()))
            continue
        seen.add(name)
        mark = entry.value.get(REMOVE)
        if mark is not None:
            if mark.value is not True or len(entry.value) != 2 or name not in places:
                allowed = f"`{REMOVE}: true` beside the `name` of an entry of a lower layer, and nothing else"
                problems.append(Problem(f"{REMOVE} removes nothing", (*path, index, REMOVE), mark.origin(), allowed))
            else:
                removed.add(places[name])
        elif name in places:
            place = places[name]
            result[place] = _merge(result[place], entry, (*path, place), problems)
        else:
            result.append(_merge(entry.with_value({}), entry, (*path, index), problems))
    return [entry for index, entry in enumerate(result) if index not in removed]
