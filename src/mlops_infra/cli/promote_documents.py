"""The JSON documents of `promote`, `rollback`, `status --pipeline` and `history`, and how they are made."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from pydantic import Field

from mlops_infra.cli.documents import Document, Part

if TYPE_CHECKING:
    from mlops_infra.promotion.promote import Promoted
    from mlops_infra.promotion.rooms import Assessment
    from mlops_infra.promotion.status import Past, Standing
    from mlops_infra.promotion.steps import Ended


class GatePart(Part):
    name: str
    result: str = Field(description="`pass`, `fail` or `unknown`; only `pass` lets anything through.")
    missing: list[str] = Field(description="What it takes, with the command that gives it.")


class CheckPart(Part):
    name: str
    result: str = Field(description="`pass`, `fail` or `unknown`.")
    observed: str | None
    threshold: str
    detail: str


class PromotionDocument(Document):
    """`promote` and `rollback`."""

    kind: str = Field(description="`promotion` or `rollback`.")
    environment: str
    source: str | None
    release: str
    previous: str | None = Field(description="The release before; null where that was not looked at.")
    result: str = Field(
        description="`done`, `back` (it was taken back), `planned` (a dry run) or `nothing` (it runs already)."
    )
    receipt: str | None = Field(description="Digest of the receipt, which approvals cover.")
    gates: list[GatePart]
    differences: list[str] = Field(description="What differs from a receipt that was approved before.")
    delta: dict[str, Any] | None = Field(
        description="All that would change: versions, configuration, resources, verdict."
    )
    checks: list[CheckPart] = Field(description="Verification after the deployment.")
    reason: str | None = Field(description="Why it was taken back.")


class PullRequestDocument(Document):
    """`promote --git`."""

    branch: str
    commit: str
    body: str = Field(description="Text for the pull request, Markdown.")


class StandingPart(Part):
    environment: str
    release: str | None = Field(description="The release that surely runs; null where there is doubt.")
    last: str | None = Field(description="The release that was deployed last with success.")
    since: str | None
    by: str | None
    operation: str | None
    source: str | None = Field(description="The environment that its releases come from.")
    waits: list[str]
    held_by: str | None
    unfinished: str | None


class PipelineDocument(Document):
    """`status --pipeline`."""

    environments: list[StandingPart] = Field(description="In the pipeline's order.")


class PastPart(Part):
    seq: int = Field(description="Number of the ledger's entry.")
    time: str
    by: str
    verified: bool = Field(description="Whether it is proved who it was.")
    what: str
    result: str | None
    release: str | None
    detail: str


class HistoryDocument(Document):
    """`history`."""

    environment: str
    entries: list[PastPart] = Field(description="Newest first.")


def promotion_document(done: Promoted) -> PromotionDocument:
    """What `promote` or `rollback` did."""
    ended = done.ended
    return _document(
        kind=done.kind,
        environment=done.target,
        source=done.source,
        release=done.release.id,
        previous=ended.journal.previous if ended else done.assessment.delta.previous if done.assessment else None,
        result=done.result,
        assessment=done.assessment,
        ended=ended,
    )


def ended_document(ended: Ended) -> PromotionDocument:
    """How an unfinished promotion ended."""
    journal = ended.journal
    return _document(
        kind=journal.kind,
        environment=journal.environment,
        source=journal.source,
        release=journal.release,
        previous=journal.previous,
        result="done" if ended.way == "forward" else "back",
        assessment=None,
        ended=ended,
        receipt=journal.receipt,
    )


def pipeline_document(found: Sequence[Standing]) -> PipelineDocument:
    """What runs where."""
    return PipelineDocument(
        environments=[
            StandingPart(
                environment=item.environment,
                release=item.running.release if item.running else None,
                last=item.last,
                since=item.running.since.isoformat() if item.running else None,
                by=item.running.by if item.running else None,
                operation=item.running.operation if item.running else None,
                source=item.source,
                waits=list(item.waits),
                held_by=item.held_by,
                unfinished=item.unfinished,
            )
            for item in found
        ]
    )


def history_document(environment: str, found: Sequence[Past]) -> HistoryDocument:
    """What was done to an environment."""
    entries = [
        PastPart(
            seq=item.seq,
            time=item.time.isoformat(),
            by=item.by,
            verified=item.verified,
            what=item.what,
            result=item.result,
            release=item.release,
            detail=item.detail,
        )
        for item in found
    ]
    return HistoryDocument(environment=environment, entries=entries)


def _document(
    *, assessment: Assessment | None, ended: Ended | None, receipt: str | None = None, **told: Any
) -> PromotionDocument:
    gates = assessment.gates if assessment else ()
    results = ended.results if ended else ()
    return PromotionDocument(
        **told,
        receipt=assessment.receipt.digest if assessment else receipt,
        gates=[GatePart(name=gate.name, result=gate.result, missing=list(gate.missing)) for gate in gates],
        differences=list(assessment.differences) if assessment else [],
        delta=assessment.delta.document() if assessment else None,
        checks=[
            CheckPart(
                name=found.name,
                result=found.result,
                observed=found.observed,
                threshold=found.threshold,
                detail=found.detail,
            )
            for found in results
        ],
        reason=ended.journal.reason if ended else None,
    )
