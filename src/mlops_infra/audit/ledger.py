"""An append-only file of JSON lines, each bound to the one before it by SHA-256.

A line is the canonical JSON (RFC 8785) of an entry; ``hash`` is the SHA-256 over the canonical JSON of the entry without ``hash``, and
``prev`` the hash of the entry before (64 zeros for the first). A line counts once its newline is on the disk. What a crash left after
the last newline is moved to ``<file>.torn`` and noted by an entry; a last entry whose hash does not match is never built upon.
"""

from __future__ import annotations

import json
import mmap
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import rfc8785
from filelock import FileLock

from mlops_infra.errors import OperationError

FORMAT: Final = 1
GENESIS: Final = "0" * 64
RECOVERED: Final = "recovered"
_LOCK_SECONDS: Final = 10.0


class LedgerError(OperationError):
    """The ledger cannot be read or extended."""


@dataclass(frozen=True)
class Actor:
    """Who acts: the operating system's user name, the host's name and the process id, and who that was proved to be.

    `identity` is the actor's name in ``stacks/access.yaml``, None where nobody proved anything; `how` is ``ssh``, ``oidc`` or ``local``.
    With pseudonyms `user` and `identity` hold the person's pseudonym.
    """

    user: str
    host: str
    pid: int
    identity: str | None = None
    verified: bool = False
    how: str = "local"

    @classmethod
    def parse(cls, told: Mapping[str, Any]) -> Actor:
        """The actor of an entry as JSON. Raises KeyError, TypeError or ValueError where it is none."""
        identity = told["identity"]
        if not isinstance(told["verified"], bool):
            raise TypeError("verified")
        return cls(
            str(told["user"]),
            str(told["host"]),
            int(told["pid"]),
            None if identity is None else str(identity),
            told["verified"],
            str(told["how"]),
        )


@dataclass(frozen=True)
class Entry:
    """One line of the ledger. `time` is UTC in ISO 8601 with microseconds; `data` is plain JSON."""

    seq: int
    time: str
    kind: str
    actor: Actor
    prev: str
    hash: str
    data: Mapping[str, Any] = field(default_factory=dict)


def _now() -> datetime:
    return datetime.now(UTC)


class Ledger:
    """One environment's ledger. Reading needs no lock; writers take turns through ``<file>.lock``."""

    def __init__(self, path: Path, clock: Callable[[], datetime] = _now) -> None:
        self.path = path
        self._clock = clock

    def append(self, kind: str, data: Mapping[str, Any], actor: Actor) -> Entry:
        """Add an entry and wait until it is on the disk.

        `data` must be plain JSON without secrets. Raises LedgerError where the last entry does not match its hash, where the file
        cannot be written, or where another writer does not finish within 10 s.
        """
        try:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with FileLock(f"{self.path}.lock", timeout=_LOCK_SECONDS, mode=0o600):
                torn = self._set_torn_tail_aside()
                if torn is not None:
                    self._write(RECOVERED, torn, actor)
                return self._write(kind, data, actor)
        except OSError as error:
            raise LedgerError(
                f"the ledger cannot be written: {error.strerror or error}",
                where=str(self.path),
                hint="nothing is done that cannot be recorded; make the file writable and run again",
            ) from error

    def entries(self) -> Iterator[Entry]:
        """All complete entries, oldest first. Raises LedgerError at a line that is no entry; hashes are not checked here."""
        for line in self._lines():
            yield self._parse(line)

    def last(self, kind: str) -> Entry | None:
        """The newest entry of one kind."""
        return next((entry for entry in self.newest_first() if entry.kind == kind), None)

    def newest_first(self) -> Iterator[Entry]:
        """All complete entries, newest first."""
        for line in self._lines_backwards():
            yield self._parse(line)

    # How it is kept

    def _write(self, kind: str, data: Mapping[str, Any], actor: Actor) -> Entry:
        last = next(self.newest_first(), None)
        if last is not None and _digest(_body(last)) != last.hash:
            raise LedgerError(
                f"the last entry ({last.seq}) does not match its hash: somebody changed the ledger",
                where=str(self.path),
                hint="keep the file as evidence; restore the ledger from a copy before going on",
            )
        body: dict[str, Any] = {
            "v": FORMAT,
            "seq": 1 if last is None else last.seq + 1,
            "time": self._clock().astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
            "kind": kind,
            "actor": asdict(actor),
            "data": dict(data),
            "prev": GENESIS if last is None else last.hash,
        }
        entry: dict[str, Any] = {**body, "hash": _digest(body)}
        self._append_line(rfc8785.dumps(entry) + b"\n")
        return self._parse(rfc8785.dumps(entry))

    def _append_line(self, line: bytes) -> None:
        made = not self.path.exists()
        handle = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        with os.fdopen(handle, "ab", buffering=0) as file:
            left = memoryview(line)
            while left:
                left = left[file.write(left) :]
            os.fsync(file.fileno())
        if made:
            folder = os.open(self.path.parent, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)

    def _set_torn_tail_aside(self) -> dict[str, Any] | None:
        try:
            content = self.path.open("r+b")
        except FileNotFoundError:
            return None
        with content as file:
            size = file.seek(0, os.SEEK_END)
            if size == 0:
                return None
            with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as view:
                whole = view.rfind(b"\n") + 1
                torn = view[whole:]
            if not torn:
                return None
            aside = self.path.with_name(f"{self.path.name}.torn")
            handle = os.open(aside, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
            with os.fdopen(handle, "ab") as kept:
                kept.write(torn + b"\n")
                kept.flush()
                os.fsync(kept.fileno())
            file.truncate(whole)
            os.fsync(file.fileno())
        return {"bytes": len(torn), "sha256": sha256(torn).hexdigest(), "moved_to": aside.name}

    def _lines(self) -> Iterator[bytes]:
        try:
            file = self.path.open("rb")
        except FileNotFoundError:
            return
        with file:
            for line in file:
                if line.endswith(b"\n"):
                    yield line[:-1]

    def _lines_backwards(self) -> Iterator[bytes]:
        try:
            file = self.path.open("rb")
        except FileNotFoundError:
            return
        with file:
            if file.seek(0, os.SEEK_END) == 0:
                return
            with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as view:
                end = view.rfind(b"\n")
                while end >= 0:
                    start = view.rfind(b"\n", 0, end)
                    yield view[start + 1 : end]
                    end = start

    def _parse(self, line: bytes) -> Entry:
        try:
            told = json.loads(line)
            if told["v"] != FORMAT:
                raise ValueError(f"format {told['v']}")
            return Entry(
                seq=int(told["seq"]),
                time=str(told["time"]),
                kind=str(told["kind"]),
                actor=Actor.parse(told["actor"]),
                prev=str(told["prev"]),
                hash=str(told["hash"]),
                data=dict(told["data"]),
            )
        except (ValueError, KeyError, TypeError) as error:
            raise LedgerError(
                "the ledger holds a line that is no entry",
                where=str(self.path),
                hint="keep the file as evidence; restore the ledger from a copy before going on",
            ) from error


def _body(entry: Entry) -> dict[str, Any]:
    return {
        "v": FORMAT,
        "seq": entry.seq,
        "time": entry.time,
        "kind": entry.kind,
        "actor": asdict(entry.actor),
        "data": dict(entry.data),
        "prev": entry.prev,
    }


def _digest(body: Mapping[str, Any]) -> str:
    return sha256(rfc8785.dumps(dict(body))).hexdigest()
