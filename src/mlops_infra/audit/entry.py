"""One line of a ledger: what it says, and the bytes that its hash is over.

A line is the canonical JSON (RFC 8785) of an entry, whose members stand in the order actor, data, hash, kind, ledger, prev, seq, time, v.
``hash`` is the SHA-256 over the same bytes without the member ``hash``. As everything after ``data`` has a fixed form without quotes
inside, the member can be found from the line's end: a hash is checked on the bytes as they are, and no JSON is read for it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from hashlib import sha256
from typing import Any, Final

import rfc8785

FORMAT: Final = 1
GENESIS: Final = "0" * 64
"""What the first entry names as the hash of the entry before it."""

_SEAL: Final = re.compile(
    rb',"hash":"([0-9a-f]{64})"(,"kind":"[a-z][a-z-]*","ledger":"([0-9a-f]{32})","prev":"([0-9a-f]{64})","seq":([1-9][0-9]*),'
    rb'"time":"[0-9TZ:.-]{27}","v":1\})\Z'
)
_KIND: Final = re.compile(r"[a-z][a-z-]*")


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
    """One line of the ledger. `time` is UTC in ISO 8601 with microseconds; `data` is plain JSON.

    `ledger` is the same random number in every entry of one ledger: an entry of another one is known by it.
    """

    seq: int
    time: str
    kind: str
    actor: Actor
    ledger: str
    prev: str
    hash: str
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Seal:
    """What binds a line to its ledger and to the line before, as the line says it; `true` if the hash is the one of its bytes."""

    hash: bytes
    ledger: bytes
    prev: bytes
    seq: int
    true: bool


def line_of(
    *, seq: int, time: str, kind: str, actor: Actor, ledger: str, prev: str, data: Mapping[str, Any]
) -> tuple[bytes, Entry]:
    """A new entry and its line, without the newline. Raises ValueError for a kind that is no word of small letters and hyphens."""
    if _KIND.fullmatch(kind) is None:
        raise ValueError(f"{kind!r} is no kind of entry")
    body: dict[str, Any] = {
        "v": FORMAT,
        "seq": seq,
        "time": time,
        "kind": kind,
        "actor": asdict(actor),
        "ledger": ledger,
        "data": dict(data),
        "prev": prev,
    }
    digest = sha256(rfc8785.dumps(body)).hexdigest()
    line = rfc8785.dumps({**body, "hash": digest})
    return line, parse(line)


def seal_of(line: bytes) -> Seal | None:
    """The seal of a line without its newline; None where it does not have the form of an entry."""
    found = _SEAL.search(line, max(0, len(line) - _SEAL_BYTES))
    if found is None:
        return None
    own, rest, ledger, prev, seq = found.groups()
    digest = sha256(line[: found.start()])
    digest.update(rest)
    return Seal(own, ledger, prev, int(seq), digest.hexdigest().encode() == own)


_SEAL_BYTES: Final = 512
"""More than the part of a line from ``hash`` on can be long."""


def parse(line: bytes) -> Entry:
    """The entry of a line; the hash is not checked. Raises KeyError, TypeError or ValueError where it is none."""
    told = json.loads(line)
    if told["v"] != FORMAT:
        raise ValueError(f"format {told['v']}")
    return Entry(
        seq=int(told["seq"]),
        time=str(told["time"]),
        kind=str(told["kind"]),
        actor=Actor.parse(told["actor"]),
        ledger=str(told["ledger"]),
        prev=str(told["prev"]),
        hash=str(told["hash"]),
        data=dict(told["data"]),
    )
