"""Stack files → a validated `Environment` that knows where each of its values was written.

Flow: `Folder` (layers) → `shape` (pydantic) → `rules` (what fields and environments owe each other) → `LoadedEnvironment`.

One command loads the same environments many times, as each room asks for what it needs. So the last ones are kept, by the contents of all
files of the folder; values are immutable, and who asks again after an edit gets what the files say then.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from hashlib import file_digest
from pathlib import Path
from typing import Final, TypeAlias

from mlops_infra.config.layers import Folder, Merged
from mlops_infra.config.model import Environment
from mlops_infra.config.node import Node, Origin, Places
from mlops_infra.config.node import Path as KeyPath
from mlops_infra.config.problems import ConfigError, Problem
from mlops_infra.config.rules import broken
from mlops_infra.config.rules.folder import COMPARED, between
from mlops_infra.config.shape import shape
from mlops_infra.config.suggest import Known
from mlops_infra.errors import UsageError

KEPT: Final = 16
"""So many loaded environments are kept in memory: those of a project, as they are and as a promotion would have them."""

_Contents: TypeAlias = tuple[tuple[str, bytes], ...]


@dataclass(frozen=True)
class LoadedEnvironment:
    """A validated environment, its layers (lowest first) and the places of its values."""

    environment: Environment
    layers: tuple[str, ...]
    stacks: Path
    tree: Node = field(repr=False)
    _places: Places = field(default_factory=Places, repr=False, compare=False)

    def origin(self, path: KeyPath) -> Origin:
        """Where the value at `path` was written; for a default, where its closest written ancestor was.

        Entries of lists may be given by number or by name: ``("datasets", "claims-history", "retention")``.
        """
        node, found = self._places.nearest(self.tree, path)
        return node.origin() if found == path else node.key_origin()

    def written(self, path: KeyPath) -> Origin | None:
        """Where the value at `path` was written, None if it is a default. Entries of lists as in `origin`."""
        node, found = self._places.nearest(self.tree, path)
        return node.origin() if found == path else None


def find_stacks(start: Path) -> Path:
    """The folder ``stacks`` with stack files in `start` or the closest folder above it.

    Raises `UsageError` if there is none.
    """
    for folder in (start.resolve(), *start.resolve().parents):
        if (folder / "stacks").is_dir() and any((folder / "stacks").glob("*.yaml")):
            return folder / "stacks"
    raise UsageError(
        f"no folder `stacks` with stack files in {start} or above it",
        hint="go to a project, say `--stacks DIR`, or make a project with `mlops-infra init DIR`",
    )


def environments(stacks: Path) -> list[str]:
    """Names of the environments in the folder `stacks`: the files with a line that starts with ``environment:``.

    Raises `ConfigError` if a file cannot be opened.
    """
    names = []
    for path in sorted(stacks.glob("*.yaml")):
        if not path.is_file():
            continue
        try:
            with path.open("rb") as file:
                if any(line.startswith(b"environment:") for line in file):
                    names.append(path.stem)
        except OSError as error:
            raise ConfigError([Problem(f"{stacks.name}/{path.name} cannot be read: {error.strerror}")]) from None
    return names


_loaded: Final[OrderedDict[tuple[str, str, _Contents], LoadedEnvironment]] = OrderedDict()


def load_environment(stacks: Path, name: str) -> LoadedEnvironment:
    """Environment `name` of the folder `stacks`, merged and validated.

    Raises `ConfigError` (exit 2) with all mistakes at once, and `UsageError` if there is no such environment.
    """
    contents = _contents(stacks)
    kept = _loaded.get((stacks.name, name, contents))
    if kept is not None:
        return replace(kept, stacks=stacks)
    loaded = _load(stacks, name)
    if contents and _contents(stacks) == contents:  # Nobody wrote meanwhile.
        _loaded[stacks.name, name, contents] = loaded
        while len(_loaded) > KEPT:
            _loaded.popitem(last=False)
    return loaded


def _contents(stacks: Path) -> _Contents:
    """Names and SHA-256 of all files that an environment of the folder could be made of; empty where one cannot be read."""
    found = []
    try:
        for path in sorted(filter(Path.is_file, stacks.glob("*.yaml"))):
            with path.open("rb") as file:
                found.append((path.name, file_digest(file, "sha256").digest()))
    except OSError:
        return ()
    return tuple(found)


def _load(stacks: Path, name: str) -> LoadedEnvironment:
    known = _existing(stacks, name)
    folder = Folder(stacks)
    merged = folder.merged(name)
    environment, problems = _judged(merged, name)
    trees = {other: tree for other in known if (tree := _tree(folder, merged, name, other)) is not None}
    problems.extend(problem for problem in _between_others(trees, name))
    if problems or environment is None:
        raise ConfigError(_ordered(problems))
    return LoadedEnvironment(environment, merged.layers, stacks, merged.tree)


def validate(stacks: Path, name: str | None = None) -> list[Problem]:
    """Every mistake in environment `name` of the folder `stacks`, or in all of its environments; empty if all is well.

    A mistake in a layer that several environments share is told once. Raises `UsageError` if there is no such environment,
    or none at all.
    """
    known = _existing(stacks, name)
    folder = Folder(stacks)
    problems: list[Problem] = []
    trees: dict[str, Node] = {}
    for other in known:
        asked = name is None or other == name
        try:
            merged = folder.merged(other, None if asked else COMPARED)
        except ConfigError as error:
            problems.extend(error.problems if asked else ())
            continue
        trees[other] = merged.tree
        if asked:
            problems.extend(_judged(merged, other)[1])
    problems.extend(_between_others(trees, name) if name else (problem for _, problem in between(trees)))
    return _ordered(problems)


def _existing(stacks: Path, name: str | None) -> list[str]:
    known = environments(stacks)
    if name is not None and name not in known:
        names = Known(known)
        guess = names.closest(name)
        hint = f"did you mean {guess!r}?" if guess else f"choose one of: {names.listed()}"
        raise UsageError(f"there is no environment {name!r}", where=str(stacks), hint=hint)
    if not known:
        raise UsageError(
            "the folder holds no environment", where=str(stacks), hint="an environment's file says `environment: NAME`"
        )
    return known


def _judged(merged: Merged, name: str) -> tuple[Environment | None, list[Problem]]:
    shaped = shape(merged.tree)
    problems = [*merged.problems, *shaped.problems]
    if shaped.environment is not None:
        problems.extend(broken(shaped.environment, name, merged.tree, shaped.stand_ins))
    places = Places()
    return shaped.environment, [replace(problem, path=places.named(merged.tree, problem.path)) for problem in problems]


def _ordered(problems: Iterable[Problem]) -> list[Problem]:
    """Each problem once, in the order of files and lines."""
    return sorted(
        dict.fromkeys(problems),
        key=lambda problem: (
            (problem.origin.file, problem.origin.line, problem.origin.column) if problem.origin else ("", 0, 0)
        ),
    )


def _tree(folder: Folder, merged: Merged, name: str, other: str) -> Node | None:
    if other == name:
        return merged.tree
    try:
        return folder.merged(other, COMPARED).tree
    except ConfigError:
        return None  # The other environment's own mistakes are no reason to stop this one; `validate` tells them.


def _between_others(trees: dict[str, Node], name: str) -> list[Problem]:
    """What is wrong between environment `name` and the others, told at its own places."""
    if name not in trees:
        return []
    ordered = {other: tree for other, tree in trees.items() if other != name}
    ordered[name] = trees[name]
    return [problem for place, problem in between(ordered) if place == name]
