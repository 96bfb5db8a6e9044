"""Stack files → a validated `Environment` that knows where each of its values was written.

Flow: `read_merged` (layers) → `plain` → pydantic (shape) → `rules` (what fields owe each other) → `LoadedEnvironment`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from pydantic import ValidationError

from mlops_infra.config.layers import read_merged
from mlops_infra.config.model import Environment
from mlops_infra.config.node import Node, Origin, nearest, plain
from mlops_infra.config.node import Path as KeyPath
from mlops_infra.config.problems import ConfigError, Problem
from mlops_infra.errors import UsageError


@dataclass(frozen=True)
class LoadedEnvironment:
    """A validated environment, its layers (lowest first) and the places of its values."""

    environment: Environment
    layers: tuple[str, ...]
    stacks: Path
    tree: Node = field(repr=False)

    def origin(self, path: KeyPath) -> Origin:
        """Where the value at `path` was written; for a default, where its closest written ancestor was."""
        node, found = nearest(self.tree, path)
        return node.origin() if found == path else node.key_origin()


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
    """Names of the environments in the folder `stacks`: the files that say which ``environment`` they are."""
    names = []
    for path in sorted(stacks.glob("*.yaml")):
        with path.open("rb") as file:
            if any(line.startswith(b"environment:") for line in file):
                names.append(path.stem)
    return names


def load_environment(stacks: Path, name: str) -> LoadedEnvironment:
    """Environment `name` of the folder `stacks`, merged and validated.

    Raises `ConfigError` (exit 2) with all mistakes at once, and `UsageError` if there is no such environment.
    """
    known = environments(stacks)
    if name not in known:
        raise UsageError(
            f"there is no environment {name!r}", where=str(stacks), hint=f"choose one of: {', '.join(known)}"
        )
    tree, layers = read_merged(stacks, name)
    try:
        environment = Environment.model_validate(plain(tree))
    except ValidationError as error:
        problems = []
        for detail in error.errors(include_input=False, include_url=False, include_context=False):
            node, _ = nearest(tree, detail["loc"])
            problems.append(Problem(detail["msg"], detail["loc"], node.key_origin()))
        raise ConfigError(problems) from None
    return LoadedEnvironment(environment, layers, stacks, tree)
