"""What can be wrong with stack files, as data: one `Problem` per mistake, one `ConfigError` that carries all of them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from mlops_infra.config.node import Origin, Path, dotted
from mlops_infra.errors import UsageError

_SECRET = re.compile(r"pass(word|phrase|wd)|secret|token|credential|private|key|\bpwd\b|auth", re.IGNORECASE)
_CREDENTIALS = re.compile(r"://[^/]*@|://.*\?")
"""A user, a password or a query in an address."""
_HARMLESS = frozenset({"private_cidrs", "key_rotation_days", "key_deletion_days"})
_SHOWN = 60


@dataclass(frozen=True)
class Problem:
    """One mistake: where (None if the project as a whole), under which key path, what is wrong, what is allowed, and
    the closest existing name if the mistake looks like a slip."""

    message: str
    path: Path = ()
    origin: Origin | None = None
    allowed: str | None = None
    suggestion: str | None = None

    def __str__(self) -> str:
        parts = [f"{self.origin}: " if self.origin else "", f"{dotted(self.path)}: " if self.path else "", self.message]
        if self.allowed:
            parts.append(f"; allowed: {self.allowed}")
        if self.suggestion:
            parts.append(f"; did you mean {self.suggestion!r}?")
        return "".join(parts)

    def as_json(self) -> dict[str, object]:
        """The problem for ``--output json``."""
        place = self.origin
        return {
            "file": place.file if place else None,
            "line": place.line if place else None,
            "column": place.column if place else None,
            "layer": place.layer if place else None,
            "path": dotted(self.path),
            "message": self.message,
            "allowed": self.allowed,
            "did_you_mean": self.suggestion,
        }


class ConfigError(UsageError):
    """Stack files are wrong (exit 2). `problems` holds every mistake that was found, in the order of the files."""

    def __init__(self, problems: Sequence[Problem], *, hint: str | None = None) -> None:
        self.problems = tuple(problems)
        first = self.problems[0]
        where = str(first.origin) if first.origin and len(self.problems) == 1 else None
        if len(self.problems) == 1:
            what = str(first).removeprefix(f"{where}: ") if where else str(first)
        else:
            what = "\n".join([f"{len(self.problems)} problems in the stack files:", *(f"  {p}" for p in self.problems)])
        super().__init__(what, where=where, hint=hint or "mend the stack file, then run `mlops-infra config validate`")


def is_secret(path: Path) -> bool:
    """Whether any key on the path looks as if it holds a secret; such values are never shown."""
    return any(isinstance(part, str) and part not in _HARMLESS and _SECRET.search(part) for part in path)


def shown(path: Path, value: object) -> str:
    """A rejected value for a message: quoted and shortened, or a stand-in if it may hold a secret."""
    if is_secret(path):
        return "the value (not shown)"
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list):
        return f"a list of {len(value)}" if value else "an empty list"
    if value is None:
        return "nothing (null)"
    if isinstance(value, str) and _CREDENTIALS.search(value):
        return "the address (not shown: it may hold a secret)"
    text = str(value) if isinstance(value, int | float) and not isinstance(value, bool) else repr(value)
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"
