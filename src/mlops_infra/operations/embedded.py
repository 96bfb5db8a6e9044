"""sandbox start, stop, simulate, status, reset, env: the embedded cloud by hand. `up` starts it by itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

from mlops_infra.config import LoadedEnvironment, load_environment
from mlops_infra.errors import MlopsInfraError, UsageError
from mlops_infra.operations.authorising import unproved
from mlops_infra.operations.deploy import DeclinedError
from mlops_infra.operations.ports import Context
from mlops_infra.operations.session import held, locked, unconnected
from mlops_infra.providers.connection import Connection

if TYPE_CHECKING:
    from mlops_infra.sandbox.simulate import Wish


def start(context: Context, environment: str) -> Connection:
    """Start what does not run of the environment's embedded cloud; idempotent."""
    loaded = _in_sandbox(context, environment)
    with held(context, environment, "sandbox start", unproved(context)):
        return context.sandbox.start(loaded.environment, progress=context.progress)


def stop(context: Context, environments: Sequence[str]) -> None:
    """Stop the embedded cloud of these environments, of all where none is named; their data stays.

    Raises LockedError while an operation works on one of them.
    """
    names = [context.project.check(name) for name in environments] or context.project.environments()
    with ExitStack() as stack:
        for name in filter(lambda name: _may_run_here(context, name), names):
            stack.enter_context(held(context, name, "sandbox stop", unproved(context)))
        if environments:
            for name in environments:
                context.sandbox.stop(name, progress=context.progress)
        else:
            context.sandbox.stop(progress=context.progress)


def simulate(context: Context, environment: str, models: Sequence[str], wish: Wish) -> Connection:
    """Feed the environment's Prometheus with simulated models (all, where none is named); the environment must run.

    Raises UsageError for what cannot be simulated, OperationError where the embedded cloud does not run, GateError where the actor may not:
    gates believe what Prometheus says.
    """
    loaded = _in_sandbox(context, environment)
    with locked(context, loaded, "sandbox simulate"):
        now = context.ports.clock().timestamp()
        return context.sandbox.simulate(loaded.environment, tuple(models), wish, now, progress=context.progress)


def status(context: Context) -> tuple[Any, ...]:
    """What runs, per environment (`sandbox.SandboxStatus`)."""
    if not context.project.state.is_dir():
        return ()
    return context.sandbox.status()


def reset(context: Context, environment: str, *, confirm: Callable[[str], bool]) -> None:
    """Stop the environment's embedded cloud and forget all its data. `confirm` gets the environment's name.

    Raises GateError while a promotion of the environment is unfinished: its end needs what is there.
    """
    loaded = _in_sandbox(context, environment)
    with locked(context, loaded, "sandbox reset") as (lock, recorder, _):
        context.ports.guard(context, loaded, "sandbox reset")
        if not confirm(environment):
            raise DeclinedError("sandbox reset")
        lock.check()
        with recorder.change("sandbox reset", {}):
            context.sandbox.reset(environment)


def variables(context: Context, environment: str) -> Mapping[str, str]:
    """The variables under which kubectl, aws, boto3 and the ordinary Pulumi CLI work against the environment.

    Raises OperationError where the embedded cloud does not run.
    """
    loaded = _in_sandbox(context, environment)
    return {**context.sandbox.variables(environment), **context.ports.engine_variables(loaded, context.project)}


def _may_run_here(context: Context, environment: str) -> bool:
    """Whether the environment may have processes on this machine. They run also where the stack file was broken since."""
    try:
        return load_environment(context.project.stacks, environment).environment.target == "sandbox"
    except MlopsInfraError:
        context.places.keep_here(environment)
        return True


def _in_sandbox(context: Context, environment: str) -> LoadedEnvironment:
    loaded = load_environment(context.project.stacks, environment)
    if unconnected(loaded).aws.endpoint is None:
        raise UsageError(
            f"environment {environment} does not live in the sandbox",
            where=f"stacks/{environment}.yaml: target",
            hint="its target is aws; use the ordinary credentials and `aws eks update-kubeconfig`",
        )
    return loaded
