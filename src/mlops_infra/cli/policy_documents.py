"""The JSON documents of `policy` and `waiver`, format 1 each (docs/policies.md)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Literal

from pydantic import BaseModel, ConfigDict

if TYPE_CHECKING:
    from mlops_infra.governance.frameworks import Clause
    from mlops_infra.governance.verdict import Finding, Rule
    from mlops_infra.governance.waivers import Entry
    from mlops_infra.operations.explain import Explanation


class Piece(BaseModel):
    model_config = ConfigDict(extra="forbid")


class RulePiece(Piece):
    id: str
    title: str
    description: str
    severity: str
    family: str
    package: str
    file: str
    controls: list[str]
    remediation: str
    stack_key: str
    points: list[str]
    inputs: list[str]
    subjects: list[str]
    on_unknown: str


class RulesDocument(Piece):
    """`policy list` and `policy show`."""

    version: Literal[1] = 1
    rules: list[RulePiece]


class ServedPiece(Piece):
    control: str
    title: str | None


class FoundPiece(Piece):
    fingerprint: str
    message: str
    path: list[str | int]
    value: str | None
    place: str | None
    trail: list[str]
    waiver: str | None
    not_waived: str | None


class LookedPiece(Piece):
    urn: str | None
    type: str
    name: str
    status: str
    place: str | None
    findings: list[FoundPiece]


class ExplanationDocument(Piece):
    """`policy explain`."""

    version: Literal[1] = 1
    rule: RulePiece
    clauses: list[ServedPiece]
    environment: str | None
    looked: list[LookedPiece]
    problem: str | None


class ClausePiece(Piece):
    id: str
    title: str
    rules: list[str]


class ControlsDocument(Piece):
    """`policy controls`."""

    version: Literal[1] = 1
    framework: str
    clauses: list[ClausePiece]
    served: int


class WaiverPiece(Piece):
    number: int
    place: str
    rule: str
    type: str | None
    name: str | None
    environments: list[str]
    owner: str | None
    approver: str | None
    ticket: str | None
    granted: str | None
    expires: str | None
    holds: bool
    why_not: str | None


class WaiversDocument(Piece):
    """`waiver list`."""

    version: Literal[1] = 1
    waivers: list[WaiverPiece]


def rules_document(rules: Iterable[Rule]) -> RulesDocument:
    """Rules."""
    return RulesDocument(rules=[_rule(rule) for rule in rules])


def _rule(rule: Rule) -> RulePiece:
    told = {key: list(value) if isinstance(value, tuple) else value for key, value in vars(rule).items()}
    return RulePiece.model_validate(told)


def explanation_document(told: Explanation) -> ExplanationDocument:
    """A rule, and what it looked at."""
    return ExplanationDocument(
        rule=_rule(told.rule),
        clauses=[ServedPiece(control=clause.control, title=clause.title) for clause in told.clauses],
        environment=told.environment,
        looked=[
            LookedPiece(
                urn=item.urn,
                type=item.type,
                name=item.name,
                status=item.status,
                place=str(item.origin) if item.origin else None,
                findings=[_found(finding) for finding in item.findings],
            )
            for item in told.looked
        ],
        problem=told.problem.what if told.problem else None,
    )


def _found(finding: Finding) -> FoundPiece:
    return FoundPiece(
        fingerprint=finding.fingerprint,
        message=finding.message,
        path=list(finding.path),
        value=finding.value,
        place=str(finding.origin) if finding.origin else None,
        trail=list(finding.trail),
        waiver=finding.waived_by,
        not_waived=finding.not_waived,
    )


def controls_document(framework: str, clauses: Sequence[Clause]) -> ControlsDocument:
    """Clauses and the rules that serve them."""
    return ControlsDocument(
        framework=framework,
        clauses=[
            ClausePiece(id=clause.id, title=clause.title, rules=[rule.id for rule in clause.rules])
            for clause in clauses
        ],
        served=sum(bool(clause.rules) for clause in clauses),
    )


def waivers_document(entries: Iterable[tuple[Entry, str | None]]) -> WaiversDocument:
    """Waivers, each with why it does not hold."""
    return WaiversDocument(waivers=[_waiver(entry, wrong) for entry, wrong in entries])


def _waiver(entry: Entry, wrong: str | None) -> WaiverPiece:
    waiver = entry.waiver
    return WaiverPiece(
        number=entry.number + 1,
        place=entry.place,
        rule=entry.rule,
        type=waiver.resource.type if waiver else None,
        name=waiver.resource.name if waiver else None,
        environments=list(waiver.environments) if waiver else [],
        owner=waiver.owner if waiver else None,
        approver=waiver.approver if waiver else None,
        ticket=waiver.ticket if waiver else None,
        granted=waiver.granted.isoformat() if waiver else None,
        expires=waiver.expires.isoformat() if waiver else None,
        holds=wrong is None,
        why_not=wrong,
    )
