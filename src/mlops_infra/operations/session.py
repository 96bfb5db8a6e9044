"""What every operation on an environment needs: the validated stack file, the lock, the ledger, both planes, and an engine.

Opening a session asks whether the actor may, then takes the lock, so that nobody else starts processes or writes state meanwhile; leaving
it gives the lock back after the engine has ended.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NoReturn

from mlops_infra.audit import Actor
from mlops_infra.config import LoadedEnvironment, load_environment
from mlops_infra.engine.plan import Outcome, Plan
from mlops_infra.errors import MlopsInfraError, PolicyError
from mlops_infra.operations.authorising import Permitted, authorised
from mlops_infra.operations.judging import Judgement, require
from mlops_infra.operations.lock import EnvironmentLock
from mlops_infra.operations.places import open_ledger, open_lock
from mlops_infra.operations.ports import Context
from mlops_infra.operations.record import Recorder, told
from mlops_infra.operations.record import judged as judged_by_rules
from mlops_infra.providers.connection import AwsConnection, Connection, TokenPlace

if TYPE_CHECKING:
    from mlops_infra.config.model import Environment
    from mlops_infra.engine.interface import Engine

NOWHERE: Final = "http://127.0.0.1:9"
"""The endpoint of a sandbox that does not run: the discard port (RFC 863), where nobody answers."""


@dataclass(frozen=True)
class Session:
    """One operation's hold of one environment."""

    context: Context
    loaded: LoadedEnvironment
    engine: Engine
    recorder: Recorder
    lock: EnvironmentLock
    connection: Connection
    judgement: Judgement | None = None
    release: str | None = None

    @property
    def told_release(self) -> dict[str, Any]:
        """What the ledger keeps of the release that the stack file says."""
        return {"release": self.release} if self.release else {}

    @property
    def name(self) -> str:
        return self.loaded.environment.environment

    def stoppable(self) -> AbstractContextManager[None]:
        """While inside, a request to stop goes to the engine."""
        return self.context.interruption.stoppable(self.engine.cancel)

    def note(self, seen: Plan | Outcome) -> None:
        """Tell and record what the engine met: locks of dead engines, a change of the state that did not come from here."""
        if seen.released:
            self.recorder.engine_locks_released(seen.released)
            self.context.notice(f"took away the engine's lock left by {', '.join(seen.released)}, which no longer runs")
        if seen.changed_outside:
            self.recorder.changed_outside(seen.changed_outside)
            self.context.notice(
                f"the state of {', '.join(seen.changed_outside)} was changed outside of mlops-infra since the last "
                "operation (by the Pulumi CLI?); it is recorded in the ledger"
            )


@contextmanager
def locked(
    context: Context, loaded: LoadedEnvironment, operation: str
) -> Iterator[tuple[EnvironmentLock, Recorder, Permitted]]:
    """Ask whether the actor may, then hold the environment's lock: nobody takes it who may not do what they take it for.

    Raises GateError where they may not, LockedError.
    """
    with context.opa.scope():
        permitted = authorised(context, loaded, operation)
        with held(context, loaded.environment.environment, operation, permitted.actor) as (lock, recorder):
            yield lock, recorder, permitted


@contextmanager
def held(
    context: Context, environment: str, operation: str, actor: Actor
) -> Iterator[tuple[EnvironmentLock, Recorder]]:
    """Hold the environment's lock, with a ledger that is up to date since; a dead holder and a missing result are told and recorded."""
    context.project.state_dir()
    lock = open_lock(context, environment)
    dead = lock.acquire(actor, operation)
    try:
        recorder = Recorder(open_ledger(context, environment, anew=True), actor)
        if dead is not None:
            recorder.taken_over(dead)
            context.notice(f"took over the lock of {dead}: that process no longer runs")
        missing = recorder.notice_missing_result()
        if missing is not None:
            context.notice(f"the earlier `{missing}` ended without a result; it is recorded as unknown")
        yield lock, recorder
    finally:
        _release(context, environment, lock)


def _release(context: Context, environment: str, lock: EnvironmentLock) -> None:
    """Give the lock back. Where its place does not answer, that must not hide how the operation ended."""
    try:
        lock.release()
    except MlopsInfraError as error:
        context.notice(
            f"the lock of {environment} could not be given back: {error.what}; `mlops-infra unlock --env {environment}` takes it away"
        )


@contextmanager
def session(
    context: Context, environment: str, operation: str, *, planes: bool = True, judged: bool = False
) -> Iterator[Session]:
    """Authorise, lock, ask the guard (and the rules, where it refuses), make the judge ready, connect (which starts the sandbox where the
    environment lives in it), make the engine.

    Without `planes` nothing is started: the operation works on the state alone. `judged` operations get a judge.
    Raises ConfigError or UsageError for the stack file, LockedError, GateError, VerdictError, OperationError.
    """
    loaded = load_environment(context.project.stacks, environment)
    with locked(context, loaded, operation) as (lock, recorder, _):
        guarded = context.ports.guard(context, loaded, operation)
        if guarded.refusal is not None:
            _refuse(context, loaded, recorder, operation, guarded.refusal)
        with within(context, loaded, lock, recorder, planes=planes, judged=judged, release=guarded.release) as opened:
            yield opened


def _refuse(
    context: Context, loaded: LoadedEnvironment, recorder: Recorder, operation: str, refusal: MlopsInfraError
) -> NoReturn:
    """End an operation that the guard refuses, once the rules have said what they find in what it would deploy.

    They judge what synth gives, as `check` does: nothing is started for an operation that will not be. Raises VerdictError (exit 3) where
    they fail, with the refusal in its message; otherwise the refusal.
    """
    with context.ports.judge(context, loaded) as judgement:
        verdict = judgement(context.ports.remembered(loaded, context.project, context.ports.synth), "before")
    recorder.policies(verdict.digest)
    recorder.denied(operation, [told(refusal)["what"].rstrip(":")], judged_by_rules(verdict))
    # A refusal of the rules' own kind says why they cannot be asked, as the verdict does.
    besides = None if isinstance(refusal, PolicyError) else refusal
    require(verdict, "before", context.project.root, besides)
    raise refusal


@contextmanager
def within(
    context: Context,
    loaded: LoadedEnvironment,
    lock: EnvironmentLock,
    recorder: Recorder,
    *,
    planes: bool = True,
    judged: bool = False,
    release: str | None = None,
) -> Iterator[Session]:
    """What `session` does once the lock is held and the actor may act; for operations that hold one lock over several engines."""
    context.interruption.check()
    with context.ports.judge(context, loaded) if judged else nullcontext() as judgement:
        connection = connect(context, loaded) if planes else unconnected(loaded)
        context.interruption.check()
        make = context.ports.engine
        with make(loaded, connection, context.project, context.programs) as engine:
            yield Session(context, loaded, engine, recorder, lock, connection, judgement, release)


@contextmanager
def looking(context: Context, loaded: LoadedEnvironment) -> Iterator[Engine]:
    """An engine for reading the state only: no lock, and the sandbox is not started."""
    make = context.ports.engine
    with make(loaded, unconnected(loaded), context.project, context.programs, looking=True) as engine:
        yield engine


def connect(context: Context, loaded: LoadedEnvironment) -> Connection:
    """Both planes of the environment, up and answering."""
    env = loaded.environment
    if env.target == "sandbox":
        return context.sandbox.start(env, progress=context.progress)
    from mlops_infra.platform.names import Names  # noqa: PLC0415 - brings Pulumi

    aws = AwsConnection(env.aws.account, env.aws.region, env.aws.partition)
    url, token = _prometheus(env)
    return Connection(env.environment, aws, None, cluster=Names(env).cluster, prometheus=url, prometheus_token=token)


def _prometheus(env: Environment) -> tuple[str | None, TokenPlace | None]:
    """Where the stack file says that Prometheus answers, and where its token is."""
    api = env.monitoring.prometheus
    if api is None:
        return None, None
    file = Path(api.token_file).expanduser() if api.token_file else None
    return api.url, TokenPlace(api.token_variable, file) if api.token_variable or file else None


def unconnected(loaded: LoadedEnvironment) -> Connection:
    """Names of the planes without anything behind them."""
    env = loaded.environment
    endpoint = NOWHERE if env.target == "sandbox" else None
    return Connection(
        env.environment, AwsConnection(env.aws.account, env.aws.region, env.aws.partition, endpoint), None
    )


def asked(**options: bool | Sequence[str]) -> Mapping[str, object]:
    """What an operation was asked for, as the ledger keeps it: only what differs from the default."""
    return {key: list(value) if not isinstance(value, bool) else value for key, value in options.items() if value}
