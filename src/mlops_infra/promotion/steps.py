"""The steps of a promotion or rollback once it is decided, forward and back; every one of them can be gone on with after a crash.

Flow: `forward` writes the stack file, lets the engine work, judges and verifies what came out; where any of that fails, `back` restores the
file, deploys what ran before, and rejects the release if it is to blame. The journal knows the phase before and after each step, the
ledger gets the intent before the first of them and the result after the last.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, TypeAlias

from mlops_infra.engine.plan import Outcome
from mlops_infra.errors import GateError, MlopsInfraError, OperationError, PolicyError
from mlops_infra.operations import checkpoints
from mlops_infra.operations.access_told import access_of
from mlops_infra.operations.interruption import InterruptedOperationError
from mlops_infra.operations.judging import VerdictError
from mlops_infra.operations.lock import EnvironmentLock
from mlops_infra.operations.ports import Context
from mlops_infra.operations.record import Recorder, Running, judged
from mlops_infra.operations.session import Session, within
from mlops_infra.promotion.disk import Disk
from mlops_infra.promotion.journal import UNTOUCHED, Journal, Journals, short, way_out
from mlops_infra.promotion.rooms import Accept, UndecidedError, Verify
from mlops_infra.promotion.stage import Staged, staged
from mlops_infra.promotion.verification import CheckResult

OPERATIONS: Final = {"promotion": "promote", "rollback": "rollback"}
"""The operation's name in the ledger, by the journal's kind."""
ABORT: Final = "abort"
BACK: Final = "rollback"

Way: TypeAlias = Literal["forward", "back"]


Reject: TypeAlias = Callable[[str, str], None]
"""Rejects a release (its id) for a reason; does nothing where it is rejected already."""


class VerificationError(OperationError):
    """What was deployed does not pass its verification checks. `failed`: a check saw a failure; else some could not be observed."""

    def __init__(self, environment: str, results: Sequence[CheckResult]) -> None:
        self.failed = any(result.result == "fail" for result in results)
        told = [f"{result.name} ({_seen(result)})" for result in results if result.result != "pass"]
        what = "verification failed" if self.failed else "verification could not be observed"
        super().__init__(f"{what}: {'; '.join(told)}", where=environment)


class TakenBackError(OperationError):
    """A promotion or rollback failed, and the environment is what it was before (exit 1)."""

    def __init__(self, journal: Journal) -> None:
        super().__init__(
            f"the {journal.kind} of {journal.environment} to release {short(journal.release)} was taken back: "
            f"{journal.reason}; {journal.standing}",
            where=journal.environment,
            hint=f"`mlops-infra history --env {journal.environment}` tells what was done",
        )
        self.journal = journal


class EditedError(GateError):
    """Somebody edited the stack file while a promotion was under way (exit 4)."""

    def __init__(self, journal: Journal) -> None:
        super().__init__(
            "the stack file was edited since the promotion was decided: it says neither what was approved nor what it said before",
            where=f"stacks/{journal.environment}.yaml",
            hint=f"undo the edit, or take the promotion back; {way_out(journal.environment)}",
        )


@dataclass(frozen=True)
class Hold:
    """The environment's lock in our hands, and what the steps need beside it. `finish` does what a verified release asks for."""

    context: Context
    lock: EnvironmentLock
    recorder: Recorder
    journals: Journals
    disk: Disk
    accept: Accept
    verify: Verify
    reject: Reject
    finish: Callable[[Session, Journal], None]


@dataclass(frozen=True)
class Ended:
    """How it ended: `way` ``forward`` where the environment has the new release, ``back`` where it has the old one again."""

    journal: Journal
    way: Way
    outcome: Outcome | None = None
    results: tuple[CheckResult, ...] = ()


def forward(hold: Hold, opened: Session, journal: Journal) -> Ended:
    """Go on from the journal's phase until the new release is verified and recorded.

    `opened` holds an engine of the environment as the journal's `after` describes it. Raises what failed, after `failing` was written
    to the journal where the environment is to go back (the caller then calls `back` with an engine of the old text); an interruption,
    a lost lock and a bug leave the journal as it is, for `resume` and `abort`.
    """
    operation = OPERATIONS[journal.kind]
    try:
        with hold.recorder.change(operation, asked(journal)) as running:
            running.data["release"] = journal.release
            journal = _written(hold, journal)
            journal, outcome = _applied(hold, opened, journal)
            if outcome is not None:
                running.tell(outcome)
            hold.recorder.access(running, access_of(opened.loaded.environment))
            journal, results = _verified(hold, opened, journal, outcome, running)
            hold.finish(opened, journal)
    except (InterruptedOperationError, KeyboardInterrupt):
        _tell_unfinished(hold, journal.environment)
        raise
    except (OperationError, PolicyError) as error:
        hold.lock.check()
        found = hold.journals.read(journal.environment)
        if found is None or found.phase in UNTOUCHED:
            raise
        hold.journals.reached(found, "failing", reason=_first_line(error), rejects=_blamed(error))
        raise
    hold.journals.clear(journal.environment)
    checkpoints.after(hold.context, journal.environment, hold.recorder)
    return Ended(journal, "forward", outcome, tuple(results))


def back(hold: Hold, journal: Journal) -> Ended:
    """Go back from the journal's phase until what ran before runs again and is recorded. Failing leaves the journal, to try again."""
    with hold.recorder.change(BACK, {**asked(journal, to=journal.previous), "because": journal.reason}) as running:
        running.data["release"] = journal.previous
        journal = _restored(hold, journal)
        outcome = None
        with staged(hold.context, journal.environment, journal.back) as copy:
            if journal.phase == "restored":
                outcome = _reversed(hold, copy, running)
                journal = hold.journals.reached(journal, "reversed")
            hold.recorder.access(running, access_of(copy.loaded.environment))
        if journal.rejects:
            hold.reject(journal.release, journal.reason or "its promotion failed")
        running.data["rejected" if journal.rejects else "not_rejected"] = journal.release
    hold.journals.clear(journal.environment)
    checkpoints.after(hold.context, journal.environment, hold.recorder)
    return Ended(journal, "back", outcome)


def abort(hold: Hold, journal: Journal, by: str) -> Ended:
    """Take an unfinished promotion back, from whatever phase it is in."""
    if journal.phase in UNTOUCHED:
        with hold.recorder.change(ABORT, asked(journal, to=journal.previous)) as running:
            running.data["release"] = journal.previous
            _put(hold, journal, journal.before)
        hold.journals.clear(journal.environment)
        return Ended(journal, "back")
    if not journal.going_back:
        journal = hold.journals.reached(journal, "failing", reason=f"aborted by {by}")
    return back(hold, journal)


@contextmanager
def taken_back(hold: Hold, environment: str) -> Iterator[None]:
    """What fails inside after resources were changed is taken back, and then told as TakenBackError."""
    try:
        yield
    except MlopsInfraError as error:
        journal = hold.journals.read(environment)
        if journal is None or not journal.going_back:
            raise
        hold.context.notice(f"{_first_line(error)}; going back to release {short(journal.previous or '')}")
        try:
            ended = back(hold, journal)
        except MlopsInfraError:
            _tell_unfinished(hold, environment)
            raise
        raise TakenBackError(ended.journal) from error


def asked(journal: Journal, *, to: str | None = None) -> dict[str, object]:
    """What the ledger keeps of a decided promotion beside its operation: digests and names."""
    told: dict[str, object] = {
        "release": to or journal.release,
        "previous": journal.release if to else journal.previous,
        "receipt": journal.receipt,
    }
    if journal.source:
        told["source"] = journal.source
    return told


def _written(hold: Hold, journal: Journal) -> Journal:
    """The stack file says what was approved; also where another machine began, whose working tree has it already."""
    found = _text(hold, journal)
    if found not in (journal.before, journal.after):
        raise EditedError(journal)
    if found != journal.after:
        hold.disk.replace(_file(hold, journal), journal.after.encode())
    return hold.journals.reached(journal, "written") if journal.phase == "decided" else journal


def _applied(hold: Hold, opened: Session, journal: Journal) -> tuple[Journal, Outcome | None]:
    if journal.phase not in ("written", "applying"):
        return journal, None
    if _text(hold, journal) != journal.after:
        raise EditedError(journal)
    hold.lock.check()
    hold.context.interruption.check()
    journal = hold.journals.reached(journal, "applying")
    with opened.stoppable():
        outcome = opened.engine.up(on_event=hold.context.on_event)
    return hold.journals.reached(journal, "applied"), outcome


def _verified(
    hold: Hold, opened: Session, journal: Journal, outcome: Outcome | None, running: Running
) -> tuple[Journal, Sequence[CheckResult]]:
    if journal.phase == "verified":
        return journal, ()
    graph = outcome.graph if outcome else opened.engine.preview(on_event=hold.context.on_event).graph
    if opened.judgement is None:
        raise RuntimeError("a promotion opens its engine with a judge")
    verdict = opened.judgement(graph, "after")
    running.data.update(judged(verdict, "_after"))
    hold.accept(opened, verdict)
    results = hold.verify(opened)
    running.data["checks"] = {result.name: result.result for result in results}
    if any(result.result != "pass" for result in results):
        raise VerificationError(journal.environment, results)
    hold.lock.check()
    return hold.journals.reached(journal, "verified"), results


def _blamed(error: MlopsInfraError) -> bool:
    """Whether the release is to blame: something of it was seen to fail. What could not be observed or judged is not its fault."""
    if isinstance(error, VerificationError):
        return error.failed
    return isinstance(error, VerdictError) and not isinstance(error, UndecidedError)


def _seen(result: CheckResult) -> str:
    asked = f"{result.observed}, asked for {result.threshold}" if result.observed is not None else ""
    return f"{result.result}: {'; '.join(filter(None, [asked, result.detail]))}"


def _reversed(hold: Hold, copy: Staged, running: Running) -> Outcome:
    with within(copy.context, copy.loaded, hold.lock, hold.recorder, judged=True) as opened:
        hold.lock.check()
        with opened.stoppable():
            outcome = opened.engine.up(on_event=hold.context.on_event)
        running.tell(outcome)
        if opened.judgement is not None:
            running.data.update(judged(opened.judgement(outcome.graph, "after"), "_after"))
    return outcome


def _restored(hold: Hold, journal: Journal) -> Journal:
    if journal.phase != "failing":
        return journal
    _put(hold, journal, journal.before)
    return hold.journals.reached(journal, "restored")


def _put(hold: Hold, journal: Journal, text: str) -> None:
    """Make the stack file say `text`; what somebody wrote into it meanwhile is kept beside the journal."""
    found = _text(hold, journal)
    if found == text:
        return
    file = _file(hold, journal)
    if found not in (journal.before, journal.after):
        kept = hold.journals.aside(journal.environment)
        hold.disk.replace(kept, found.encode())
        hold.context.notice(f"{file.name} was edited meanwhile; that text is kept in {kept}")
    hold.disk.replace(file, text.encode())


def _text(hold: Hold, journal: Journal) -> str:
    try:
        return _file(hold, journal).read_bytes().decode(errors="replace")
    except FileNotFoundError:
        return ""


def _file(hold: Hold, journal: Journal) -> Path:
    return hold.context.project.stacks / f"{journal.environment}.yaml"


def _tell_unfinished(hold: Hold, environment: str) -> None:
    journal = hold.journals.read(environment)
    if journal is not None:
        hold.context.notice(f"there is {journal}; {way_out(environment)}")


def _first_line(error: MlopsInfraError) -> str:
    return error.what.splitlines()[0] if error.what else type(error).__name__
