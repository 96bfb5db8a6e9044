"""Is a ledger what was written? Read from the first line on, offline; the first entry that is wrong is named, and what became of it.

Steps for each line: 1. it has the form of an entry and its hash is the one of its bytes (else *edited*) 2. it belongs to this ledger (else
*foreign*) 3. it has the next number (else *deleted*, *reordered* or *repeated*) 4. it follows the line before (else that one was *edited*
and got a new hash) 5. it is the one that a checkpoint saw (else *rewritten*). At the end: 6. no checkpoint saw more (else *truncated*).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

from mlops_infra.audit.checkpoint import Checkpoint
from mlops_infra.audit.entry import GENESIS, Seal, seal_of
from mlops_infra.errors import UsageError

Tampering: TypeAlias = Literal["edited", "foreign", "deleted", "reordered", "repeated", "rewritten", "truncated"]


@dataclass(frozen=True)
class Fault:
    """The first thing that is wrong: what was done, to which entry, in which line (None for what is not there)."""

    tampering: Tampering
    seq: int
    line: int | None
    what: str


@dataclass(frozen=True)
class Verified:
    """What was found. `entries` that are intact, from the first on; `head` the hash of the last of them; `checkpoints` that agree."""

    entries: int
    head: str | None
    ledger: str | None
    checkpoints: int
    fault: Fault | None

    @property
    def intact(self) -> bool:
        """Whether nothing is wrong."""
        return self.fault is None


def verify(path: Path, checkpoints: Sequence[Checkpoint] = ()) -> Verified:
    """Check a ledger's file, and that it still holds what `checkpoints` saw.

    Reads line by line, so that memory does not grow with the file. Raises UsageError where the file cannot be read; one that is not
    there has no entries.
    """
    chain = _Chain(path, checkpoints)
    for number, line in enumerate(_lines(path), 1):
        fault = chain.follow(line, number)
        if fault is not None:
            return chain.verified(fault)
    return chain.verified(chain.cut_off())


class _Chain:
    """How far the ledger was found to be intact."""

    def __init__(self, path: Path, checkpoints: Sequence[Checkpoint]) -> None:
        self._path = path
        self._seen = {point.count: point for point in sorted(checkpoints, key=lambda point: point.time, reverse=True)}
        self._ledger = checkpoints[0].ledger.encode() if checkpoints else None
        self._count, self._head, self._agreed = 0, GENESIS.encode(), 0

    def follow(self, line: bytes, number: int) -> Fault | None:
        """Take the next line, or say what is wrong with it."""
        seal = seal_of(line[:-1])
        if seal is None or not seal.true:
            return _torn_or_edited(line, number, self._count + 1)
        if self._ledger is None:
            self._ledger = seal.ledger
        if seal.ledger != self._ledger:
            return Fault("foreign", self._count + 1, number, f"line {number} is an entry of another ledger")
        if seal.seq != self._count + 1:
            return _misplaced(self._path, seal, number, self._count + 1)
        if seal.prev != self._head:
            return _unchained(self._count, number)
        return self._taken(seal, number)

    def _taken(self, seal: Seal, number: int) -> Fault | None:
        point = self._seen.get(seal.seq)
        if point is not None and point.head.encode() != seal.hash:
            return _rewritten(point, number, [count for count in self._seen if count < seal.seq])
        self._count, self._head = seal.seq, seal.hash
        self._agreed += point is not None
        return None

    def cut_off(self) -> Fault | None:
        """What a checkpoint saw beyond the last line."""
        longest = max(self._seen, default=0)
        if longest <= self._count:
            return None
        what = f"{_gone(self._count + 1, longest)}: the checkpoint of {self._seen[longest].time} saw {longest}"
        return Fault("truncated", self._count + 1, None, what)

    def verified(self, fault: Fault | None) -> Verified:
        """The result."""
        head = self._head.decode() if self._count else None
        return Verified(self._count, head, self._ledger.decode() if self._ledger else None, self._agreed, fault)


def _lines(path: Path) -> Iterator[bytes]:
    try:
        with path.open("rb", buffering=1 << 20) as file:
            yield from file
    except FileNotFoundError:
        return
    except OSError as error:
        raise UsageError(f"the ledger cannot be read: {error.strerror}", where=str(path)) from None


def _torn_or_edited(line: bytes, number: int, seq: int) -> Fault:
    if not line.endswith(b"\n"):
        return Fault("truncated", seq, number, f"line {number} has no end: a write was cut short, or the file was")
    return Fault("edited", seq, number, f"entry {seq} (line {number}) does not match its hash")


def _misplaced(path: Path, seal: Seal, number: int, expected: int) -> Fault:
    """What became of entry `expected`, in whose place `seal` stands. Reads the file once more."""
    others = ((line, seal_of(text[:-1])) for line, text in enumerate(_lines(path), 1) if line != number)
    if seal.seq < expected:
        twin = next((other for line, other in others if line < number and other and other.seq == seal.seq), None)
        if twin is not None and twin.hash == seal.hash:
            return Fault("repeated", seal.seq, number, f"entry {seal.seq} stands again in line {number}")
        return Fault("edited", seal.seq, number, f"line {number} is a second, other entry {seal.seq}")
    later = next((line for line, other in others if line > number and other and other.seq == expected), None)
    if later is not None:
        return Fault("reordered", expected, later, f"entry {expected} stands in line {later}, after entry {seal.seq}")
    return Fault("deleted", expected, None, f"{_gone(expected, seal.seq - 1)}: line {number} is entry {seal.seq}")


def _gone(first: int, last: int) -> str:
    return f"entry {first} is gone" if first == last else f"entries {first} to {last} are gone"


def _unchained(count: int, number: int) -> Fault:
    if count == 0:
        return Fault("edited", 1, number, "the first entry names an entry before it")
    what = f"entry {count + 1} was written after another entry {count} than the one that is there"
    return Fault("edited", count, number - 1, what)


def _rewritten(point: Checkpoint, number: int, agreed: list[int]) -> Fault:
    since = max(agreed, default=0) + 1
    what = f"entry {point.count} is not the one that the checkpoint of {point.time} saw: something from entry {since} on was written anew"
    return Fault("rewritten", since, number, what)
