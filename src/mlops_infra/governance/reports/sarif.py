"""SARIF 2.1.0 (OASIS): our rule ids, and locations in the stack files."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import sarif_pydantic as om
from sarif_pydantic.sarif import Suppression

from mlops_infra import __version__
from mlops_infra.governance.reports import lines
from mlops_infra.governance.verdict import Finding, Rule, Severity, Verdict

SCHEMA: Final = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_LEVELS: Final[dict[Severity, om.Level]] = {
    "critical": om.Level.ERROR,
    "high": om.Level.ERROR,
    "medium": om.Level.WARNING,
    "low": om.Level.NOTE,
}
_SCORES: Final[dict[Severity, str]] = {"critical": "9.5", "high": "8.0", "medium": "5.5", "low": "2.0"}
"""``security-severity``, by which code scanning sorts: over 9.0 is critical, from 7.0 on high, from 4.0 on medium."""
PROBLEM_RULE: Final = "MLI-GOVERNANCE-000"


def sarif(verdicts: Sequence[Verdict], root: Path) -> str:
    """One run with all environments; waived findings are suppressed results, unknown ones are of kind ``open``."""
    rules = {rule.id: rule for verdict in verdicts for rule in verdict.rules}
    index = {rule_id: number for number, rule_id in enumerate(sorted(rules))}
    results: list[om.Result] = []
    for verdict in verdicts:
        if verdict.problem:
            results.append(_problem(verdict))
        results += [_result(finding, verdict, index, root) for finding in (*verdict.findings, *verdict.waived)]
    driver = om.ToolDriver(
        name="mlops-infra",
        version=__version__,
        rules=[_descriptor(rules[rule_id]) for rule_id in sorted(rules)],
    )
    run = om.Run(
        tool=om.Tool(driver=driver),
        results=results,
        original_uri_base_ids={"PROJECT": om.ArtifactLocation(description=om.Message(text="The project's root."))},
        invocations=[om.Invocation(execution_successful=all(verdict.problem is None for verdict in verdicts))],
    )
    made = om.Sarif.model_validate({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]})
    return made.model_dump_json(by_alias=True, exclude_none=True, indent=2) + "\n"


def _descriptor(rule: Rule) -> om.ReportingDescriptor:
    return om.ReportingDescriptor(
        id=rule.id,
        name=rule.package.rpartition(".")[2],
        short_description=om.Message(text=rule.title),
        full_description=om.Message(text=rule.description),
        help=om.Message(text=f"{rule.remediation}\n\nControls: {', '.join(rule.controls)}"),
        default_configuration=om.ReportingConfiguration(level=_LEVELS[rule.severity].value),
        properties={"security-severity": _SCORES[rule.severity], "tags": ["security", rule.family, *rule.controls]},
    )


def _result(finding: Finding, verdict: Verdict, index: dict[str, int], root: Path) -> om.Result:
    unknown = finding.status == "unknown"
    more: dict[str, object] = {}
    if finding.waived_by:
        more["suppressions"] = [Suppression(kind="external", status="accepted", justification=finding.waived_by)]
    return om.Result.model_validate(
        {
            "ruleId": finding.rule.id,
            "ruleIndex": index[finding.rule.id],
            "kind": "open" if unknown else "fail",
            # SARIF 2.1.0, 3.27.10: a result that is not of kind "fail" has the level "none".
            "level": om.Level.NONE if unknown else _LEVELS[finding.rule.severity],
            "message": om.Message(text=f"{verdict.environment}: {lines.subject(finding)}: {finding.message}"),
            "locations": [_location(finding, root)],
            "partialFingerprints": {"mlopsInfra/v1": finding.fingerprint},
            "properties": {"environment": verdict.environment, "controls": list(finding.rule.controls)},
            **more,
        }
    )


def _location(finding: Finding, root: Path) -> om.Location:
    logical = om.LogicalLocation(
        name=finding.name, fully_qualified_name=finding.resource or finding.name, kind="resource"
    )
    if finding.origin is None:
        return om.Location(logical_locations=[logical])
    shown = lines.source_line(root, finding.origin)
    region = om.Region.model_validate(
        {
            "startLine": finding.origin.line,
            "startColumn": finding.origin.column,
            **({"snippet": {"text": shown}} if shown is not None else {}),
        }
    )
    artifact = om.ArtifactLocation(uri=finding.origin.file, uri_base_id="PROJECT")
    return om.Location(
        physical_location=om.PhysicalLocation(artifact_location=artifact, region=region), logical_locations=[logical]
    )


def _problem(verdict: Verdict) -> om.Result:
    assert verdict.problem is not None  # noqa: S101 - the caller looked
    return om.Result(
        rule_id=PROBLEM_RULE,
        kind="fail",
        level=om.Level.ERROR,
        message=om.Message(text=f"{verdict.environment}: not judged: {verdict.problem.what}"),
        properties={"code": verdict.problem.code},
    )
