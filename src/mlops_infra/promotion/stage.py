"""A copy of ``stacks/`` in which some stack files say something else: what would be, before anything is changed.

The copy lies in ``.mlops-infra/promotions/<environment>/`` under the same folder name, so that places in it are told as in the original.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from mlops_infra.config import LoadedEnvironment, load_environment
from mlops_infra.errors import OperationError
from mlops_infra.operations.ports import Context
from mlops_infra.promotion.journal import folder

_LEFT_OUT: Final = ("releases", "data", "schema")


@dataclass(frozen=True)
class Staged:
    """An environment as the copy describes it; `context` reads the copy."""

    context: Context
    loaded: LoadedEnvironment


@contextmanager
def staged(context: Context, environment: str, files: Mapping[str, str]) -> Iterator[Staged]:
    """The stack files with other texts for some of them, by name; gone when the context ends.

    Raises ConfigError where the edited file is not valid, OperationError where the copy cannot be made.
    """
    stacks = context.project.stacks
    place = folder(context.project) / environment
    copy = place / stacks.name
    try:
        shutil.rmtree(place, ignore_errors=True)
        shutil.copytree(stacks, copy, ignore=_unneeded(stacks))
        for name, text in files.items():
            (copy / name).write_bytes(text.encode())
    except OSError as error:
        raise OperationError(f"the stack files cannot be copied: {error.strerror}", where=str(copy)) from error
    try:
        inside = replace(context, project=replace(context.project, stacks=copy))
        yield Staged(inside, load_environment(copy, environment))
    finally:
        shutil.rmtree(place, ignore_errors=True)


def text_of(stacks: Path, environment: str) -> str:
    """What a stack file says. Raises OperationError where it cannot be read."""
    file = stacks / f"{environment}.yaml"
    try:
        return file.read_bytes().decode()
    except (OSError, UnicodeDecodeError) as error:
        raise OperationError(f"the stack file cannot be read: {type(error).__name__}", where=str(file)) from error


def _unneeded(stacks: Path) -> Callable[[str, list[str]], set[str]]:
    def ignore(at: str, names: list[str]) -> set[str]:
        return {name for name in names if name in _LEFT_OUT} if Path(at) == stacks else set()

    return ignore
