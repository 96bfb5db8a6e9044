"""Text for a terminal: grouped by rule, gravest first, with the YAML lines to change."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import Final

from mlops_infra.governance.reports import lines
from mlops_infra.governance.verdict import Finding, Verdict

SHOWN: Final = 5
"""Names of resources that are shown of findings which are alike."""


def text(verdicts: Sequence[Verdict], root: Path) -> str:
    """The report; ends with one summary line per environment."""
    told = [line for verdict in verdicts for line in _verdict(verdict, root)]
    return lines.plain("\n".join([*told, *(lines.summary(verdict) for verdict in verdicts)]) + "\n")


def _verdict(verdict: Verdict, root: Path) -> Iterator[str]:
    if verdict.problem:
        yield f"{verdict.environment}: {verdict.problem.what}"
        if verdict.problem.where:
            yield f"  where: {verdict.problem.where}"
        if verdict.problem.hint:
            yield f"  hint: {verdict.problem.hint}"
        yield ""
        return
    for _, group in groupby(verdict.failures, key=lambda finding: finding.rule.id):
        yield from _rule(list(group), root)
    if verdict.unknowns:
        later = ", judged again by `up`" if verdict.source == "stack" else ""
        yield f"{verdict.environment}: not known before the deployment{later}:"
        for finding in verdict.unknowns:
            yield f"  {finding.rule.id} {lines.subject(finding)}: {finding.message}"
        yield ""
    if verdict.waived:
        yield f"{verdict.environment}: waived:"
        for finding in verdict.waived:
            yield f"  {finding.rule.id} {lines.subject(finding)} ({finding.waived_by})"
        yield ""
    for note in verdict.notes:
        yield f"note: {note}"
    if verdict.notes:
        yield ""


def _rule(findings: list[Finding], root: Path) -> Iterator[str]:
    rule = findings[0].rule
    yield f"{lines.MARK[rule.severity]} {rule.id} {rule.title}"
    yield f"  {', '.join(rule.controls)}"
    for alike in _alike(findings):
        finding, *others = alike
        yield f"  - {finding.message}"
        yield f"    {lines.subject(finding)}" + (f" = {finding.value}" if finding.value is not None else "")
        if others:
            yield f"    and {len(others)} more: {', '.join(other.name for other in others[:SHOWN])}" + (
                " …" if len(others) > SHOWN else ""
            )
        yield f"    {lines.place(finding)}"
        shown = lines.source_line(root, finding.origin)
        if shown is not None and finding.origin is not None:
            yield f"    {finding.origin.line:>5} | {shown}"
        if finding.trail:
            yield f"    by way of {lines.trail(finding)}"
        if finding.not_waived:
            yield f"    not waived: {finding.not_waived}"
    yield f"  to do: {rule.remediation}"
    yield ""


def _alike(findings: list[Finding]) -> list[list[Finding]]:
    """Findings that one edit mends: the same message and line."""
    found: dict[tuple[object, ...], list[Finding]] = {}
    for finding in findings:
        found.setdefault(
            (finding.message, finding.origin, finding.value, finding.trail, finding.not_waived), []
        ).append(finding)
    return list(found.values())
