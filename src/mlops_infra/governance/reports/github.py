"""Workflow commands of GitHub Actions, which annotate the stack files in a pull request."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from mlops_infra.governance.reports import lines
from mlops_infra.governance.verdict import Finding, Severity, Verdict

_LEVELS: Final[dict[Severity, str]] = {"critical": "error", "high": "error", "medium": "warning", "low": "notice"}


def github(verdicts: Sequence[Verdict], root: Path) -> str:  # noqa: ARG001 - every report takes the root
    """One line per finding, and a summary line per environment."""
    told: list[str] = []
    for verdict in verdicts:
        if verdict.problem:
            told.append(f"::error title=policies::{_data(f'{verdict.environment}: {verdict.problem.what}')}")
        told += [_annotation(finding, verdict.environment) for finding in verdict.findings]
        told += [f"::notice title=waivers::{_data(note)}" for note in verdict.notes]
        told.append(lines.summary(verdict))
    return lines.plain("\n".join(told) + "\n")


def _annotation(finding: Finding, environment: str) -> str:
    level = "notice" if finding.status == "unknown" else _LEVELS[finding.rule.severity]
    properties = [f"title={_property(f'{finding.rule.id} {finding.rule.title}')}"]
    if finding.origin:
        properties = [
            f"file={_property(finding.origin.file)}",
            f"line={finding.origin.line}",
            f"col={finding.origin.column}",
            *properties,
        ]
    message = f"{environment}: {lines.subject(finding)}: {finding.message}\n{finding.rule.remediation}"
    return f"::{level} {','.join(properties)}::{_data(message)}"


def _data(text: str) -> str:
    """Escaped as the runner's toolkit does (actions/toolkit, packages/core/src/command.ts)."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
