"""Waivers: expiring, reasoned exceptions from one rule, in ``stacks/waivers.yaml``.

A waiver excuses findings only while all of it holds: its rule exists, its selector is narrow enough, approver and owner are two people, and
it has not expired nor runs for longer than its rule's severity allows. Otherwise the rule fails, and the finding says why it is not waived.
"""

from __future__ import annotations

import fnmatch
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from mlops_infra.config import ConfigError
from mlops_infra.config.model.types import FORMS, Email, Line, Name
from mlops_infra.config.node import plain
from mlops_infra.config.reader import read_layer
from mlops_infra.governance.refusal import Refusal
from mlops_infra.governance.verdict import Finding, Rule, Severity

FILE: Final = "waivers.yaml"
MAX_DAYS: Final[Mapping[Severity, int]] = MappingProxyType({"critical": 14, "high": 30, "medium": 90, "low": 180})
"""Longest time in days from `granted` to `expires`, by the rule's severity."""
SOON_DAYS: Final = 14
"""A waiver that expires within so many days is reported."""

_RULE: Final = r"^MLI-[A-Z]+-[0-9]{3}$"
_FORMS: Final[Mapping[str, str]] = MappingProxyType({**FORMS, _RULE: "a rule's id such as MLI-PII-001"})
_TOLD: Final = 3


class Selector(BaseModel):
    """Which resources a waiver is about. Both must match; `name` may have ``*`` after at least three characters of its own."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, use_attribute_docstrings=True)
    type: Annotated[str, Field(min_length=3, max_length=256)] = Field(examples=["aws:s3/bucket:Bucket"])
    """Pulumi's type token, exactly; ``stack`` for findings about the stack file itself."""
    name: Annotated[str, Field(min_length=1, max_length=256)] = Field(examples=["meridian-staging-claims-history"])
    """The resource's name, or its beginning and ``*``."""


class Waiver(BaseModel):
    """One exception."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, use_attribute_docstrings=True)
    rule: Annotated[str, Field(pattern=_RULE)] = Field(examples=["MLI-RESILIENCE-004"])
    """Id of the rule."""
    resource: Selector = Field(examples=[{"type": "aws:s3/bucket:Bucket", "name": "meridian-staging-claims-history"}])
    """The resources that are excused."""
    environments: Annotated[list[Name], Field(min_length=1)] = Field(examples=[["staging"]])
    """Environments in which the waiver holds."""
    reason: Line = Field(examples=["The bucket moves to the new class next sprint; its data is synthetic."])
    """Why the exception is right."""
    owner: Email = Field(examples=["claims-data@meridian-health.example"])
    """Who answers for ending it."""
    approver: Email = Field(examples=["compliance@meridian-health.example"])
    """Who allowed it; somebody else than the owner."""
    ticket: Line = Field(examples=["SEC-1234"])
    """Where it was discussed."""
    granted: date = Field(strict=False, examples=["2026-11-24"])
    """First day on which it holds."""
    expires: date = Field(strict=False, examples=["2026-12-20"])
    """Last day on which it holds; at most 14, 30, 90 or 180 days after `granted` for a critical, high, medium or low rule."""


class WaiverFile(BaseModel):
    """``stacks/waivers.yaml``."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, use_attribute_docstrings=True)
    version: Literal[1] = Field(examples=[1])
    """Format of the file."""
    waivers: list[dict[str, Any]] = Field(default=[], examples=[[]])
    """The waivers; each is checked by itself, so that a mistake in one does not hide the others."""


@dataclass(frozen=True)
class Entry:
    """One entry of the file: the waiver where it can be read, and otherwise what is wrong (`rule` as far as it can be told).

    `place` is file and line."""

    number: int
    rule: str
    waiver: Waiver | None
    wrong: str | None
    place: str


@dataclass(frozen=True)
class Waivers:
    """All entries of a project's file."""

    entries: tuple[Entry, ...] = ()


@dataclass(frozen=True)
class Applied:
    """Findings after the waivers: what counts, what is excused, and what people should know about the waivers."""

    findings: tuple[Finding, ...]
    waived: tuple[Finding, ...]
    notes: tuple[str, ...] = field(default=())


def load_waivers(stacks: Path) -> Waivers:
    """The waivers of a folder of stack files; none where there is no file.

    Raises Refusal where the file cannot be read as a whole, because nobody knows then what it excuses.
    """
    file = stacks / FILE
    if not file.exists():
        return Waivers()
    try:
        tree = read_layer(file, shown_as=f"{stacks.name}/{FILE}")
        parsed = WaiverFile.model_validate(plain(tree))
    except (ConfigError, ValidationError) as error:
        raise Refusal(
            "bad-waivers",
            f"the file of waivers cannot be read: {_short(error)}",
            where=str(file),
            hint="mend the file; docs/policies.md shows its form",
        ) from None
    listed = tree.value["waivers"].value if isinstance(tree.value, dict) and "waivers" in tree.value else None
    places = [str(node.origin()).rpartition(":")[0] for node in (listed if isinstance(listed, list) else [])]
    return Waivers(tuple(_entry(number, raw, places[number]) for number, raw in enumerate(parsed.waivers)))


def apply(
    waivers: Waivers, findings: Sequence[Finding], rules: Mapping[str, Rule], environment: str, today: date
) -> Applied:
    """Excuse what may be excused. `environment` is where the findings are, `today` in UTC."""
    by_rule: dict[str, list[Entry]] = {}
    for entry in waivers.entries:
        by_rule.setdefault(entry.rule, []).append(entry)
    used: set[int] = set()
    kept: list[Finding] = []
    waived: list[Finding] = []
    for finding in findings:
        reasons: list[str] = []
        excuse: Waiver | None = None
        for entry in by_rule.get(finding.rule.id, []):
            if entry.waiver is None or not _selects(entry.waiver, finding, environment):
                if entry.waiver is None:
                    reasons.append(f"{entry.place}: {entry.wrong}")
                continue
            used.add(entry.number)
            wrong = why_not(entry.waiver, finding.rule, today)
            if wrong:
                reasons.append(f"{entry.place}: {wrong}")
            else:
                excuse = entry.waiver
        if excuse is not None:
            waived.append(replace(finding, waived_by=excuse.ticket))
        else:
            kept.append(replace(finding, not_waived="; ".join(reasons) or None))
    return Applied(tuple(kept), tuple(waived), tuple(_notes(waivers, used, rules, environment, today)))


def why_not(waiver: Waiver, rule: Rule | None, today: date) -> str | None:  # noqa: PLR0911 - one return per reason
    """Why a waiver does not hold on a day; None if it does."""
    if rule is None:
        return f"there is no rule {waiver.rule}"
    if waiver.owner.lower() == waiver.approver.lower():
        return "the approver is the owner"
    fixed = waiver.resource.name.rstrip("*")
    if "*" in fixed or "?" in fixed or "[" in fixed or len(fixed) < (3 if waiver.resource.name != fixed else 1):
        return "the selector is too broad: a name may have one * at its end, after at least three characters"
    if "*" in waiver.resource.type:
        return "the selector is too broad: the type must be exact"
    longest = MAX_DAYS[rule.severity]
    if waiver.expires - waiver.granted > timedelta(days=longest):
        return f"it runs for more than {longest} days, the most for a {rule.severity} rule"
    if waiver.granted > today:
        return f"it holds from {waiver.granted} on"
    if waiver.expires < today:
        return f"it expired on {waiver.expires}"
    return None


def _selects(waiver: Waiver, finding: Finding, environment: str) -> bool:
    if environment not in waiver.environments:
        return False
    kind = finding.type or "stack"
    return fnmatch.fnmatchcase(kind, waiver.resource.type) and fnmatch.fnmatchcase(finding.name, waiver.resource.name)


def _notes(waivers: Waivers, used: set[int], rules: Mapping[str, Rule], environment: str, today: date) -> list[str]:
    notes: list[str] = []
    for entry in waivers.entries:
        if entry.waiver is None:
            notes.append(f"{entry.place}: malformed waiver: {entry.wrong}")
            continue
        if environment not in entry.waiver.environments:
            continue
        wrong = why_not(entry.waiver, rules.get(entry.rule), today)
        left = (entry.waiver.expires - today).days
        if wrong:
            notes.append(f"{entry.place}: the waiver for {entry.rule} does not hold: {wrong}")
        elif entry.number not in used:
            notes.append(f"{entry.place}: the waiver for {entry.rule} excuses nothing; remove it")
        if not wrong and left <= SOON_DAYS:
            notes.append(f"{entry.place}: the waiver for {entry.rule} ends on {entry.waiver.expires} (in {left} days)")
    return notes


def _entry(number: int, raw: dict[str, Any], place: str) -> Entry:
    rule = str(raw.get("rule", ""))
    try:
        waiver = Waiver.model_validate(raw)
    except ValidationError as error:
        return Entry(number, rule, None, malformed(error), place)
    return Entry(number, rule, waiver, None, place)


def malformed(error: ValidationError) -> str:
    """What is wrong with a waiver or its file, without its values: ``approver: not an e-mail address``; at most three mistakes."""
    told = []
    for item in error.errors(include_input=False)[:_TOLD]:
        form = _FORMS.get(str(item.get("ctx", {}).get("pattern")))
        why = f"not {form}" if form else item["msg"][:1].lower() + item["msg"][1:]
        told.append(f"{'.'.join(map(str, item['loc']))}: {why}")
    return "; ".join(told)


def _short(error: ConfigError | ValidationError) -> str:
    return malformed(error) if isinstance(error, ValidationError) else str(error.problems[0])
