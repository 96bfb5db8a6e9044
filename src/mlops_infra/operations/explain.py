"""policy explain: what a rule asks and why, and with an environment what it found where.

Steps: which rule → its clauses; with an environment: load → synth → judge → what the rule looked at.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

from mlops_infra.config import load_environment
from mlops_infra.errors import UsageError
from mlops_infra.governance import explain as explaining
from mlops_infra.governance.explain import Looked, Served
from mlops_infra.governance.judge import judge, refused
from mlops_infra.governance.refusal import Refusal
from mlops_infra.governance.verdict import Finding, Problem, Rule, Verdict
from mlops_infra.operations.check import judging_with
from mlops_infra.operations.policies import rule_named
from mlops_infra.operations.ports import Context

_FINGERPRINT: Final = re.compile(r"[0-9a-f]{8,32}")


@dataclass(frozen=True)
class Explanation:
    """`looked` is empty without an environment; `problem` says why nobody could judge."""

    rule: Rule
    clauses: tuple[Served, ...]
    environment: str | None = None
    looked: tuple[Looked, ...] = field(default=())
    problem: Problem | None = None


def explain(context: Context, what: str, environment: str | None = None) -> Explanation:
    """A rule by its id, or a finding by its fingerprint (of the JSON report, or its first eight characters), explained.

    Arguments: `environment`: where to look at what the rule finds; a finding needs one. Raises UsageError where there is no
    such rule or finding.
    """
    of_finding = _FINGERPRINT.fullmatch(what.lower()) is not None
    if not of_finding:
        rule = rule_named(context.project, what)
        if environment is None:
            return _explained(context, rule)
    elif environment is None:
        raise UsageError("a finding belongs to an environment", hint="say `--env NAME`")
    assert environment is not None  # noqa: S101 - both branches looked
    loaded = load_environment(context.project.stacks, environment)
    graph = context.ports.synth(loaded)
    try:
        with judging_with(context) as (policies, opa, waivers):
            verdict = judge(graph, loaded, policies, opa, waivers, context.ports.clock())
    except Refusal as refusal:
        verdict = refused(environment, refusal)
    if verdict.problem is not None:
        if of_finding:
            raise UsageError(f"nobody could judge: {verdict.problem.what}", hint=verdict.problem.hint)
        return _explained(context, rule, environment, problem=verdict.problem)
    only = _finding(verdict, what.lower()) if of_finding else None
    chosen = only.rule if only else rule
    return _explained(context, chosen, environment, explaining.looked_at(chosen, verdict, graph, loaded, only))


def _explained(
    context: Context,
    rule: Rule,
    environment: str | None = None,
    looked: tuple[Looked, ...] = (),
    problem: Problem | None = None,
) -> Explanation:
    return Explanation(rule, explaining.clauses(context.project.policies, rule), environment, looked, problem)


def _finding(verdict: Verdict, fingerprint: str) -> Finding:
    found = [
        finding
        for finding in (*verdict.findings, *verdict.waived, *verdict.known)
        if finding.fingerprint.startswith(fingerprint)
    ]
    if not found:
        raise UsageError(
            f"{verdict.environment} has no finding {fingerprint}",
            hint="`mlops-infra check --format json` shows fingerprints; a finding that was mended is gone",
        )
    return found[0]
