"""plan, up, destroy, refresh, drift: the operations that run the engine."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final, TypeAlias

from mlops_infra.engine.plan import Outcome, Plan
from mlops_infra.errors import OperationError
from mlops_infra.governance.verdict import Verdict
from mlops_infra.graph import Graph, Resource
from mlops_infra.operations import checkpoints
from mlops_infra.operations.access_told import access_of
from mlops_infra.operations.judging import Moment, require
from mlops_infra.operations.ports import Context
from mlops_infra.operations.record import judged
from mlops_infra.operations.session import Session, asked, session

KEY_TYPE: Final = "aws:kms/key:Key"
BUCKET_TYPE: Final = "aws:s3/bucket:Bucket"


@dataclass(frozen=True)
class Planned:
    """What `up` would do, and what the judge says of it."""

    plan: Plan
    verdict: Verdict


@dataclass(frozen=True)
class Deployed:
    """What `up` did. `applied` is False where there was nothing to do; then `outcome` says what is there."""

    planned: Planned
    outcome: Outcome
    verdict: Verdict
    applied: bool
    target: str


@dataclass(frozen=True)
class Doomed:
    """What `destroy` would do: delete `plan.actual`, of which `lost` hold data; what `stays` and what AWS only `schedules`.

    `locked` are buckets with object lock: AWS refuses to delete their objects before the retention ends.
    """

    plan: Plan
    include_data: bool
    lost: tuple[str, ...]
    stays: tuple[str, ...]
    schedules: tuple[str, ...]
    locked: tuple[str, ...]


@dataclass(frozen=True)
class Destroyed:
    """What `destroy` did."""

    doomed: Doomed
    outcome: Outcome
    applied: bool


ConfirmUp: TypeAlias = Callable[[Planned], bool]
ConfirmDestroy: TypeAlias = Callable[[Doomed], bool]


class DeclinedError(OperationError):
    """The person said no."""

    def __init__(self, operation: str) -> None:
        super().__init__("not confirmed; nothing was changed", hint=f"run `{operation}` again when you are ready")


def plan(context: Context, environment: str, *, everything: bool = False, targets: Sequence[str] = ()) -> Planned:
    """What `up` would do, and the verdict on it, which stops nothing here; changes nothing."""
    with session(context, environment, "plan", judged=True) as opened:
        return previewed(opened, everything, targets)


def up(
    context: Context,
    environment: str,
    *,
    confirm: ConfirmUp,
    everything: bool = False,
    targets: Sequence[str] = (),
) -> Deployed:
    """Make the environment what its stack file says.

    `confirm` gets the plan and says whether to go on; it is not asked where nothing would change. Raises DeclinedError where it
    says no, VerdictError for a verdict that forbids, OperationError where the engine fails; all of it is in the ledger.
    """
    with session(context, environment, "up", judged=True) as opened:
        planned = previewed(opened, everything, targets)
        opened.recorder.policies(planned.verdict.digest)
        if planned.verdict.result == "fail":
            opened.recorder.observed("up", {"changes": 0, **judged(planned.verdict)})
            require(planned.verdict, "before", context.project.root)
        target = opened.loaded.environment.target
        if _nothing_to_do(planned.plan):
            opened.recorder.observed("up", {"changes": 0, **opened.told_release})
            if opened.release:
                context.ports.guard.deployed(context, opened.loaded, opened.release)
            return Deployed(planned, _as_it_is(opened, planned.plan), planned.verdict, False, target)
        if (planned.plan.actual or planned.plan.drift) and not confirm(planned):
            raise DeclinedError("up")
        opened.lock.check()
        context.interruption.check()
        with opened.recorder.change("up", asked(everything=everything, targets=targets)) as running:
            running.data.update({**judged(planned.verdict), **({} if targets else opened.told_release)})
            with opened.stoppable():
                outcome = opened.engine.up(everything=everything, targets=targets, on_event=context.on_event)
            running.tell(outcome)
            if not targets:
                opened.recorder.access(running, access_of(opened.loaded.environment))
            verdict = _verdict(opened, outcome.graph, "after")
            running.data.update(judged(verdict, "_after"))
            require(verdict, "after", context.project.root)
            if opened.release and not targets:
                context.ports.guard.deployed(context, opened.loaded, opened.release)
        checkpoints.after(context, environment, opened.recorder)
        return Deployed(planned, outcome, verdict, True, target)


def destroy(context: Context, environment: str, *, confirm: ConfirmDestroy, include_data: bool = False) -> Destroyed:
    """Delete the environment's resources; what holds data stays unless `include_data`."""
    with session(context, environment, "destroy") as opened:
        with opened.stoppable():
            told = opened.engine.preview_destroy(include_data=include_data, on_event=context.on_event)
        opened.note(told)
        doomed = _doomed(told, include_data)
        if not told.actual:
            opened.recorder.observed("destroy", {"changes": 0})
            nothing = Outcome(environment, (), told.graph, kept=doomed.stays)
            return Destroyed(doomed, nothing, applied=False)
        if not confirm(doomed):
            raise DeclinedError("destroy")
        opened.lock.check()
        context.interruption.check()
        with opened.recorder.change("destroy", asked(include_data=include_data)) as running:
            with opened.stoppable():
                outcome = opened.engine.destroy(include_data=include_data, on_event=context.on_event)
            running.tell(replace(outcome, graph=opened.engine.deployed() or Graph.of(environment, ())))
            running.data["scheduled"] = list(doomed.schedules)
        return Destroyed(doomed, outcome, applied=True)


def refresh(context: Context, environment: str) -> Outcome:
    """Take what really is into the state."""
    with session(context, environment, "refresh") as opened:
        with opened.recorder.change("refresh", {}) as running:
            with opened.stoppable():
                outcome = opened.engine.refresh(on_event=context.on_event)
            opened.note(outcome)
            running.tell(replace(outcome, graph=opened.engine.deployed() or Graph.of(environment, ())))
        return outcome


def drift(context: Context, environment: str) -> Plan:
    """What really is against what was deployed, in all parts. `Plan.drift` is the answer; the ledger keeps that somebody looked."""
    with session(context, environment, "drift") as opened:
        with opened.stoppable():
            found = opened.engine.drift(on_event=context.on_event)
        opened.note(found)
        opened.recorder.observed("drift", {"drifted": [change.urn for change in found.drift]})
        return found


def previewed(
    opened: Session, everything: bool = False, targets: Sequence[str] = (), *, seen_within: float = 0.0
) -> Planned:
    """What the session's engine would do, and the judge's verdict on it. Arguments as of `engine.interface.Engine.preview`."""
    context = opened.context
    with opened.stoppable():
        found = opened.engine.preview(
            everything=everything, targets=targets, seen_within=seen_within, on_event=context.on_event
        )
    context.interruption.check()
    opened.note(found)
    return Planned(found, _verdict(opened, found.graph, "before"))


def _verdict(opened: Session, graph: Graph, moment: Moment) -> Verdict:
    if opened.judgement is None:
        raise RuntimeError("an operation that is judged opens its session with a judge")
    return opened.judgement(graph, moment)


def _nothing_to_do(found: Plan) -> bool:
    """Whether no part needs the engine: one without changes may still hold an unfinished operation that `up` completes."""
    parts = {change.part for change in found.changes}
    return not found.actual and not found.drift and not found.changed_outside and parts <= set(found.settled)


def _as_it_is(opened: Session, found: Plan) -> Outcome:
    return Outcome(
        environment=opened.name,
        changes=found.changes,
        graph=found.graph,
        outputs=opened.engine.outputs(),
        recorded_only=found.recorded_only,
        untouched=found.untouched,
    )


def _doomed(found: Plan, include_data: bool) -> Doomed:
    going = {change.urn for change in found.actual}
    gone = [resource for resource in found.graph if resource.urn in going]
    stays = tuple(r.urn for r in found.graph if r.urn not in going and r.custom)
    return Doomed(
        plan=found,
        include_data=include_data,
        lost=tuple(r.urn for r in gone if r.holds_data),
        stays=stays,
        schedules=tuple(r.urn for r in gone if r.type == KEY_TYPE),
        locked=tuple(r.urn for r in gone if _object_locked(r)),
    )


def _object_locked(resource: Resource) -> bool:
    return resource.type == BUCKET_TYPE and resource.inputs.get("objectLockEnabled") is True
