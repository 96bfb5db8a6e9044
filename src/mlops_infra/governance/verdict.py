"""What the judge says: plain data, ready for every report."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from mlops_infra.config.node import Origin

Severity: TypeAlias = Literal["critical", "high", "medium", "low"]
Input: TypeAlias = Literal["stack", "manifests", "terraform"]
"""Where a graph comes from: our own stack file, Kubernetes manifests, or Terraform."""
Result: TypeAlias = Literal["pass", "fail", "unknown"]
SEVERITIES: Final[tuple[Severity, ...]] = ("critical", "high", "medium", "low")
"""Gravest first."""


@dataclass(frozen=True)
class Rule:
    """One rule's metadata, from the METADATA block of its package.

    `id` is stable and never reused; `package` its Rego package and `file` its file below the policies' folder; `controls` the clauses that
    it serves; `stack_key` the stack-file key to change; `points` where it is enforced; `inputs` which graphs it can judge;
    `subjects` the types that it looks at (`policyset.SUBJECT`); `on_unknown` what becomes of a finding that
    depends on a value which only the cloud knows.
    """

    id: str
    title: str
    description: str
    severity: Severity
    family: str
    package: str
    file: str
    controls: tuple[str, ...]
    remediation: str
    stack_key: str
    points: tuple[str, ...]
    inputs: tuple[Input, ...]
    subjects: tuple[str, ...]
    on_unknown: Literal["defer", "deny"]


@dataclass(frozen=True)
class Finding:
    """One rule × one resource. `resource` is a URN, None where the finding is about the stack file itself.

    `path` is the property's path in the resource's inputs; `value` is fit to be shown; `origin` is the place in the stack files to change;
    `trail` the URNs of a path through the graph; `waived_by` the waiver's ticket, and `not_waived` why one does not excuse it.
    """

    rule: Rule
    status: Literal["fail", "unknown"]
    resource: str | None
    type: str
    name: str
    path: tuple[str | int, ...]
    message: str
    value: str | None = None
    origin: Origin | None = None
    trail: tuple[str, ...] = ()
    waived_by: str | None = None
    not_waived: str | None = None

    @property
    def fingerprint(self) -> str:
        """The same for the same finding in another run: rule, resource and path, without lines and values."""
        what = json.dumps([self.rule.id, self.resource, list(self.path)], separators=(",", ":"))
        return hashlib.sha256(what.encode()).hexdigest()[:32]


@dataclass(frozen=True)
class Problem:
    """Why nothing could be judged; `code` as in `refusal.Code`."""

    code: str
    what: str
    where: str | None = None
    hint: str | None = None


@dataclass(frozen=True)
class Verdict:
    """The verdict of one environment. `rules` is how many were asked, `resources` how many they saw.

    `findings` count, `waived` do not; `known` were there at the baseline and do not count either; `notes` are sentences about
    waivers that a person should read; `problem` says why a graph could not be judged, which is a failure; `source` where
    the graph came from.
    """

    environment: str
    result: Result
    findings: tuple[Finding, ...] = ()
    waived: tuple[Finding, ...] = ()
    known: tuple[Finding, ...] = ()
    notes: tuple[str, ...] = ()
    problem: Problem | None = None
    rules: tuple[Rule, ...] = ()
    resources: int = 0
    judged_as: str = ""
    policies: str = ""
    digest: str = ""
    source: Input = "stack"

    @property
    def failures(self) -> tuple[Finding, ...]:
        """Findings that fail."""
        return tuple(finding for finding in self.findings if finding.status == "fail")

    @property
    def unknowns(self) -> tuple[Finding, ...]:
        """Findings that cannot be decided before the deployment."""
        return tuple(finding for finding in self.findings if finding.status == "unknown")


def counted(verdict: Verdict) -> str:
    """``2 findings (1 critical, 1 low), 3 unknown, 1 waived``."""
    counts: dict[str, int] = {}
    for finding in verdict.failures:
        counts[finding.rule.severity] = counts.get(finding.rule.severity, 0) + 1
    told = ", ".join(f"{count} {severity}" for severity, count in counts.items())
    parts = [many(len(verdict.failures), "finding") + (f" ({told})" if told else "")]
    parts.append(f"{len(verdict.unknowns)} unknown")
    if verdict.waived:
        parts.append(f"{len(verdict.waived)} waived")
    if verdict.known:
        parts.append(f"{len(verdict.known)} known from the baseline")
    return ", ".join(parts)


def many(number: int, noun: str) -> str:
    """``1 finding``, ``2 findings``."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def at_least(severity: Severity, least: Severity) -> bool:
    """Whether `severity` is as grave as `least`, or graver."""
    return SEVERITIES.index(severity) <= SEVERITIES.index(least)
