"""The JSON documents of `approve` and `receipt`, and how they are made from what promotion gives."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from pydantic import Field

from mlops_infra.cli.documents import Document, Part
from mlops_infra.promotion.approvals import Approval

if TYPE_CHECKING:
    from mlops_infra.promotion.approving import Listed, Looked


class ApprovalPart(Part):
    counts: bool
    person: str | None = Field(description="Name in `access.yaml`, as far as it is known.")
    roles: list[str] = Field(description="Roles of the person in the environment.")
    at: str | None = Field(description="When it was made (UTC).")
    comment: str | None
    reason: str | None = Field(description="Why it does not count, as a code.")
    what: str | None = Field(description="The same as a sentence.")


class AblePart(Part):
    person: str
    roles: list[str] = Field(description="Those of their roles that the pipeline asks for.")


class ReceiptDocument(Document):
    """`receipt show`."""

    digest: str = Field(description="What approvals sign.")
    used_by: str | None = Field(description="The machine that promoted with it; null while it is open.")
    receipt: dict[str, Any] = Field(
        description="All that the digest covers; values stand as digests (docs/promotion.md)."
    )
    delta: dict[str, Any] = Field(
        description="What would change: versions, configuration, resources, verdict, waivers."
    )
    approvals: list[ApprovalPart]
    waits: list[str] | None = Field(description="What it still takes from people; null where that was not decided.")
    undecided: str | None = Field(description="Why it was not decided.")
    able: list[AblePart] = Field(description="Who could approve it still.")
    next_command: str = Field(description="What deploys it once nothing is missing.")


class ReceiptLinePart(Part):
    digest: str
    environment: str
    kind: str = Field(description="`promotion` or `rollback`.")
    source: str | None = Field(description="Where the release comes from.")
    release: str
    requester: str
    requested: str = Field(description="UTC, ISO 8601.")
    approved_by: list[str] = Field(description="People whose approvals count.")
    used_by: str | None = Field(description="The machine that promoted with it; null while it is open.")


class ReceiptsDocument(Document):
    """`receipt list`."""

    receipts: list[ReceiptLinePart] = Field(description="Newest first.")


class ApproveDocument(Document):
    """`approve`."""

    receipt: str
    environment: str
    person: str
    roles: list[str]
    fingerprint: str
    at: str
    waits: list[str] | None = Field(description="What it still takes from people; null where that was not decided.")
    next_command: str = Field(description="What deploys it once nothing is missing.")


def receipt_document(looked: Looked) -> ReceiptDocument:
    return ReceiptDocument(
        digest=looked.receipt.digest,
        used_by=looked.used_by,
        receipt=looked.receipt.document(),
        delta=looked.delta.document(),
        approvals=[
            ApprovalPart(
                counts=True,
                person=entry.person,
                roles=list(entry.roles),
                at=entry.at.isoformat(),
                comment=entry.comment,
                reason=None,
                what=None,
            )
            if isinstance(entry, Approval)
            else ApprovalPart(
                counts=False, person=entry.who, roles=[], at=None, comment=None, reason=entry.reason, what=entry.what
            )
            for entry in looked.approvals
        ],
        waits=None if looked.waits is None else list(looked.waits),
        undecided=looked.undecided,
        able=[AblePart(person=name, roles=list(roles)) for name, roles in looked.able.items()],
        next_command=looked.next_command,
    )


def receipts_document(found: Sequence[Listed]) -> ReceiptsDocument:
    return ReceiptsDocument(
        receipts=[
            ReceiptLinePart(
                digest=one.receipt.digest,
                environment=one.receipt.environment,
                kind=one.receipt.kind,
                source=one.receipt.source,
                release=one.receipt.release,
                requester=one.receipt.requester,
                requested=one.receipt.requested,
                approved_by=list(one.people),
                used_by=one.used_by,
            )
            for one in found
        ]
    )


def approve_document(made: Approval, looked: Looked) -> ApproveDocument:
    return ApproveDocument(
        receipt=looked.receipt.digest,
        environment=looked.receipt.environment,
        person=made.person,
        roles=list(made.roles),
        fingerprint=made.fingerprint,
        at=made.at.isoformat(),
        waits=None if looked.waits is None else list(looked.waits),
        next_command=looked.next_command,
    )
