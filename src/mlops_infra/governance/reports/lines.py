"""What several reports share: lines of stack files, and one finding in words."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path
from typing import Final

from mlops_infra.config.node import Origin, dotted
from mlops_infra.config.problems import is_secret
from mlops_infra.governance.masking import masked_text
from mlops_infra.governance.verdict import Finding, Severity, Verdict, counted, many

MARK: dict[Severity, str] = {"critical": "CRITICAL", "high": "HIGH", "medium": "MEDIUM", "low": "LOW"}

_LONGEST: Final = 400
_STEERING: Final = re.compile(r"[^\t\n\x20-\x7e\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What is no character of XML 1.0 (https://www.w3.org/TR/xml/#charsets), and the C1 controls of ISO/IEC 6429."""


@lru_cache(maxsize=64)
def _lines(file: Path, changed: int) -> tuple[str, ...]:  # noqa: ARG001 - part of the key
    try:
        return tuple(file.read_text(encoding="utf-8").splitlines())
    except (OSError, UnicodeDecodeError):
        return ()


def _changed(file: Path) -> int:
    try:
        return file.stat().st_mtime_ns
    except OSError:
        return 0


def source_line(root: Path, origin: Origin | None) -> str | None:
    """The line of a stack file that `origin` names, without personal data; None where it cannot be shown (its key may hold a secret)."""
    if origin is None:
        return None
    file = root / origin.file
    lines = _lines(file, _changed(file))
    if not 1 <= origin.line <= len(lines):
        return None
    line = lines[origin.line - 1].rstrip()
    if len(line) > _LONGEST:
        return None  # No line for people: a plan of Terraform is one.
    return None if is_secret((line.split(":", 1)[0].strip(" -"),)) else masked_text(line)


def subject(finding: Finding) -> str:
    """The resource and the property: ``aws:s3/bucket:Bucket claims → versioning.enabled``."""
    what = f"{finding.type} {finding.name}".strip()
    return f"{what} → {dotted(finding.path)}" if finding.path and finding.resource else what


def place(finding: Finding) -> str:
    """``stacks/staging.yaml:12 (layer staging)``."""
    if finding.origin is None:
        return "no place in the stack files"
    layer = f" (layer {finding.origin.layer})" if finding.origin.layer else ""
    return f"{finding.origin.file}:{finding.origin.line}{layer}"


def trail(finding: Finding) -> str:
    """The names along a path through the graph."""
    return " → ".join(urn.rpartition("::")[2] for urn in finding.trail)


def summary(verdict: Verdict) -> str:
    """One sentence: ``staging: fail: 2 findings (1 critical, 1 low), 3 unknown; 63 rules on 462 resources``."""
    who = verdict.environment
    if verdict.judged_as not in ("", who):
        who += f" as {verdict.judged_as}"
    return f"{who}: {result(verdict)}"


def result(verdict: Verdict) -> str:
    """The summary without its environment."""
    if verdict.problem:
        return "fail: not judged"
    asked = f"{many(len(verdict.rules), 'rule')} on {many(verdict.resources, 'resource')}"
    return f"{verdict.result}: {counted(verdict)}; {asked}"


def plain(text: str) -> str:
    """Text without characters that steer a terminal or that XML cannot hold; names in other people's manifests may have them."""
    return _STEERING.sub("\ufffd", text)
