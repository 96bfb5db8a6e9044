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

from pathlib import Path

from mlops_infra.config.node import Node
from mlops_infra.config.problems import ConfigError, Problem
from mlops_infra.config.reader import read_layer

EXTENDS = "extends"
REMOVE = "$remove"
MAX_LAYERS = 32


def read_merged(stacks: Path, name: str) -> tuple[Node, tuple[str, ...]]:
    """The merged tree of environment `name` in the folder `stacks`, and the names of its layers, lowest first.

    Raises `ConfigError` for unreadable files, unknown or cyclic layers, and marks that remove nothing.
    """
    order: list[tuple[str, Node]] = []
    _collect(stacks, f"{name}.yaml", order, (), None)
    problems: list[Problem] = []
    merged = order[0][1].with_value({})
    for _, tree in order:
        merged = _merge(merged, tree, (), problems)
    if problems:
        raise ConfigError(problems)
    return merged, tuple(layer for layer, _ in order)


def _collect(stacks: Path, file: str, order: list[tuple[str, Node]], chain: tuple[str, ...], by: Node | None) -> None:
    if file in chain:
        message = f"layers extend each other in a circle: {' → '.join([*chain[chain.index(file) :], file])}"
        raise ConfigError([Problem(message, (EXTENDS,), by.origin() if by else None)])
    if any(layer == file for layer, _ in order):
        return
    if len(chain) + len(order) >= MAX_LAYERS:
        raise ConfigError([Problem(f"more than {MAX_LAYERS} layers", (EXTENDS,), by.origin() if by else None)])
    if by is not None and not (stacks / file).is_file():
        raise ConfigError([Problem(f"there is no layer {file!r}", (EXTENDS,), by.origin(), _files(stacks))])
    tree = read_layer(stacks / file, shown_as=f"{stacks.name}/{file}")
    assert isinstance(tree.value, dict)  # noqa: S101 - the reader returns mappings only
    extends = tree.value.pop(EXTENDS, None)
    if extends is not None:
        for entry in _entries(extends, stacks):
            _collect(stacks, str(entry.value), order, (*chain, file), entry)
    order.append((file, tree))


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
