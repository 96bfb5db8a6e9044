"""The input of the decision on a promotion, version 1: what the pipeline asks for, and what was observed.

``policies/schema/promotion-input.json`` is made from these models. Whatever was not observed is null; a gate that needs it is ``unknown``
and blocks. `RequiredGates` comes from the pipeline, `Evidence` from what people and machines saw; nothing is decided here.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Literal

from pydantic import BaseModel, ConfigDict, Field

from mlops_infra.governance.verdict import SEVERITIES
from mlops_infra.promotion.approvals import Approval, Refused
from mlops_infra.promotion.freeze import frozen
from mlops_infra.promotion.verification import CheckResult

if TYPE_CHECKING:
    from mlops_infra.governance.verdict import Verdict
    from mlops_infra.promotion.delta import Delta, Step
    from mlops_infra.promotion.pipeline import ApprovalRule, Gates
    from mlops_infra.promotion.trust import Trust

INPUT_VERSION: Literal[1] = 1


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, use_attribute_docstrings=True)


class Required(_Part):
    """So many different people of a role."""

    role: str
    """Role that holds in the target."""
    count: int
    """How many."""


class RequiredGates(_Part):
    """What the pipeline asks for."""

    fail_on: str
    """Findings of this severity or a graver one stop it."""
    soak_seconds: int
    """How long the release must have run in the source."""
    checks: list[str]
    """Names of the checks that must have passed in the source."""
    approvals: list[Required]
    """Approvals of the receipt."""
    approvals_data: list[Required]
    """Approvals that it takes besides where data would be lost."""
    freeze: bool
    """Whether freeze windows are declared."""
    drift_free: bool
    """Whether source and target must be as they were deployed."""
    changes: int
    """Most resources that may change."""


class ReleaseSeen(_Part):
    """What became of the release."""

    standing: Literal["ready", "held", "rejected"]
    """Whether it may move."""
    reason: str | None
    """Why not."""


class VerdictSeen(_Part):
    """The policies on what would be. `failures` has a number for each severity."""

    result: Literal["pass", "fail", "unknown"]
    """The verdict."""
    judged: bool
    """Whether the rules were asked at all."""
    failures: dict[str, int]
    """Findings that fail and are not excused, by severity."""
    deferred: int
    """Findings that are decided after the deployment."""
    problem: str | None
    """Why nothing could be judged, for people."""


class SourceSeen(_Part):
    """What runs in the source."""

    release: str | None
    """Release that surely runs there."""
    soaked_seconds: int | None
    """How long it has run there without a break, or the sandbox's simulated traffic covers."""
    simulated: bool
    """Whether the source is the sandbox, where `sandbox simulate` stands in for traffic."""


class CheckSeen(_Part):
    """One check over the soak."""

    name: str
    """Its name."""
    result: Literal["pass", "fail", "unknown"]
    """What came out."""
    observed: str | None
    """What was seen."""
    threshold: str
    """What was asked for."""


class ApprovalSeen(_Part):
    """An approval that counts."""

    person: str
    """Who."""
    roles: list[str]
    """The person's roles in the target."""


class ApprovalsSeen(_Part):
    """Approvals of the receipt."""

    counted: list[ApprovalSeen]
    """Those that count."""
    refused: list[str]
    """Why others do not."""


class FrozenSeen(_Part):
    """A freeze window that holds now."""

    name: str
    """Its name."""
    until: str
    """When it ends (UTC)."""


class DriftSeen(_Part):
    """What differs from what was deployed; null: nobody looked."""

    source: int | None
    """Resources of the source."""
    target: int | None
    """Resources of the target."""


class ChangesSeen(_Part):
    """What the plan changes."""

    total: int
    """Resources."""
    losses: list[str]
    """Steps that lose data, of a rollback all that are not reversible, each with what would be lost."""
    reversibility: Literal["reversible", "lossy", "irreversible"]
    """The gravest label of the steps."""


class TrustSeen(_Part):
    """Changes of the trust files since the recorded version."""

    changed: list[str]
    """The files that differ."""
    quorum: int
    """How many people of the recorded version must approve a change."""


class Evidence(_Part):
    """What was observed. Null: it was not, and blocks."""

    release: ReleaseSeen | None = None
    """The release."""
    verdict: VerdictSeen | None = None
    """The policies."""
    source: SourceSeen | None = None
    """What runs in the source."""
    checks: list[CheckSeen] | None = None
    """Checks over the soak."""
    approvals: ApprovalsSeen | None = None
    """Approvals."""
    frozen: list[FrozenSeen] | None = None
    """Freeze windows that hold now."""
    drift: DriftSeen | None = None
    """Drift."""
    changes: ChangesSeen | None = None
    """The plan."""
    trust: TrustSeen | None = None
    """The trust files."""


class GateInput(_Part):
    """Input of the decision on a promotion or rollback."""

    version: Literal[1] = INPUT_VERSION
    """Version of this form."""
    kind: Literal["promotion", "rollback"]
    """A rollback waits for no soak, checks in the source or freeze window."""
    environment: str
    """Where the release goes."""
    source: str | None
    """Where it comes from."""
    release: str
    """Id of the release."""
    receipt: str
    """Digest of the receipt that approvals cover."""
    required: RequiredGates | None
    """What the pipeline asks for."""
    evidence: Evidence = Field(default=Evidence())
    """What was observed."""


def required(gates: Gates, checks: Sequence[str]) -> RequiredGates:
    """What a step of the pipeline asks for. `checks`: names of the checks that are to be made in the source."""
    return RequiredGates(
        fail_on=gates.policies.fail_on,
        soak_seconds=gates.soak_seconds,
        checks=list(checks),
        approvals=_required(gates.approvals),
        approvals_data=_required(gates.blast_radius.data_replacements),
        freeze=bool(gates.freeze),
        drift_free=gates.drift_free,
        changes=gates.blast_radius.changes,
    )


def observed(
    *,
    gates: Gates,
    now: datetime,
    release: ReleaseSeen | None = None,
    verdict: Verdict | None = None,
    source: SourceSeen | None = None,
    checks: Sequence[CheckResult] | None = None,
    approvals: Sequence[Approval | Refused] | None = None,
    drift: DriftSeen | None = None,
    delta: Delta | None = None,
    trust: tuple[Trust, Trust | None] | None = None,
    rollback: bool = False,
) -> Evidence:
    """The evidence of what was seen; leave out what was not.

    Arguments: `trust`: the trust files as they are, and the recorded version (None before the first promotion); `rollback`: the delta is
    that of a rollback.
    """
    return Evidence(
        release=release,
        verdict=_verdict(verdict) if verdict else None,
        source=source,
        checks=None if checks is None else [_check(check) for check in checks],
        approvals=None if approvals is None else _approvals(approvals),
        frozen=[FrozenSeen(name=found.name, until=found.until.isoformat()) for found in frozen(gates.freeze, now)],
        drift=drift,
        changes=None
        if delta is None
        else ChangesSeen(
            total=len(delta.steps),
            losses=[_loss(step) for step in (delta.irrevocable if rollback else delta.losses)],
            reversibility=delta.label,
        ),
        trust=None if trust is None else _trust(*trust),
    )


def _loss(step: Step) -> str:
    return f"{step.operation} {step.name}: {step.reason or 'its data'}"


def _required(rules: Sequence[ApprovalRule]) -> list[Required]:
    return [Required(role=rule.role, count=rule.count) for rule in rules]


def _verdict(verdict: Verdict) -> VerdictSeen:
    failures: dict[str, int] = dict.fromkeys(SEVERITIES, 0)
    for finding in verdict.failures:
        failures[finding.rule.severity] += 1
    return VerdictSeen(
        result=verdict.result,
        judged=verdict.problem is None and bool(verdict.rules),
        failures=failures,
        deferred=len(verdict.unknowns),
        problem=verdict.problem.what if verdict.problem else None,
    )


def _check(check: CheckResult) -> CheckSeen:
    return CheckSeen(name=check.name, result=check.result, observed=check.observed, threshold=check.threshold)


def _approvals(found: Sequence[Approval | Refused]) -> ApprovalsSeen:
    return ApprovalsSeen(
        counted=[
            ApprovalSeen(person=entry.person, roles=list(entry.roles)) for entry in found if isinstance(entry, Approval)
        ],
        refused=[entry.what for entry in found if isinstance(entry, Refused)],
    )


def _trust(present: Trust, recorded: Trust | None) -> TrustSeen:
    if recorded is None:
        return TrustSeen(changed=[], quorum=present.access.quorum.changes)
    return TrustSeen(changed=list(present.changed_since(recorded)), quorum=recorded.access.quorum.changes)
