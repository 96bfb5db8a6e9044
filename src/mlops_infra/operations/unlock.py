"""unlock: take an environment's lock from its holder, knowingly, and say so in the ledger."""

from __future__ import annotations

from mlops_infra.operations.lock import EnvironmentLock, Holder
from mlops_infra.operations.ports import Context
from mlops_infra.operations.record import Recorder
from mlops_infra.operations.session import open_ledger


def holder_of(context: Context, environment: str) -> Holder | None:
    """Who holds the lock of an environment."""
    context.project.check(environment)
    context.project.state_dir()
    return EnvironmentLock(context.project.locks(), environment, context.ports.clock).holder()


def unlock(context: Context, environment: str) -> Holder | None:
    """Break the lock; returns who held it. An operation that still runs notices before its next step."""
    context.project.check(environment)
    context.project.state_dir()
    holder = EnvironmentLock(context.project.locks(), environment, context.ports.clock).force()
    Recorder(open_ledger(context, environment), context.ports.actor()).unlocked(holder)
    return holder
