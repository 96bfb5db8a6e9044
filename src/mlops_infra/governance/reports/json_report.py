"""The JSON report, format 1; ``policies/schema/report.json`` is its schema, and a baseline is such a file."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from mlops_infra.governance.reports import lines
from mlops_infra.governance.verdict import Finding, Severity, Verdict


class OriginPart(BaseModel):
    model_config = ConfigDict(extra="forbid")
    file: str = Field(description="The stack file, as seen from the project's root.")
    line: int = Field(description="Counted from 1.")
    column: int = Field(description="Counted from 1.")
    layer: str = Field(description="The layer that set the value.")
    text: str | None = Field(description="The line itself; null where it may hold a secret.")


class FindingPart(BaseModel):
    model_config = ConfigDict(extra="forbid")
    rule: str = Field(description="The rule's id.")
    title: str = Field(description="What the rule asks for.")
    severity: Severity
    status: Literal["fail", "unknown"] = Field(description="`unknown` is judged again on the deployed state.")
    resource: str | None = Field(description="URN; null where the finding is about the stack file itself.")
    type: str
    name: str
    path: list[str | int] = Field(
        description="The property's path in the resource's inputs, or the key path in the stack file."
    )
    message: str
    value: str | None = Field(description="The offending value; secrets and personal data are masked.")
    origin: OriginPart | None = Field(description="The place in the stack files to change.")
    trail: list[str] = Field(description="URNs of the path through the graph that the finding is about.")
    remediation: str
    controls: list[str] = Field(description="Clauses that the rule serves.")
    waiver: str | None = Field(description="Ticket of the waiver that excuses the finding.")
    not_waived: str | None = Field(description="Why a waiver for this rule does not excuse the finding.")
    fingerprint: str = Field(description="The same for the same finding in another run.")


class ProblemPart(BaseModel):
    model_config = ConfigDict(extra="forbid")
    code: str
    what: str
    where: str | None
    hint: str | None


class VerdictPart(BaseModel):
    model_config = ConfigDict(extra="forbid")
    environment: str
    judged_as: str = Field(description="The environment whose rules and waivers held.")
    result: Literal["pass", "fail", "unknown"]
    rules: int = Field(description="Number of rules that were asked.")
    resources: int = Field(description="Number of resources that they saw.")
    policies: str = Field(description="Digest of the policies.")
    findings: list[FindingPart]
    waived: list[FindingPart]
    known: list[FindingPart] = Field(description="Findings that were there at the baseline.")
    notes: list[str] = Field(description="What people should know about waivers.")
    problem: ProblemPart | None = Field(description="Why nothing could be judged.")


class ReportDocument(BaseModel):
    """`check --format json`."""

    model_config = ConfigDict(extra="forbid")
    version: Literal[1] = 1
    verdicts: list[VerdictPart]


def json_report(verdicts: Sequence[Verdict], root: Path) -> str:
    """The report."""
    return document(verdicts, root).model_dump_json(indent=2) + "\n"


def document(verdicts: Sequence[Verdict], root: Path) -> ReportDocument:
    """The report as a model."""
    return ReportDocument(verdicts=[verdict_part(verdict, root) for verdict in verdicts])


def schema() -> str:
    """The JSON Schema of the report."""
    made: dict[str, Any] = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **ReportDocument.model_json_schema(),
        "title": "mlops-infra policy report",
    }
    return json.dumps(made, indent=2, ensure_ascii=False) + "\n"


def verdict_part(verdict: Verdict, root: Path) -> VerdictPart:
    """One verdict as it stands in JSON documents; `root` is the project's root, from which the files of origins are named."""
    problem = verdict.problem
    return VerdictPart(
        environment=verdict.environment,
        judged_as=verdict.judged_as,
        result=verdict.result,
        rules=len(verdict.rules),
        resources=verdict.resources,
        policies=verdict.digest,
        findings=[_finding(finding, root) for finding in verdict.findings],
        waived=[_finding(finding, root) for finding in verdict.waived],
        known=[_finding(finding, root) for finding in verdict.known],
        notes=list(verdict.notes),
        problem=ProblemPart(code=problem.code, what=problem.what, where=problem.where, hint=problem.hint)
        if problem
        else None,
    )


def _finding(finding: Finding, root: Path) -> FindingPart:
    origin = finding.origin
    return FindingPart(
        rule=finding.rule.id,
        title=finding.rule.title,
        severity=finding.rule.severity,
        status=finding.status,
        resource=finding.resource,
        type=finding.type,
        name=finding.name,
        path=list(finding.path),
        message=finding.message,
        value=finding.value,
        origin=OriginPart(
            file=origin.file,
            line=origin.line,
            column=origin.column,
            layer=origin.layer,
            text=lines.source_line(root, origin),
        )
        if origin
        else None,
        trail=list(finding.trail),
        remediation=finding.rule.remediation,
        controls=list(finding.rule.controls),
        waiver=finding.waived_by,
        not_waived=finding.not_waived,
        fingerprint=finding.fingerprint,
    )
