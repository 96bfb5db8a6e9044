"""check: what the rules say of environments, without engine, cloud, network or credentials.

Steps per environment: load → synth → judge. OPA starts once for all of them, and reads the rules while the first one is synthesized.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from mlops_infra.config import LoadedEnvironment, load_environment
from mlops_infra.governance import baseline as baselines
from mlops_infra.governance import policyset
from mlops_infra.governance.graphfile import read_graph
from mlops_infra.governance.judge import judge, refused
from mlops_infra.governance.refusal import Refusal
from mlops_infra.governance.server import Opa
from mlops_infra.governance.verdict import Severity, Verdict, at_least
from mlops_infra.governance.waivers import Waivers, load_waivers
from mlops_infra.graph import Graph
from mlops_infra.operations.judging import Judgement, Moment
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
    other = load_environment(context.project.stacks, judged_as) if judged_as else None
    try:
        with judging_with(context) as (policies, opa, waivers):
            verdicts = [
                judge(
                    given or context.ports.remembered(loaded, context.project, context.ports.synth),
                    loaded,
                    policies,
                    opa,
                    waivers,
                    context.ports.clock(),
                    judged_as=other,
                )
                for loaded in found
            ]
    except Refusal as refusal:
        verdicts = [refused(name, refusal) for name in environments]
    return tuple(baselines.without_known(item, known.get(item.environment, frozenset())) for item in verdicts)


@contextmanager
def judging(context: Context, loaded: LoadedEnvironment) -> Iterator[Judgement]:
    """Implements `judging.Judge` by the project's policies: OPA starts now, and the first question waits for it.

    A graph that gives the document which was judged already gets the same verdict, unless that hung on something unknown.
    """
    ready: tuple[policyset.PolicySet, Opa, Waivers] | Refusal
    with ExitStack() as stack:
        try:
            ready = stack.enter_context(judging_with(context))
        except Refusal as refusal:
            ready = refusal
        told: list[tuple[Graph, Verdict]] = []

        def judgement(graph: Graph, moment: Moment) -> Verdict:
            if isinstance(ready, Refusal):
                return refused(loaded.environment.environment, ready)
            for known, verdict in told:
                if known == graph and verdict.result != "unknown" and not verdict.problem:
                    return verdict
            verdict = judge(graph, loaded, *ready, context.ports.clock(), moment=moment)
            told.append((graph, verdict))
            return verdict

        yield judgement


@contextmanager
def judging_with(context: Context) -> Iterator[tuple[policyset.PolicySet, Opa, Waivers]]:
    """Everything that a judgement needs. Raises Refusal where any of it cannot be had."""
    with context.opa.scope():
        policies, opa = context.opa.get(context)
        yield policies, opa, load_waivers(context.project.stacks)


def fails(verdict: Verdict, *, fail_on: Severity = "low", strict: bool = False) -> bool:
    """Whether a verdict ends `check` with exit code 3: nobody judged, a finding as grave as `fail_on`, or (strict) an unknown one."""
    if verdict.problem:
        return True
    if strict and verdict.unknowns:
        return True
    return any(at_least(finding.rule.severity, fail_on) for finding in verdict.failures)
