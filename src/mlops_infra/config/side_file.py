"""Files beside the stack files (``access.yaml``, ``pipeline.yaml``): YAML → a model, with file and line of every mistake."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from pydantic import ValidationError

from mlops_infra.config.model.types import Section
from mlops_infra.config.node import Node, nearest, plain
from mlops_infra.config.node import Path as KeyPath
from mlops_infra.config.problems import ConfigError, Problem
from mlops_infra.config.reader import read_layer

Read = TypeVar("Read", bound=Section)


@dataclass(frozen=True)
class Mistake:
    """Something that is wrong at a key path."""

    path: KeyPath
    message: str


def read_side_file(
    stacks: Path,
    name: str,
    model: type[Read],
    page: str,
    contradictions: Callable[[Read], Iterable[Mistake]] | None = None,
) -> Read | None:
    """The file `name` of a folder of stack files as `model`; None where there is no such file.

    Arguments: `page`: the page of the documentation that explains it; `contradictions`: what the model cannot say, asked once it holds.
    Raises ConfigError with file and line of every mistake.
    """
    file = stacks / name
    if not file.exists():
        return None
    shown = f"{stacks.name}/{name}"
    tree = read_layer(file, shown_as=shown)
    try:
        read = model.model_validate(plain(tree))
    except ValidationError as error:
        mistakes = [Mistake(item["loc"], _short(item["msg"])) for item in error.errors(include_input=False)]
    else:
        mistakes = list(contradictions(read)) if contradictions else []
        if not mistakes:
            return read
    raise ConfigError([_problem(tree, mistake) for mistake in mistakes], hint=f"mend {shown}; {page} explains it")


def _short(message: str) -> str:
    text = message.removeprefix("Value error, ")
    return text[:1].lower() + text[1:]


def _problem(tree: Node, mistake: Mistake) -> Problem:
    node, _ = nearest(tree, mistake.path)
    return Problem(mistake.message, mistake.path, node.key_origin())
