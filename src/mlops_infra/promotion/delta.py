"""The promotion delta: all that a promotion would change, in one document for people and machines.

Versions, configuration, resources with the reversibility of each step, the verdict on what would be, and the waivers that excuse
something. It is kept in the store beside its receipt, which covers its digest, so that approvers on other machines see what they sign.
Values pass through the same mask as findings: no secret and no personal data is in it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final

import rfc8785
from pydantic import TypeAdapter

from mlops_infra.config.node import dotted
from mlops_infra.errors import GateError
from mlops_infra.governance.masking import masked
from mlops_infra.graph import UNKNOWN, Graph, Secret
from mlops_infra.promotion.reversibility import Label, reversibility, worst

if TYPE_CHECKING:
    from mlops_infra.config import Difference as Setting
    from mlops_infra.engine.plan import Change, Plan, PropertyChange
    from mlops_infra.governance.verdict import Verdict
    from mlops_infra.promotion.release import Difference as VersionDifference
    from mlops_infra.promotion.store import Store

FORMAT: Final = 1
_PROPERTIES: Final = 20
"""Most changed properties that a step shows."""


@dataclass(frozen=True)
class Line:
    """One value that changes. None: it is not there."""

    key: str
    old: str | None
    new: str | None


@dataclass(frozen=True)
class Step:
    """What happens to one resource, and what going back would cost. `loses_data`: the step itself, going forward, loses data."""

    urn: str
    type: str
    name: str
    part: str
    operation: str
    reversibility: Label
    reason: str
    loses_data: bool
    properties: tuple[Line, ...] = ()


@dataclass(frozen=True)
class Delta:
    """All that would change. `findings` and `waived` are sentences; `unknown` counts what is decided after the deployment only."""

    environment: str
    source: str | None
    release: str
    previous: str | None
    versions: tuple[Line, ...]
    configuration: tuple[Line, ...]
    steps: tuple[Step, ...]
    verdict: str
    findings: tuple[str, ...]
    unknown: int
    waived: tuple[str, ...]

    def document(self) -> dict[str, Any]:
        """Plain JSON, version 1."""
        told: dict[str, Any] = json.loads(json.dumps({"version": FORMAT, **asdict(self)}))
        return told

    @cached_property
    def digest(self) -> str:
        """SHA-256 over the canonical JSON (RFC 8785) of `document`."""
        return sha256(rfc8785.dumps(self.document())).hexdigest()

    @property
    def label(self) -> Label:
        """The gravest label of all steps."""
        return worst([step.reversibility for step in self.steps])

    @property
    def losses(self) -> tuple[Step, ...]:
        """The steps that lose data."""
        return tuple(step for step in self.steps if step.loses_data)

    @property
    def irrevocable(self) -> tuple[Step, ...]:
        """The steps that lose data or cannot be taken back without a loss."""
        return tuple(step for step in self.steps if step.loses_data or step.reversibility != "reversible")


def of(
    *,
    environment: str,
    source: str | None,
    release: str,
    previous: str | None,
    versions: Sequence[VersionDifference],
    configuration: Sequence[Line],
    plan: Plan,
    base: Graph,
    verdict: Verdict,
) -> Delta:
    """The delta of a promotion or rollback.

    Arguments: `versions`: `release.differences` of what runs and what shall; `configuration`: `setting_lines` of everything else in the
    stack file; `plan` of the staged files; `base`: what is deployed; `verdict` on the plan's graph.
    """
    return Delta(
        environment=environment,
        source=source,
        release=release,
        previous=previous,
        versions=tuple(Line(found.key, found.old, found.new) for found in versions),
        configuration=tuple(configuration),
        steps=tuple(_step(change, base) for change in sorted(plan.actual, key=lambda found: found.urn)),
        verdict=verdict.result,
        findings=tuple(
            f"{found.rule.id} {found.rule.severity} {found.name}: {found.message}" for found in verdict.failures
        ),
        unknown=len(verdict.unknowns),
        waived=tuple(f"{found.rule.id} {found.name}: waived by {found.waived_by}" for found in verdict.waived),
    )


def setting_lines(differences: Sequence[Setting]) -> tuple[Line, ...]:
    """Differences of two merged configurations (`config.difference`) as lines, masked."""
    return tuple(
        Line(
            dotted(found.path),
            masked(found.before.value, found.path) if found.before else None,
            masked(found.after.value, found.path) if found.after else None,
        )
        for found in differences
    )


def keep(store: Store, delta: Delta) -> str:
    """Put a delta into the store; returns its digest."""
    store.put_new(f"deltas/{delta.digest}", rfc8785.dumps(delta.document()))
    return delta.digest


def load(store: Store, digest: str) -> Delta:
    """The delta that a receipt covers. Raises GateError where it is missing or was changed."""
    data = store.get(f"deltas/{digest}")
    try:
        told = json.loads(data or b"")
        if told.pop("version") != FORMAT:
            raise ValueError("format")
        delta = TypeAdapter(Delta).validate_python(told)
    except (ValueError, KeyError, TypeError, AttributeError):
        raise GateError("the delta of the receipt is missing or damaged", where=digest, hint="promote again") from None
    if delta.digest != digest:
        raise GateError("the delta was changed since the receipt was made", where=digest, hint="promote again")
    return delta


def markdown(delta: Delta) -> str:
    """The delta for a pull request."""
    return "\n".join(_markdown(delta)) + "\n"


def _step(change: Change, base: Graph) -> Step:
    deployed = base.resources.get(change.urn)
    found = reversibility(change, deployed.inputs if deployed else {})
    shown = tuple(_property(changed) for changed in change.properties[:_PROPERTIES])
    if len(change.properties) > _PROPERTIES:
        shown = (*shown, Line("…", None, f"{len(change.properties) - _PROPERTIES} more"))
    return Step(
        change.urn,
        change.type,
        change.name,
        change.part,
        change.operation,
        found.label,
        found.reason,
        change.loses_data,
        shown,
    )


def _property(changed: PropertyChange) -> Line:
    return Line(changed.path, _told(changed.old, changed.path), _told(changed.new, changed.path))


def _told(value: Any, path: str) -> str | None:
    if isinstance(value, Secret):
        return "[secret]"
    if value is UNKNOWN:
        return "[known after the deployment]"
    return masked(_without_markers(value), (path,))


def _without_markers(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _without_markers(child) for name, child in value.items()}
    if isinstance(value, list | tuple):
        return [_without_markers(child) for child in value]
    if isinstance(value, Secret):
        return "[secret]"
    return "[known after the deployment]" if value is UNKNOWN else value


def _markdown(delta: Delta) -> Iterator[str]:
    origin = f" from {delta.source}" if delta.source else ""
    yield f"## Release {delta.release[:12]} to {delta.environment}{origin}"
    yield ""
    yield f"In place of {delta.previous[:12] if delta.previous else 'nothing recorded'}. Policies: **{delta.verdict}**"
    yield f"({len(delta.findings)} findings, {delta.unknown} decided after the deployment). Going back: **{delta.label}**."
    for title, lines in (("Versions", delta.versions), ("Configuration", delta.configuration)):
        if lines:
            yield from ("", f"### {title}", "", "| key | before | after |", "|---|---|---|")
            yield from (f"| {_cell(line.key)} | {_cell(line.old)} | {_cell(line.new)} |" for line in lines)
    if delta.steps:
        yield from (
            "",
            "### Resources",
            "",
            "| operation | resource | type | going back | why |",
            "|---|---|---|---|---|",
        )
        for step in delta.steps:
            cells = (step.operation, step.name, step.type, step.reversibility, step.reason)
            yield f"| {' | '.join(map(_cell, cells))} |"
    for title, sentences in (("Findings", delta.findings), ("Waived", delta.waived)):
        if sentences:
            yield from ("", f"### {title}", "")
            yield from (f"- {_plain(sentence)}" for sentence in sentences)


def _cell(text: str | None) -> str:
    return f"`{text.translate(_IN_CELLS)}`" if text else ""


_IN_CELLS: Final = str.maketrans({"|": "&#124;", "`": None, "\n": " ", "\r": " "})


def _plain(text: str) -> str:
    """A sentence in which nothing is Markdown or HTML."""
    return text.replace("<", "&lt;").replace("`", "'").replace("|", "&#124;").replace("[", "\\[")
