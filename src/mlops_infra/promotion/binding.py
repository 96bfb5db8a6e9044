"""The real neighbours behind the ports of `rooms`, and what is observed of environments before and after a promotion."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from mlops_infra.config import LoadedEnvironment, load_environment
from mlops_infra.governance.verdict import Verdict, at_least
from mlops_infra.operations.judging import VerdictError
from mlops_infra.operations.places import open_ledger
from mlops_infra.operations.ports import Context
from mlops_infra.operations.session import Session, connect, looking, session
from mlops_infra.promotion import trust
from mlops_infra.promotion.guard import ReleaseGuard
from mlops_infra.promotion.pipeline import Gates, NoPipelineError, Pipeline, load_pipeline
from mlops_infra.promotion.releases import Releases
from mlops_infra.promotion.rooms import Rooms, SourceEvidence, UndecidedError
from mlops_infra.promotion.running import looks_count, running
from mlops_infra.promotion.store import open_store
from mlops_infra.promotion.verification import CheckResult, Soak, observe
from mlops_infra.providers.connection import Connection

SHORTEST: Final = 60
"""Seconds of traffic that a verification looks at, at the least: four scrapes at Prometheus' usual 15 s."""
PATIENCE: Final = timedelta(seconds=90)
"""How long a verification waits for what cannot be observed yet: `SHORTEST`, and time for the first scrapes."""
_PAUSE: Final = 5.0


def real_rooms() -> Rooms:
    """All neighbours as they are."""
    from mlops_infra.promotion import assess  # noqa: PLC0415 - brings cryptography

    return Rooms(
        assess=assess.assess,
        compare=assess.compare,
        observe=observe_source,
        accept=accept,
        verify=verify,
        releases=_releases,
        policies=policies_digest,
        check_step=check_step,
        spend=assess.spend,
    )


def release_guard() -> ReleaseGuard:
    """The guard of a project with this pipeline and these rules."""
    return ReleaseGuard(source_of, policies_digest)


def policies_digest(context: Context) -> str:
    """The digest of the project's rules: of those that the operation's OPA has read, where it runs already.

    Raises Refusal where they are not all there.
    """
    from mlops_infra.governance import policyset  # noqa: PLC0415

    return (context.opa.policies or policyset.load(context.project.policies)).digest


def source_of(context: Context, environment: str) -> str | None:
    """The environment that releases come from to this one; None where the pipeline leads nowhere there, or there is no pipeline."""
    pipeline = load_pipeline(context.project.stacks)
    step = pipeline.into(environment) if pipeline else None
    return step.source if step else None


def check_step(context: Context, source: str, target: str) -> None:
    """Raises UsageError for a step that the pipeline does not have."""
    _pipeline(context, load_environment(context.project.stacks, target)).step(source, target)


def observe_source(context: Context, source: str, target: str) -> SourceEvidence:
    """Implements `rooms.Observe`: the ledger, drift now (or a moment ago), and the checks over the soak."""
    loaded = load_environment(context.project.stacks, source)
    gates = _pipeline(context, load_environment(context.project.stacks, target)).step(source, target).gates
    within = looks_count(open_ledger(context, source).newest_first(), context.ports.clock())
    with looking(context, loaded) as engine:
        unseen = engine.unseen(within)
    drifted = 0
    if unseen:
        with session(context, source, "drift") as opened:
            with opened.stoppable():
                found = opened.engine.drift(seen_within=within, on_event=context.on_event)
            opened.note(found)
            opened.recorder.observed("drift", {"drifted": [change.urn for change in found.drift]})
            drifted = len(found.drift)
            results = _checked(context, opened.loaded, opened.connection, gates)
    else:
        results = _checked(context, loaded, connect(context, loaded) if gates.checks else None, gates)
    return SourceEvidence(source, running(open_ledger(context, source).newest_first()), results, drifted)


def accept(opened: Session, verdict: Verdict) -> None:
    """Implements `rooms.Accept`: as the step into the environment asks for it, and nothing may stay unknown."""
    pipeline = load_pipeline(opened.context.project.stacks)
    step = pipeline.into(opened.name) if pipeline else None
    worst = step.gates.policies.fail_on if step else "low"
    if any(at_least(found.rule.severity, worst) for found in verdict.failures):
        raise VerdictError(verdict, "after", opened.context.project.root)
    if verdict.problem or verdict.unknowns:
        raise UndecidedError(verdict, "after", opened.context.project.root)


def verify(opened: Session) -> Sequence[CheckResult]:
    """Implements `rooms.Verify`: the checks of the step into the environment, until each of them was observed or patience ends."""
    context, env = opened.context, opened.loaded.environment
    pipeline = load_pipeline(context.project.stacks)
    step = pipeline.into(env.environment) if pipeline else None
    if step is None or not step.gates.checks:
        return ()
    checks = step.gates.checks_of(env)
    connection = _watched(context, opened.loaded, opened.connection)
    until = context.ports.clock() + PATIENCE
    while True:
        now = context.ports.clock()
        results = observe(checks, connection, Soak(now, SHORTEST))
        waiting = any(found.result == "unknown" for found in results) and all(
            found.result != "fail" for found in results
        )
        if not waiting or now >= until:
            return results
        context.interruption.check()
        time.sleep(_PAUSE)


def _pipeline(context: Context, target: LoadedEnvironment) -> Pipeline:
    """The pipeline that judges: the recorded version, or what is there before the first promotion.

    Raises NoPipelineError where there is none.
    """
    recorded = trust.recorded(open_store(context.project, target))
    found = recorded.pipeline if recorded else load_pipeline(context.project.stacks)
    if found is None:
        raise NoPipelineError
    return found


def _checked(
    context: Context, loaded: LoadedEnvironment, connection: Connection | None, gates: Gates
) -> tuple[CheckResult, ...]:
    if connection is None or not gates.checks:
        return ()
    seconds = max(gates.soak_seconds, SHORTEST)
    watched = _watched(context, loaded, connection)
    return observe(gates.checks_of(loaded.environment), watched, Soak(context.ports.clock(), seconds))


def _watched(context: Context, loaded: LoadedEnvironment, connection: Connection) -> Connection:
    """The connection with the Prometheus that watches the environment; the sandbox starts it when it is first asked for."""
    if loaded.environment.target != "sandbox" or connection.prometheus is not None:
        return connection
    return context.sandbox.monitor(loaded.environment, progress=context.progress)


def _releases(context: Context) -> Releases:
    return Releases(context.project.stacks, context.project.locks(), context.ports.clock)
