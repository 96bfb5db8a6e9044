"""How a cross-field check is declared: a generator of problems over an environment, and the key paths that it reads."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

from mlops_infra.config.model import Environment
from mlops_infra.config.node import Path
from mlops_infra.config.problems import Problem

Check: TypeAlias = Callable[[Environment], Iterator[Problem]]


@dataclass(frozen=True)
class CrossCheck:
    """One check. `reads` are patterns of key paths such as ``("datasets", "*", "name")``."""

    check: Check
    reads: tuple[tuple[str, ...], ...]

    def depends_on(self, path: Path) -> bool:
        """Whether the check would read the value at `path`, something inside of it, or what it is inside of."""
        return any(
            all(word in ("*", part) for word, part in zip(pattern, path, strict=False)) for pattern in self.reads
        )


CHECKS: list[CrossCheck] = []


def reads(*patterns: str) -> Callable[[Check], Check]:
    """Registers a check; `patterns` are the dotted key paths that it reads, with ``*`` for any entry."""

    def register(check: Check) -> Check:
        CHECKS.append(CrossCheck(check, tuple(tuple(pattern.split(".")) for pattern in patterns)))
        return check

    return register
