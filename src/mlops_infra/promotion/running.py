"""What runs in an environment, by its ledger: which release, since when, by whom; and what ran before.

Every function takes the entries newest first and looks only as far back as it must.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from mlops_infra.audit import Actor, Entry
from mlops_infra.operations.record import OBSERVED, RESULT

DEPLOYS: Final = frozenset({"up", "promote", "rollback", "abort"})
"""Operations whose success says which release runs."""
DISTURBS: Final = DEPLOYS | {"destroy", "sandbox reset", "state restore", "state move", "state import"}
"""Operations after which it is not sure what runs, unless they deployed a release and succeeded."""
FRESH: Final = timedelta(minutes=10)
"""How long a look for drift counts: whoever waits for approvals asks again and again."""


@dataclass(frozen=True)
class Running:
    """A release that runs. `since` is UTC: without a break; deployments of the same release are no break."""

    release: str
    since: datetime
    by: str
    operation: str


def running(newest_first: Iterable[Entry]) -> Running | None:
    """What surely runs now; None where nothing was recorded, or where the last operation left doubt."""
    found: Running | None = None
    for entry, release in _told(newest_first):
        if release is None or (found is not None and release != found.release):
            break
        here = Running(release, moment(entry), who(entry.actor), str(entry.data.get("operation", "")))
        found = here if found is None else replace(found, since=here.since, by=here.by, operation=here.operation)
    return found


def recorded(newest_first: Iterable[Entry]) -> str | None:
    """The release that was deployed last with success, also where something later left doubt about what runs."""
    return next((release for _, release in _told(newest_first) if release is not None), None)


def previous(newest_first: Iterable[Entry]) -> str | None:
    """The release that ran before the one that was recorded last."""
    last: str | None = None
    for _, release in _told(newest_first):
        if release is not None and last is not None and release != last:
            return release
        last = last or release
    return None


def looks_count(newest_first: Iterable[Entry], now: datetime) -> float:
    """For how many seconds a look for drift counts at `now`: as long as it is fresh, and not from before somebody took data or state away.

    Deployments are no reason to look again: the engine knows what it looked at for them, and what it wrote.
    """
    for entry in newest_first:
        age = now - moment(entry)
        if age > FRESH:
            break
        if entry.data.get("operation") in DISTURBS - DEPLOYS and entry.kind != OBSERVED:
            return age.total_seconds()
    return FRESH.total_seconds()


def moment(entry: Entry) -> datetime:
    """When an entry was written."""
    return datetime.fromisoformat(entry.time)


def who(actor: Actor) -> str:
    """An actor as people see it: the proved name, or else the user of a machine."""
    return actor.identity or f"{actor.user}@{actor.host}"


def _told(entries: Iterable[Entry]) -> Iterator[tuple[Entry, str | None]]:
    """The entries that say something of what runs, each with the release that runs after it, None where that is not sure."""
    for entry in entries:
        operation = entry.data.get("operation")
        release = entry.data.get("release")
        if entry.kind == RESULT and operation in DISTURBS:
            deployed = operation in DEPLOYS and entry.data.get("result") == "succeeded"
            yield entry, str(release) if deployed and release else None
        elif entry.kind == OBSERVED and operation == "up" and release:
            yield entry, str(release)
