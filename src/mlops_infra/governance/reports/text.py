"""Text for a terminal: grouped by rule, gravest first, with the YAML lines to change.

A line says what kind it is, so that a terminal may show it in its own way; without one, and in files, it is plain text.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import Final, Literal, NamedTuple, TypeAlias

from mlops_infra.governance.reports import lines
from mlops_infra.governance.verdict import Finding, Result, Severity, Verdict, many

SHOWN: Final = 5
"""Names of resources that are shown of findings which are alike."""

Kind: TypeAlias = Literal["plain", "detail", "message", "place", "source", "remedy", Severity, Result]
"""What a line is about: a rule's name has its severity, a summary its result; ``source`` is a line of a file as it stands there."""


class Line(NamedTuple):
    """One line of the report."""

    text: str = ""
    kind: Kind = "plain"


def text(verdicts: Sequence[Verdict], root: Path) -> str:
    """The report; ends with one summary line per environment."""
    return "".join(f"{line.text}\n" for line in told(verdicts, root))


def told(verdicts: Sequence[Verdict], root: Path) -> Iterator[Line]:
    """The lines of the report."""
    for verdict in verdicts:
        yield from details(verdict, root)
    yield from (Line(lines.summary(verdict), verdict.result) for verdict in verdicts)


def details(verdict: Verdict, root: Path) -> Iterator[Line]:
    """Everything that the report says of one environment before its summary."""
    return (Line(lines.plain(line.text), line.kind) for line in _verdict(verdict, root))


def _verdict(verdict: Verdict, root: Path) -> Iterator[Line]:
    if verdict.problem:
        yield Line(f"{verdict.environment}: {verdict.problem.what}", "critical")
        if verdict.problem.where:
            yield Line(f"  where: {verdict.problem.where}")
        if verdict.problem.hint:
            yield Line(f"  hint: {verdict.problem.hint}", "remedy")
        yield Line()
        return
    for _, group in groupby(verdict.failures, key=lambda finding: finding.rule.id):
        yield from _rule(list(group), root)
    if verdict.unknowns:
        later = ", judged again by `up`" if verdict.source == "stack" else ""
        yield Line(f"{verdict.environment}: not known before the deployment{later}:", "unknown")
        for finding in verdict.unknowns:
            yield Line(f"  {finding.rule.id} {lines.subject(finding)}: {finding.message}")
        yield Line()
    if verdict.waived:
        yield Line(f"{verdict.environment}: waived:")
        for finding in verdict.waived:
            yield Line(f"  {finding.rule.id} {lines.subject(finding)} ({finding.waived_by})")
        yield Line()
    for note in verdict.notes:
        yield Line(f"note: {note}")
    if verdict.notes:
        yield Line()


def _rule(findings: list[Finding], root: Path) -> Iterator[Line]:
    rule = findings[0].rule
    yield Line(f"{lines.MARK[rule.severity]} {rule.id} {rule.title}", rule.severity)
    yield Line(f"  {', '.join(rule.controls)}", "detail")
    for alike in _alike(findings):
        finding, *others = alike
        yield Line(f"  - {finding.message}", "message")
        yield Line(f"    {lines.subject(finding)}" + (f" = {finding.value}" if finding.value is not None else ""))
        if others:
            names = list(dict.fromkeys(other.name for other in others))
            yield Line(
                f"    and {many(len(others), 'more resource')}: {', '.join(names[:SHOWN])}"
                + (" …" if len(names) > SHOWN else "")
            )
        yield Line(f"    {lines.place(finding)}", "place")
        shown = lines.source_line(root, finding.origin)
        if shown is not None and finding.origin is not None:
            yield Line(f"    {finding.origin.line:>5} | {shown}", "source")
        if finding.trail:
            yield Line(f"    by way of {lines.trail(finding)}", "detail")
        if finding.not_waived:
            yield Line(f"    not waived: {finding.not_waived}")
    yield Line(f"  to do: {rule.remediation}", "remedy")
    yield Line()


def _alike(findings: list[Finding]) -> list[list[Finding]]:
    """Findings that one edit mends: the same message and line."""
    found: dict[tuple[object, ...], list[Finding]] = {}
    for finding in findings:
        found.setdefault(
            (finding.message, finding.origin, finding.value, finding.trail, finding.not_waived), []
        ).append(finding)
    return list(found.values())
