"""The JSON documents of `audit`, and how they are made. `audit report` prints its own (`audit.report.Report`)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from pydantic import Field

from mlops_infra.cli.documents import Document, Part

if TYPE_CHECKING:
    from mlops_infra.audit import Entry
    from mlops_infra.operations.audit import Fetched, Verification
    from mlops_infra.operations.checkpoints import Stored
    from mlops_infra.operations.erasure import Forgotten


class FaultPart(Part):
    tampering: str = Field(
        description="`edited`, `foreign`, `deleted`, `reordered`, `repeated`, `rewritten` or `truncated`."
    )
    seq: int = Field(description="The first entry that is wrong.")
    line: int | None = Field(description="Its line in the file; null for what is not there.")
    what: str


class CheckpointSeenPart(Part):
    where: str
    time: str = Field(description="UTC, ISO 8601.")
    count: int = Field(description="How many entries the ledger had.")
    signer: str | None = Field(description="Whose key signed it; null without a signature.")


class LedgerVerificationDocument(Document):
    """`audit verify`."""

    environment: str
    file: str
    intact: bool
    entries: int = Field(description="Entries that are intact, from the first on.")
    head: str | None = Field(description="The hash of the last of them.")
    checkpoints: list[CheckpointSeenPart]
    fault: FaultPart | None


class EntryPart(Part):
    seq: int
    time: str = Field(description="UTC, ISO 8601.")
    kind: str
    actor: dict[str, Any]
    data: dict[str, Any]
    hash: str


class LogDocument(Document):
    """`audit log`."""

    environment: str
    entries: list[EntryPart] = Field(description="Oldest first.")


class FetchDocument(Document):
    """`audit fetch`."""

    environment: str
    where: str | None = Field(description="Where machines share the ledger; null where this one keeps it itself.")
    new: int = Field(description="Entries that this machine did not know yet.")
    entries: int = Field(description="All entries.")
    head: str | None = Field(description="The hash of the last one.")


class CheckpointDocument(Document):
    """`audit checkpoint`."""

    environment: str
    where: str
    count: int
    head: str
    time: str
    signed: bool


class ForgottenDocument(Document):
    """`audit forget`."""

    pseudonym: str = Field(description="Stays in the ledger, and is nobody's any more.")
    environments: list[str] = Field(description="Whose ledgers record it.")


def verification_document(found: Verification) -> LedgerVerificationDocument:
    """`audit verify`."""
    verified = found.verified
    return LedgerVerificationDocument(
        environment=found.environment,
        file=found.ledger,
        intact=verified.intact,
        entries=verified.entries,
        head=verified.head,
        checkpoints=[
            CheckpointSeenPart(
                where=seen.stored.where,
                time=seen.stored.signed.checkpoint.time,
                count=seen.stored.signed.checkpoint.count,
                signer=seen.signer.principal if seen.signer else None,
            )
            for seen in found.checkpoints
        ],
        fault=FaultPart(**asdict(verified.fault)) if verified.fault else None,
    )


def fetched_document(found: Fetched) -> FetchDocument:
    """`audit fetch`."""
    return FetchDocument(**asdict(found))


def log_document(environment: str, entries: Iterable[Entry]) -> LogDocument:
    """`audit log`."""
    return LogDocument(
        environment=environment,
        entries=[
            EntryPart(seq=e.seq, time=e.time, kind=e.kind, actor=asdict(e.actor), data=dict(e.data), hash=e.hash)
            for e in entries
        ],
    )


def checkpoint_document(stored: Stored) -> CheckpointDocument:
    """`audit checkpoint`."""
    point = stored.signed.checkpoint
    return CheckpointDocument(
        environment=point.environment,
        where=stored.where,
        count=point.count,
        head=point.head,
        time=point.time,
        signed=stored.signed.signature is not None,
    )


def forgotten_document(done: Forgotten) -> ForgottenDocument:
    """`audit forget`."""
    return ForgottenDocument(pseudonym=done.pseudonym, environments=list(done.environments))
