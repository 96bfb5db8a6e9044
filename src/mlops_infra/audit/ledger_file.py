"""The file of a ledger: lines that are only added, read from either end, and durable against a crash at any point.

A line counts once its newline is on the disk. What a crash left after the last newline is moved to ``<file>.torn``; a last entry whose
hash does not match is never built upon.
"""

from __future__ import annotations

import mmap
import os
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any

from filelock import FileLock

from mlops_infra import durable
from mlops_infra.audit.entry import Entry, parse, seal_of
from mlops_infra.errors import OperationError


class LedgerError(OperationError):
    """The ledger cannot be read or extended."""


class LedgerFile:
    """One environment's ledger, to be read; `Ledger` writes. Reading needs no lock and no network."""

    def __init__(self, path: Path) -> None:
        self.path = path

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

    def mentions(self, word: str) -> bool:
        """Whether any entry holds a word (of ASCII letters, digits and hyphens), in whatever member."""
        return any(word.encode() in line for line in self._lines())

    # What writers need

    @contextmanager
    def _turn(self, seconds: float) -> Iterator[None]:
        """Hold the file against other writers of this machine. Raises LedgerError where one does not finish, or the disk refuses."""
        try:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with FileLock(f"{self.path}.lock", timeout=seconds, mode=0o600):
                yield
        except OSError as error:
            raise LedgerError(
                f"the ledger cannot be written: {error.strerror or error}",
                where=str(self.path),
                hint="nothing is done that cannot be recorded; make the file writable and run again",
            ) from error

    def _last_intact(self) -> tuple[bytes, Entry] | None:
        """The last line and its entry. Raises LedgerError where its hash does not match."""
        line = next(self._lines_backwards(), None)
        if line is None:
            return None
        last, seal = self._parse(line), seal_of(line)
        if seal is None or not seal.true:
            raise LedgerError(
                f"the last entry ({last.seq}) does not match its hash: somebody changed the ledger",
                where=str(self.path),
                hint="keep the file as evidence; restore the ledger from a copy before going on",
            )
        return line, last

    def _append(self, lines: bytes) -> None:
        """Add whole lines and wait until they are on the disk."""
        made = not self.path.exists()
        handle = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        with os.fdopen(handle, "ab", buffering=0) as file:
            left = memoryview(lines)
            while left:
                left = left[file.write(left) :]
            os.fsync(file.fileno())
        if made:
            durable.sync(self.path.parent)

    def _set_torn_tail_aside(self) -> dict[str, Any] | None:
        """Move what a crash left behind the last newline to ``<file>.torn``; returns what it was, for an entry."""
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
            return parse(line)
        except (ValueError, KeyError, TypeError) as error:
            raise LedgerError(
                "the ledger holds a line that is no entry",
                where=str(self.path),
                hint="keep the file as evidence; restore the ledger from a copy before going on",
            ) from error
