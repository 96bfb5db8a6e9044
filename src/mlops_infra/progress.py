"""How a room says what it is doing, without knowing about terminals.

Rooms call a `Progress`; `cli` turns the calls into a live display on a terminal and into plain lines elsewhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol


@dataclass(frozen=True)
class Step:
    """One thing being done. `key` identifies it (a later Step with the same key replaces it), `text` says it to a person,
    `done` ends it, `log` names a file that holds its long output."""

    key: str
    text: str
    done: bool = False
    failed: bool = False
    log: Path | None = None


class Progress(Protocol):
    """Receives steps; must not raise and must be safe to call from several threads."""

    def __call__(self, step: Step) -> None: ...


def silent(step: Step) -> None:
    """A Progress that shows nothing."""
