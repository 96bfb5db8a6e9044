"""Checkpoints: how long a ledger was at a moment, and the hash of its last entry then. Kept where the ledger's keeper cannot rewrite them.

A chain alone cannot show that its end was cut off, or that all of it was written anew. A checkpoint can: it is signed, and lies in the
audit bucket under object lock. Here is only what it says; `operations.checkpoints` makes, signs, stores and reads them.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Annotated, Literal

import rfc8785
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from mlops_infra.audit.entry import Entry
from mlops_infra.errors import UsageError

_Hash = Annotated[str, StringConstraints(pattern=re.compile(r"^[0-9a-f]{64}$"))]


class Checkpoint(BaseModel):
    """What is signed. `count` is the number of entries, `head` the hash of the last of them, `time` when it was written (UTC)."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    version: Literal[1] = 1
    environment: str = Field(min_length=1, max_length=64)
    ledger: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{32}$")]
    count: Annotated[int, Field(ge=1)]
    head: _Hash
    time: str

    @classmethod
    def at(cls, environment: str, last: Entry, now: datetime) -> Checkpoint:
        """The checkpoint of a ledger that ends with `last`."""
        return cls(
            environment=environment,
            ledger=last.ledger,
            count=last.seq,
            head=last.hash,
            time=now.isoformat(timespec="seconds"),
        )

    def statement(self) -> bytes:
        """The bytes to sign: canonical JSON (RFC 8785)."""
        return rfc8785.dumps(self.model_dump())


class SignedCheckpoint(BaseModel):
    """A checkpoint and an SSH signature over its statement, None where nobody had a key (on the sandbox)."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    checkpoint: Checkpoint
    signature: str | None = None

    def to_bytes(self) -> bytes:
        """As it is stored."""
        return self.model_dump_json(indent=2).encode() + b"\n"

    @classmethod
    def parse(cls, data: bytes, where: str) -> SignedCheckpoint:
        """What is stored. Raises UsageError where `data` is no checkpoint; `where` says for people where it came from."""
        try:
            return cls.model_validate_json(data)
        except ValidationError:
            raise UsageError(
                "this is no checkpoint of a ledger",
                where=where,
                hint="`mlops-infra audit checkpoint` writes them",
            ) from None
