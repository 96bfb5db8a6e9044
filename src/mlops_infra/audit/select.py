"""Choosing entries of a ledger."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from datetime import datetime

from mlops_infra.audit.entry import Actor, Entry
from mlops_infra.audit.ledger_file import LedgerFile


@dataclass(frozen=True)
class Filter:
    """What an entry must be to be chosen; None lets everything through.

    `by` is an actor's proved name, their user, or ``USER@HOST``, and `pseudonym` what stands for them; `since` and `until` have a zone and
    are included; `last` keeps the newest so many.
    """

    kind: str | None = None
    operation: str | None = None
    by: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    last: int | None = None
    pseudonym: str | None = None

    def takes(self, entry: Entry) -> bool:
        """Whether an entry is chosen; `last` is not asked."""
        time = datetime.fromisoformat(entry.time)
        return (
            self.kind in (None, entry.kind)
            and self.operation in (None, entry.data.get("operation"))
            and self._by(entry.actor)
            and (self.since is None or time >= self.since)
            and (self.until is None or time <= self.until)
        )

    def _by(self, actor: Actor) -> bool:
        names = {actor.identity, actor.user, f"{actor.user}@{actor.host}"}
        return self.by is None or self.by in names or (self.pseudonym is not None and self.pseudonym in names)


def selected(ledger: LedgerFile, wanted: Filter) -> tuple[Entry, ...]:
    """The chosen entries, oldest first. Raises LedgerError at a line that is no entry."""
    return tuple(deque((entry for entry in ledger.entries() if wanted.takes(entry)), maxlen=wanted.last))
