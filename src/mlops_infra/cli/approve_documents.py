"""The JSON documents of `approve` and `receipt`, and how they are made from what promotion gives."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import Field

from mlops_infra.cli.documents import Document, Part
from mlops_infra.promotion.approvals import Approval

if TYPE_CHECKING:
    from mlops_infra.promotion.approving import Looked


class ApprovalPart(Part):
    counts: bool
    person: str | None = Field(description="Name in `access.yaml`, as far as it is known.")
    roles: list[str] = Field(description="Roles of the person in the environment.")
    at: str | None = Field(description="When it was made (UTC).")
    comment: str | None
    reason: str | None = Field(description="Why it does not count, as a code.")
    what: str | None = Field(description="The same as a sentence.")


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


class ApproveDocument(Document):
    """`approve`."""

    receipt: str
    environment: str
    person: str
    roles: list[str]
    fingerprint: str
    at: str


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
    )


def approve_document(receipt: str, environment: str, made: Approval) -> ApproveDocument:
    return ApproveDocument(
        receipt=receipt,
        environment=environment,
        person=made.person,
        roles=list(made.roles),
        fingerprint=made.fingerprint,
        at=made.at.isoformat(),
    )
