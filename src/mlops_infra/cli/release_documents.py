"""The JSON documents of `release` and `data`, and how they are made from what promotion gives."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from pydantic import Field

from mlops_infra.cli.documents import Document, Part

if TYPE_CHECKING:
    from mlops_infra.promotion.data import Manifest, Verification
    from mlops_infra.promotion.release import Difference
    from mlops_infra.promotion.releases import Kept


class ReleaseEventPart(Part):
    event: str = Field(description="`created`, `held`, `unheld` or `rejected`.")
    at: str = Field(description="UTC, ISO 8601.")
    by: str
    environment: str | None = Field(description="The environment that the release was made from.")
    reason: str | None


class ReleaseDocument(Document):
    """`release create`, `release show`, `release hold`, `release unhold`, `release reject`."""

    id: str = Field(description="SHA-256 of the release's canonical JSON (RFC 8785).")
    standing: str = Field(description="`ready`, `held` or `rejected`.")
    reason: str | None = Field(description="Why it is held or rejected.")
    events: list[ReleaseEventPart]
    release: dict[str, Any] = Field(description="What moves, as in the release's file.")


class ReleasePart(Part):
    id: str
    standing: str
    reason: str | None
    created: str | None
    by: str | None
    environment: str | None


class ReleasesDocument(Document):
    """`release list`."""

    releases: list[ReleasePart] = Field(description="Newest first.")


class ReleaseDifferencePart(Part):
    key: str = Field(description="Dotted key, as in `config show`.")
    old: str | None
    new: str | None


class ReleaseDiffDocument(Document):
    """`release diff`."""

    old: str
    new: str
    differences: list[ReleaseDifferencePart]


class PinDocument(Document):
    """`data pin`."""

    dataset: str
    environment: str
    bucket: str
    digest: str = Field(description="The dataset's version: over keys, sizes and hashes of contents.")
    objects: int
    bytes: int
    file: str = Field(description="The manifest.")


class DataFindingPart(Part):
    key: str
    trouble: str = Field(description="`version deleted`, `content changed`, `deleted since` or `unreadable`.")
    detail: str


class VerificationPart(Part):
    dataset: str
    digest: str
    intact: bool
    checked: int
    wrong: int
    findings: list[DataFindingPart] = Field(description="The first thousand.")


class VerifyDocument(Document):
    """`data verify`."""

    environment: str
    verifications: list[VerificationPart]


def release_document(kept: Kept) -> ReleaseDocument:
    return ReleaseDocument(
        id=kept.release.id,
        standing=kept.standing,
        reason=kept.reason,
        events=[ReleaseEventPart(**event.model_dump(exclude={"release"})) for event in kept.events],
        release=kept.release.document(),
    )


def releases_document(found: Iterable[Kept]) -> ReleasesDocument:
    return ReleasesDocument(
        releases=[
            ReleasePart(
                id=kept.release.id,
                standing=kept.standing,
                reason=kept.reason,
                created=kept.created.at if kept.created else None,
                by=kept.created.by if kept.created else None,
                environment=kept.created.environment if kept.created else None,
            )
            for kept in found
        ]
    )


def diff_document(old: str, new: str, found: Iterable[Difference]) -> ReleaseDiffDocument:
    return ReleaseDiffDocument(
        old=old, new=new, differences=[ReleaseDifferencePart(key=d.key, old=d.old, new=d.new) for d in found]
    )


def pin_document(found: Manifest) -> PinDocument:
    return PinDocument(
        dataset=found.dataset,
        environment=found.environment,
        bucket=found.bucket,
        digest=found.digest,
        objects=found.objects,
        bytes=found.size,
        file=str(found.file),
    )


def verify_document(environment: str, found: Iterable[Verification]) -> VerifyDocument:
    return VerifyDocument(
        environment=environment,
        verifications=[
            VerificationPart(
                dataset=one.manifest.dataset,
                digest=one.manifest.digest,
                intact=one.intact,
                checked=one.checked,
                wrong=one.wrong,
                findings=[DataFindingPart(key=f.key, trouble=f.trouble, detail=f.detail) for f in one.findings],
            )
            for one in found
        ],
    )
