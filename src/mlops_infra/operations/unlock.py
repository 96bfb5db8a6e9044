"""unlock: take an environment's lock from its holder, knowingly, and say so in the ledger."""

from __future__ import annotations

from mlops_infra.config import load_environment
from mlops_infra.operations.authorising import authorised
from mlops_infra.operations.lock import EnvironmentLock, Holder
from mlops_infra.operations.ports import Context
from mlops_infra.operations.record import Recorder
from mlops_infra.operations.session import looking, open_ledger


def holder_of(context: Context, environment: str) -> Holder | None:
    """Who holds the lock of an environment."""
    context.project.check(environment)
    context.project.state_dir()
    return EnvironmentLock(context.project.locks(), environment, context.ports.clock).holder()


def unlock(context: Context, environment: str) -> Holder | None:
    """Break the environment's lock and the engine's own; returns who held the former.

    An operation that still runs notices before its next step. Raises GateError where the actor may not; ConfigError for the stack file.
    """
    context.project.check(environment)
    loaded = load_environment(context.project.stacks, environment)
    permitted = authorised(context, loaded, "unlock")
    context.project.state_dir()
    holder = EnvironmentLock(context.project.locks(), environment, context.ports.clock).force()
    recorder = Recorder(open_ledger(context, environment), permitted.actor)
    recorder.unlocked(holder)
    with looking(context, loaded) as engine:
        released = engine.break_locks()
    if released:
        recorder.engine_locks_released(released)
        context.notice(f"the engine's own lock was taken away from {', '.join(released)}")
    return holder
