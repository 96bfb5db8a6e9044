"""An append-only ledger of JSON lines, each bound to the one before it by SHA-256 (`audit.entry` has their form).

It is a file of this machine, or entries that machines share, of which the file then is a mirror. Shared entries are written by whoever is
first at a number; the others take over what is there and try the next one::

    append:  compare and pull (once) → put entry n where nothing is → write it to the file
                     ▲                          │ somebody was first
                     └──────── pull ◀───────────┘

A crash between the last two steps leaves the file behind, and the next pull brings it up to date.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, Protocol

from mlops_infra.audit.entry import GENESIS, Actor, Entry, line_of, seal_of
from mlops_infra.audit.ledger_file import LedgerError, LedgerFile

RECOVERED: Final = "recovered"
_LOCK_SECONDS: Final = 10.0
_SHARED_LOCK_SECONDS: Final = 120.0
"""A turn may wait for the network, too."""
_ATTEMPTS: Final = 50
"""How often somebody else may be first at an entry: of all who try at once one succeeds, so this many must be at it for one to give up."""
_BATCH: Final = 256
"""Pulled lines between two waits for the disk."""


class SharedEntries(Protocol):
    """The entries of one ledger where machines share them. Every method raises LedgerError where they cannot be reached."""

    @property
    def where(self) -> str:
        """The place, for people."""

    def put_new(self, seq: int, line: bytes) -> bool:
        """Write entry `seq` where there is none; False where there is one, which stays."""

    def get(self, seq: int) -> bytes | None:
        """The line of an entry; None where there is none."""

    def after(self, seq: int) -> Iterator[tuple[int, bytes]]:
        """Numbers and lines of the entries behind `seq`, in their order."""


def _now() -> datetime:
    return datetime.now(UTC)


class Ledger(LedgerFile):
    """One environment's ledger. Writers of one machine take turns through ``<file>.lock``.

    With `shared` the file is a mirror: `append` and `refresh` bring it up to date, and reading shows it as it is.
    """

    def __init__(self, path: Path, clock: Callable[[], datetime] = _now, shared: SharedEntries | None = None) -> None:
        super().__init__(path)
        self._clock = clock
        self._shared = shared
        self._compared = False

    @property
    def shared_at(self) -> str | None:
        """Where the shared entries lie; None where the ledger is this file."""
        return self._shared.where if self._shared else None

    def append(self, kind: str, data: Mapping[str, Any], actor: Actor) -> Entry:
        """Add an entry and wait until it is on the disk, and first among the shared entries where there are any.

        `data` must be plain JSON without secrets. Raises LedgerError where the last entry does not match its hash, where the file
        cannot be written, where another writer does not finish (10 s), and where the mirror is not the one of the shared entries or these
        cannot be reached.
        """
        with self._turn(_SHARED_LOCK_SECONDS if self._shared else _LOCK_SECONDS):
            torn = self._set_torn_tail_aside()
            if self._shared is not None:
                # What was torn from a mirror is whole among the shared entries.
                return self._append_shared(self._shared, kind, data, actor)
            if torn is not None:
                self._append_here(RECOVERED, torn, actor)
            return self._append_here(kind, data, actor)

    def refresh(self) -> int:
        """Take over what others wrote; returns how many entries that were. 0 without shared entries. Raises LedgerError as `append`."""
        if self._shared is None:
            return 0
        with self._turn(_SHARED_LOCK_SECONDS):
            self._set_torn_tail_aside()
            return self._pull(self._shared)

    def _append_here(self, kind: str, data: Mapping[str, Any], actor: Actor) -> Entry:
        line, entry = self._next(kind, data, actor)
        self._append(line + b"\n")
        return entry

    def _append_shared(self, shared: SharedEntries, kind: str, data: Mapping[str, Any], actor: Actor) -> Entry:
        if not self._compared:
            self._pull(shared)
        for _ in range(_ATTEMPTS):
            line, entry = self._next(kind, data, actor)
            if shared.put_new(entry.seq, line):
                self._append(line + b"\n")
                return entry
            # The answer to a write of ours may have been lost, and the write sent again.
            ours = shared.get(entry.seq) == line
            self._pull(shared)
            if ours:
                return entry
        raise LedgerError(
            f"others were first {_ATTEMPTS} times, and this was not recorded",
            where=shared.where,
            hint="nothing is done that cannot be recorded; run it again",
        )

    def _next(self, kind: str, data: Mapping[str, Any], actor: Actor) -> tuple[bytes, Entry]:
        found = self._last_intact()
        last = found[1] if found else None
        return line_of(
            seq=1 if last is None else last.seq + 1,
            time=self._clock().astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
            kind=kind,
            actor=actor,
            ledger=secrets.token_hex(16) if last is None else last.ledger,
            prev=GENESIS if last is None else last.hash,
            data=data,
        )

    def _pull(self, shared: SharedEntries) -> int:
        """Compare the end of the mirror with what is shared, and take over what comes behind it; returns how many entries that were."""
        found = self._last_intact()
        if found is not None and (there := shared.get(found[1].seq)) != found[0]:
            raise self._differs(shared, found[1], there)
        self._compared = True
        last = found[1] if found else None
        pulled, batch = 0, []
        for seq, line in shared.after(last.seq if last else 0):
            last = self._follower(shared, last, seq, line)
            batch.append(line + b"\n")
            pulled += 1
            if len(batch) == _BATCH:
                self._append(b"".join(batch))
                batch.clear()
        if batch:
            self._append(b"".join(batch))
        return pulled

    def _follower(self, shared: SharedEntries, last: Entry | None, seq: int, line: bytes) -> Entry:
        seal = seal_of(line)
        head, count = (last.hash, last.seq) if last else (GENESIS, 0)
        fits = (
            seal is not None
            and seal.true
            and b"\n" not in line
            and seal.seq == seq == count + 1
            and seal.prev == head.encode()
            and (last is None or seal.ledger == last.ledger.encode())
        )
        if not fits:
            raise LedgerError(
                f"shared entry {seq} does not follow entry {count}: it was changed, or entries between them are gone",
                where=shared.where,
                hint=f"keep both as evidence; {self.path} holds the {count} entries before it",
            )
        return self._parse(line)

    def _differs(self, shared: SharedEntries, last: Entry, there: bytes | None) -> LedgerError:
        seal = seal_of(there) if there is not None else None
        ours = f"entry {last.seq} of ledger {last.ledger} here (hash {last.hash})"
        if there is None:
            what = f"{ours} is not among the shared entries"
        elif seal is None:
            what = f"{ours} is no entry among the shared ones"
        else:
            what = f"{ours} is one of ledger {seal.ledger.decode()} there (hash {seal.hash.decode()})"
        return LedgerError(
            what,
            where=f"{self.path} and {shared.where}",
            hint="keep both as evidence; if the shared ones are right, move the file away, and it is made anew",
        )
