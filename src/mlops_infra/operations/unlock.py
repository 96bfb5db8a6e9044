"""unlock: take an environment's lock from its holder, knowingly, and say so in the ledger."""

from __future__ import annotations

from mlops_infra.config import load_environment
from mlops_infra.operations.authorising import authorised
from mlops_infra.operations.lock import Holder
from mlops_infra.operations.places import open_ledger, open_lock
from mlops_infra.operations.ports import Context
from mlops_infra.operations.record import Recorder
from mlops_infra.operations.session import looking


def holder_of(context: Context, environment: str) -> Holder | None:
    """Who holds the lock of an environment."""
    context.project.check(environment)
    return open_lock(context, environment).holder()


def unlock(context: Context, environment: str) -> Holder | None:
    """Break the environment's lock and the engine's own; returns who held the former.

    An operation that still runs notices before its next step. Raises GateError where the actor may not; ConfigError for the stack file.
    """
    context.project.check(environment)
    loaded = load_environment(context.project.stacks, environment)
    permitted = authorised(context, loaded, "unlock")
    context.project.state_dir()
    recorder = Recorder(open_ledger(context, environment), permitted.actor)
    holder = open_lock(context, environment).force()
    recorder.unlocked(holder)
    with looking(context, loaded) as engine:
        released = engine.break_locks()
    if released:
        recorder.engine_locks_released(released)
        context.notice(f"the engine's own lock was taken away from {', '.join(released)}")
    return holder
