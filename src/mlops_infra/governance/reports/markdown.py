"""Markdown for a comment on a pull request."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from mlops_infra.governance.reports import lines
from mlops_infra.governance.verdict import Finding, Verdict


def markdown(verdicts: Sequence[Verdict], root: Path) -> str:  # noqa: ARG001 - every report takes the root
    """A table of findings per environment."""
    return lines.plain("\n".join(line for verdict in verdicts for line in _verdict(verdict)))


def _verdict(verdict: Verdict) -> Iterator[str]:
    yield f"### Policies: {_safe(verdict.environment)}: {verdict.result}"
    yield ""
    if verdict.problem:
        yield _safe(verdict.problem.what)
        yield ""
        return
    yield _safe(lines.summary(verdict))
    yield ""
    if verdict.failures:
        yield "| severity | rule | where | what | to do |"
        yield "|---|---|---|---|---|"
        yield from (_row(finding) for finding in verdict.failures)
        yield ""
    if verdict.unknowns:
        yield "<details><summary>Not known before the deployment</summary>"
        yield ""
        yield from (
            f"- {finding.rule.id} {_safe(lines.subject(finding))}: {_safe(finding.message)}"
            for finding in verdict.unknowns
        )
        yield ""
        yield "</details>"
        yield ""
    yield from (f"- {_safe(note)}" for note in verdict.notes)
    if verdict.notes:
        yield ""


def _row(finding: Finding) -> str:
    where = f"{finding.origin.file}:{finding.origin.line}" if finding.origin else ""
    cells = [
        finding.rule.severity,
        f"{finding.rule.id} {finding.rule.title}",
        where,
        f"{lines.subject(finding)}: {finding.message}",
        finding.rule.remediation,
    ]
    return "| " + " | ".join(_safe(cell) for cell in cells) + " |"


def _safe(text: str) -> str:
    """Text that Markdown shows as it is."""
    return re.sub(r"([\\`*_\[\]<>|#@])", r"\\\1", " ".join(text.split()))
