"""check: what the rules say of environments, without engine, cloud, network or credentials.

Steps per environment: load → synth → judge. OPA starts once for all of them, and reads the rules while the first one is synthesized.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from mlops_infra.config import LoadedEnvironment, load_environment
from mlops_infra.errors import MlopsInfraError
from mlops_infra.governance import baseline as baselines
from mlops_infra.governance import policyset
from mlops_infra.governance.graphfile import read_graph
from mlops_infra.governance.judge import judge, refused
from mlops_infra.governance.refusal import Refusal
from mlops_infra.governance.server import Opa
from mlops_infra.governance.verdict import Severity, Verdict, at_least
from mlops_infra.governance.waivers import Waivers, load_waivers
from mlops_infra.graph import Graph
from mlops_infra.operations import judging
from mlops_infra.operations.judging import Moment
from mlops_infra.operations.ports import Context


def check(
    context: Context,
    environments: Sequence[str],
    *,
    judged_as: str | None = None,
    baseline: Path | None = None,
    graph: Path | None = None,
) -> tuple[Verdict, ...]:
    """The verdict of each environment.

    Arguments: `judged_as`: the environment whose rules and waivers shall hold; `baseline`: an earlier report whose findings do not count;
    `graph`: a file of ``graph --format json`` to judge in place of the stack file's own graph (of one environment).
    Raises ConfigError for wrong stack files and UsageError for a baseline or a graph that cannot be read; anything that keeps the rules
    from being asked is a failing verdict.
    """
    known: Mapping[str, frozenset[str]] = baselines.load_baseline(baseline) if baseline else {}
    given = read_graph(graph) if graph else None
    found = [load_environment(context.project.stacks, name) for name in environments]
    try:
        with judging_with(context) as (policies, opa, waivers):
            verdicts = [
                judge(
                    given or context.ports.synth(loaded),
                    loaded,
                    policies,
                    opa,
                    waivers,
                    context.ports.clock(),
                    judged_as=judged_as,
                )
                for loaded in found
            ]
    except Refusal as refusal:
        verdicts = [refused(name, refusal) for name in environments]
    return tuple(baselines.without_known(item, known.get(item.environment, frozenset())) for item in verdicts)


def judge_graph(context: Context, loaded: LoadedEnvironment, graph: Graph, moment: Moment) -> Verdict:
    """The verdict on a graph that the engine gave; for `plan` and `up`."""
    try:
        with judging_with(context) as (policies, opa, waivers):
            return judge(graph, loaded, policies, opa, waivers, context.ports.clock(), moment=moment)
    except Refusal as refusal:
        return refused(loaded.environment.environment, refusal)


@contextmanager
def judging_with(context: Context) -> Iterator[tuple[policyset.PolicySet, Opa, Waivers]]:
    """Everything that a judgement needs. Raises Refusal where any of it cannot be had."""
    policies = policyset.load(context.project.policies)
    waivers = load_waivers(context.project.stacks)
    try:
        server = context.ports.opa(policies, context.programs)
    except Refusal:
        raise
    except MlopsInfraError as error:
        raise Refusal(
            "opa-missing",
            f"OPA cannot be had: {error.what}",
            where=error.where,
            hint=error.hint or "`mlops-infra setup --only opa` installs it",
        ) from error
    with server as opa:
        yield policies, opa, waivers


def by_policies(context: Context, loaded: LoadedEnvironment, graph: Graph, moment: Moment) -> judging.Verdict:
    """Implements `judging.Judge` by the project's policies."""
    return as_told(judge_graph(context, loaded, graph, moment))


def as_told(verdict: Verdict) -> judging.Verdict:
    """The verdict in the words of `up` and `plan`."""
    if verdict.problem:
        return judging.Verdict("fail", (f"not judged: {verdict.problem.what}",))
    return judging.Verdict(verdict.result, tuple(_sentence(verdict)))


def _sentence(verdict: Verdict) -> Iterator[str]:
    for finding in verdict.findings:
        place = f"{finding.origin}: " if finding.origin else ""
        yield f"{finding.rule.id} ({finding.rule.severity}) {place}{finding.name}: {finding.message}"


def fails(verdict: Verdict, *, fail_on: Severity = "low", strict: bool = False) -> bool:
    """Whether a verdict ends `check` with exit code 3: nobody judged, a finding as grave as `fail_on`, or (strict) an unknown one."""
    if verdict.problem:
        return True
    if strict and verdict.unknowns:
        return True
    return any(at_least(finding.rule.severity, fail_on) for finding in verdict.failures)
