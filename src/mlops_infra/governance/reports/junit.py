"""JUnit XML: a suite per environment, a case per rule; unknown is skipped, and a graph that could not be judged is an error.

There is no one schema. The strictest common reader is Jenkins' xUnit plugin, which refuses attributes that its schema lacks (its
``junit-10.xsd`` knows no ``skipped`` of all suites together); GitLab takes cases of the same class and name for one.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from mlops_infra.governance.reports import lines
from mlops_infra.governance.verdict import Finding, Rule, Verdict, many

_COUNTS: Final[Mapping[str, str]] = {
    "tests": "testcase",
    "failures": "testcase/failure",
    "errors": "testcase/error",
    "skipped": "testcase/skipped",
}
"""Attribute of a suite, and which of its elements are counted."""


def junit(verdicts: Sequence[Verdict], root: Path) -> str:  # noqa: ARG001 - every report takes the root
    """The report."""
    suites = [_suite(verdict) for verdict in verdicts]
    of_all = {
        count: str(sum(int(suite.get(count, 0)) for suite in suites)) for count in ("tests", "failures", "errors")
    }
    made = ET.Element("testsuites", {"name": "mlops-infra check", **of_all})
    made.extend(suites)
    ET.indent(made)
    text: bytes = ET.tostring(made, encoding="utf-8", xml_declaration=True)
    return text.decode("utf-8") + "\n"


def _suite(verdict: Verdict) -> ET.Element:
    suite = ET.Element("testsuite", name=f"policies of {verdict.environment}")
    if verdict.problem:
        case = ET.SubElement(suite, "testcase", name="judging", classname=f"policies.{verdict.environment}")
        problem = verdict.problem
        _result(case, "error", problem.what, "\n".join(filter(None, (problem.where, problem.hint))), type=problem.code)
    else:
        by_rule: dict[str, list[Finding]] = {}
        for finding in verdict.findings:
            by_rule.setdefault(finding.rule.id, []).append(finding)
        for rule in sorted(verdict.rules, key=lambda rule: rule.id):
            suite.append(_case(rule, by_rule.get(rule.id, []), verdict.environment))
    for count, counted in _COUNTS.items():
        suite.set(count, str(len(suite.findall(counted))))
    return suite


def _case(rule: Rule, findings: Sequence[Finding], environment: str) -> ET.Element:
    case = ET.Element("testcase", name=f"{rule.id} {rule.title}", classname=f"policies.{environment}.{rule.family}")
    failures = [finding for finding in findings if finding.status == "fail"]
    if failures:
        told = [f"{lines.place(finding)}: {lines.subject(finding)}: {finding.message}" for finding in failures]
        _result(
            case, "failure", many(len(failures), "finding"), "\n".join([*told, rule.remediation]), type=rule.severity
        )
    elif findings:
        _result(case, "skipped", f"{many(len(findings), 'finding')} not known before the deployment")
    return case


def _result(case: ET.Element, kind: str, message: str, text: str = "", **more: str) -> None:
    result = ET.SubElement(case, kind, {"message": lines.plain(message), **more})
    result.text = lines.plain(text) or None
