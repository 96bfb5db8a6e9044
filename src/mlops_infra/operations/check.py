"""check: what the rules say of environments, without engine, cloud, network or credentials.

Steps per environment: load → synth → judge. OPA starts once for all of them, and reads the rules while the first one is synthesized.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Final

from mlops_infra.config import LoadedEnvironment, load_environment
from mlops_infra.engine.garbage import collect
from mlops_infra.errors import MlopsInfraError
from mlops_infra.governance import baseline as baselines
from mlops_infra.governance import policyset
from mlops_infra.governance.changed import changed_since
from mlops_infra.governance.graphfile import read_graph
from mlops_infra.governance.judge import judge, refused
from mlops_infra.governance.refusal import Refusal
from mlops_infra.governance.server import Opa
from mlops_infra.governance.verdict import Severity, Verdict, at_least
from mlops_infra.governance.waivers import Waivers, load_waivers
from mlops_infra.graph import Graph
from mlops_infra.operations.judging import Judgement, Moment
from mlops_infra.operations.ports import Context, synth_anew
from mlops_infra.operations.project import Project

DEBOUNCE_MS: Final = 100
"""For so long files that are saved together are collected."""
STEP_MS: Final = 20
"""When for so long nothing more is saved, they are complete."""
WAKE_MS: Final = 100
"""How often the watch comes back without a change."""


def check(
    context: Context,
    environments: Sequence[str],
    *,
    judged_as: str | None = None,
    baseline: Path | None = None,
    graph: Path | None = None,
    since: str | None = None,
) -> tuple[Verdict, ...]:
    """The verdict of each environment.

    Arguments: `judged_as`: the environment whose rules and waivers shall hold; `baseline`: an earlier report whose findings do not count;
    `graph`: a file of ``graph --format json`` to judge in place of the stack file's own graph (of one environment); `since`: a commit;
    only findings that come from lines of stack files changed since then count.
    Raises ConfigError for wrong stack files and UsageError for a baseline, a graph or a commit that cannot be read; anything that keeps
    the rules from being asked is a failing verdict.
    """
    known: Mapping[str, frozenset[str]] = baselines.load_baseline(baseline) if baseline else {}
    given = read_graph(graph) if graph else None
    changed = changed_since(context.project.root, context.project.stacks, since) if since else None
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
    return tuple(
        baselines.without_known(
            item, known.get(item.environment, frozenset()) | (changed.known(item) if changed else frozenset())
        )
        for item in verdicts
    )


def watch(
    context: Context,
    environments: Sequence[str],
    changes: Iterable[Collection[Path]],
    tell: Callable[[tuple[Verdict, ...]], None],
    failed: Callable[[MlopsInfraError], None],
    *,
    judged_as: str | None = None,
    baseline: Path | None = None,
    since: str | None = None,
) -> None:
    """`check` after each of `changes`, with one OPA until the policies change or it fails, and with graphs in memory.

    The first of `changes` says that the watch has begun. `tell` gets the verdicts, `failed` what a half-written file causes; neither ends
    the watch, which ends with `changes`.
    """
    context = _remembering(context)
    waiting = iter(changes)
    paths = next(waiting, None)
    while paths is not None:
        with context.opa.scope():
            fresh = True
            while fresh and paths is not None:
                try:
                    verdicts = check(context, environments, judged_as=judged_as, baseline=baseline, since=since)
                    fresh = not any(verdict.problem for verdict in verdicts)
                    tell(verdicts)
                except MlopsInfraError as error:
                    failed(error)
                collect()
                paths = next(waiting, None)
                fresh = fresh and not any(path.is_relative_to(context.project.policies) for path in paths or ())


def _remembering(context: Context) -> Context:
    """The context with a synth that lives as long as it, in place of graphs that are written and read."""
    ports = context.ports
    if ports.synth_with_memory is None:
        return context
    return replace(context, ports=replace(ports, synth=ports.synth_with_memory(), remembered=synth_anew))


def changed_files(project: Project) -> Iterator[Collection[Path]]:
    """Files of the project's stacks and policies that somebody saved, as it happens; the first one is empty, when the watch has begun.

    Does not end; Ctrl-C raises KeyboardInterrupt.
    """
    from watchfiles import watch as watched  # noqa: PLC0415

    folders = [folder.resolve() for folder in (project.stacks, project.policies) if folder.is_dir()]
    begun = False
    for found in watched(*folders, debounce=DEBOUNCE_MS, step=STEP_MS, rust_timeout=WAKE_MS, yield_on_timeout=True):
        if found or not begun:
            begun = True
            yield [Path(path) for _, path in found]


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
