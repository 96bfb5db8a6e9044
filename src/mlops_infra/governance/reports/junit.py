"""JUnit XML: a suite per environment, a case per rule; unknown is skipped, and a graph that could not be judged is an error."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from junitparser import Error, Failure, JUnitXml, Skipped, TestCase, TestSuite

from mlops_infra.governance.reports import lines
from mlops_infra.governance.verdict import Finding, Rule, Verdict


def junit(verdicts: Sequence[Verdict], root: Path) -> str:  # noqa: ARG001 - every report takes the root
    """The report."""
    made = JUnitXml("mlops-infra check")
    for verdict in verdicts:
        suite = TestSuite(f"policies of {verdict.environment}")
        if verdict.problem:
            case = TestCase("judging", f"policies.{verdict.environment}")
            case.result = [Error(verdict.problem.what, verdict.problem.code)]
            suite.add_testcase(case)
        else:
            by_rule: dict[str, list[Finding]] = {}
            for finding in verdict.findings:
                by_rule.setdefault(finding.rule.id, []).append(finding)
            for rule in sorted(verdict.rules, key=lambda rule: rule.id):
                suite.add_testcase(_case(rule, by_rule.get(rule.id, []), verdict.environment))
        made.add_testsuite(suite)
    made.update_statistics()
    return str(made.tostring().decode("utf-8"))


def _case(rule: Rule, findings: Sequence[Finding], environment: str) -> TestCase:
    case = TestCase(f"{rule.id} {rule.title}", f"policies.{environment}.{rule.family}")
    failures = [finding for finding in findings if finding.status == "fail"]
    if failures:
        failure = Failure(f"{len(failures)} findings", rule.severity)
        failure.text = "\n".join(
            f"{lines.place(finding)}: {lines.subject(finding)}: {finding.message}" for finding in failures
        )
        case.result = [failure]
    elif findings:
        case.result = [Skipped(f"{len(findings)} not known before the deployment")]
    return case
