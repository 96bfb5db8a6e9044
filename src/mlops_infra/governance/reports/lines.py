"""What several reports share: lines of stack files, and one finding in words."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from mlops_infra.config.node import Origin, dotted
from mlops_infra.config.problems import is_secret
from mlops_infra.governance.verdict import Finding, Severity, Verdict

MARK: dict[Severity, str] = {"critical": "CRITICAL", "high": "HIGH", "medium": "MEDIUM", "low": "LOW"}


@lru_cache(maxsize=64)
def _lines(file: Path) -> tuple[str, ...]:
    try:
        return tuple(file.read_text(encoding="utf-8").splitlines())
    except (OSError, UnicodeDecodeError):
        return ()


def source_line(root: Path, origin: Origin | None) -> str | None:
    """The line of a stack file that `origin` names, None where it cannot be shown (its key may hold a secret)."""
    if origin is None:
        return None
    lines = _lines(root / origin.file)
    if not 1 <= origin.line <= len(lines):
        return None
    line = lines[origin.line - 1].rstrip()
    return None if is_secret((line.split(":", 1)[0].strip(" -"),)) else line


def subject(finding: Finding) -> str:
    """The resource and the property: ``aws:s3/bucket:Bucket claims → versioning.enabled``."""
    what = f"{finding.type} {finding.name}".strip()
    return f"{what} → {dotted(finding.path)}" if finding.path and finding.resource else what


def place(finding: Finding) -> str:
    """``stacks/staging.yaml:12 (layer staging)``."""
    if finding.origin is None:
        return "no place in the stack files"
    return f"{finding.origin.file}:{finding.origin.line} (layer {finding.origin.layer})"


def trail(finding: Finding) -> str:
    """The names along a path through the graph."""
    return " → ".join(urn.rpartition("::")[2] for urn in finding.trail)


def summary(verdict: Verdict) -> str:
    """One sentence: ``staging: fail: 2 findings (1 critical, 1 low), 3 unknown; 63 rules on 462 resources``."""
    if verdict.problem:
        return f"{verdict.environment}: fail: not judged"
    counts: dict[str, int] = {}
    for finding in verdict.failures:
        counts[finding.rule.severity] = counts.get(finding.rule.severity, 0) + 1
    told = ", ".join(f"{count} {severity}" for severity, count in counts.items())
    number = len(verdict.failures)
    parts = [f"{number} finding{'' if number == 1 else 's'}" + (f" ({told})" if told else "")]
    parts.append(f"{len(verdict.unknowns)} unknown")
    if verdict.waived:
        parts.append(f"{len(verdict.waived)} waived")
    if verdict.known:
        parts.append(f"{len(verdict.known)} known from the baseline")
    who = verdict.environment
    if verdict.judged_as not in ("", who):
        who += f" as {verdict.judged_as}"
    asked = f"{len(verdict.rules)} rules on {verdict.resources} resources"
    return f"{who}: {verdict.result}: {', '.join(parts)}; {asked}"
