"""promote: bring a release from one environment to the next one, with evidence, or say exactly what is missing.

Steps: the release and what is known of the source → lock the target → authorise → nothing unfinished → the stack file as it would be, in a
copy → preview of all parts → judge → receipt → gates; missing: GateError (exit 4) → confirm → journal → `steps.forward`, and back by
itself where that fails. `resume` and `abort` end what a crash left.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC
from typing import Literal, TypeAlias

from mlops_infra.config import LoadedEnvironment, load_environment
from mlops_infra.config.edit import edited
from mlops_infra.errors import GateError, UsageError
from mlops_infra.operations.deploy import DeclinedError, previewed
from mlops_infra.operations.places import open_ledger
from mlops_infra.operations.ports import Context
from mlops_infra.operations.session import Session, locked, within
from mlops_infra.promotion import snapshots
from mlops_infra.promotion.journal import GOING_BACK, UNTOUCHED, Journal, Journals, UnfinishedError, short, way_out
from mlops_infra.promotion.release import Kind, Release, changes, of
from mlops_infra.promotion.releases import Releases
from mlops_infra.promotion.rooms import Assessment, Request, Rooms, SourceEvidence, foremost
from mlops_infra.promotion.running import looks_count, recorded, running, who
from mlops_infra.promotion.stage import Staged, staged, text_of
from mlops_infra.promotion.steps import OPERATIONS, EditedError, Ended, Hold, back, forward, taken_back
from mlops_infra.promotion.steps import abort as take_back

Confirm: TypeAlias = Callable[[Assessment], bool]


@dataclass(frozen=True)
class Promoted:
    """What `promote` or `rollback` did: ``done``, only ``planned`` (a dry run), or ``nothing``, because the release runs there already.

    `after`: what the target's stack file would say, where it was only planned.
    """

    kind: Kind
    source: str | None
    target: str
    release: Release
    result: Literal["done", "planned", "nothing"]
    assessment: Assessment | None = None
    ended: Ended | None = None
    after: str | None = None


class MissingError(GateError):
    """Gates do not hold (exit 4); `assessment` has all of them."""

    def __init__(self, kind: Kind, target: str, release: Release, assessment: Assessment) -> None:
        told = "".join(f"\n  {sentence}" for sentence in (*foremost(assessment.differences), *assessment.missing))
        super().__init__(
            f"the {kind} of {target} to release {release.short} waits for its gates; nothing was changed:{told}",
            where=target,
            hint="undo what changed since the approval, or have it approved too; then run the same command again"
            if assessment.differences
            else "run the same command again when these hold",
        )
        self.assessment = assessment


class ChangedError(GateError):
    """What was approved is not what would be done now (exit 4)."""

    def __init__(self, journal: Journal, differences: tuple[str, ...]) -> None:
        told = "".join(f"\n  {difference}" for difference in foremost(differences))
        super().__init__(
            f"since the {journal.kind} was approved, something else changed:{told}",
            where=journal.environment,
            hint=f"undo it, or take the {journal.kind} back; {way_out(journal.environment)}",
        )


def promote(
    context: Context,
    rooms: Rooms,
    source: str,
    target: str,
    *,
    release: str | None = None,
    dry_run: bool = False,
    propose: bool = False,
    confirm: Confirm,
) -> Promoted:
    """Promote a release from `source` to `target`.

    Arguments: `release`: its id or the start of it; default: what runs in the source; `dry_run`: only look; `propose`: look, and keep the
    receipt for approvers; `confirm` gets the assessment once all gates hold. Raises UsageError for a step that the pipeline does not
    have, MissingError (exit 4) with what is missing, LockedError (exit 5), UnfinishedError, DeclinedError, and TakenBackError (exit 1)
    where it failed and went back.
    """
    context.project.check(source)
    context.project.check(target)
    # Both environments ask the same rules, which OPA reads once, and while the rest begins.
    with context.opa.scope():
        context.opa.begin(context)
        rooms.check_step(context, source, target)
        moving = _moving(context, rooms, source, release)
        evidence = rooms.observe(context, source, target)
        return carry_out(
            context, rooms, "promotion", evidence, target, moving, dry_run=dry_run, propose=propose, confirm=confirm
        )


def carry_out(
    context: Context,
    rooms: Rooms,
    kind: Kind,
    source: SourceEvidence | None,
    target: str,
    release: Release,
    *,
    dry_run: bool,
    propose: bool = False,
    confirm: Confirm,
) -> Promoted:
    """What `promote` and `rollback` share: from the lock of the target on. With `propose` the receipt is kept, and no more."""
    operation = OPERATIONS[kind]
    name = source.environment if source else None
    with _held(context, rooms, target, operation) as (hold, requester, loaded):
        unfinished = hold.journals.read(target)
        if unfinished is not None:
            raise UnfinishedError(unfinished, operation)
        if not dry_run:
            rooms.releases(context).create(release, environment=name or target, by=requester)
        last = _last_release(context, target)
        before = text_of(context.project.stacks, target)
        after = _edited(release, loaded, before)
        if last == release.id and after == before:
            return Promoted(kind, name, target, release, "nothing")
        before_files = _ran(context, rooms, loaded, last)
        ran = _loaded_from(context, target, before_files)
        with taken_back(hold, target), _wanted(hold, target, after, release.id) as (opened, copy):
            request = _request(hold, rooms, kind, source, release, last, ran, copy, opened, requester)
            assessment = rooms.assess(context, request, keep=not dry_run or propose)
            if dry_run or propose:
                return Promoted(kind, name, target, release, "planned", assessment, after=after)
            if assessment.missing or assessment.differences:
                _record_missing(hold, operation, release, assessment)
                raise MissingError(kind, target, release, assessment)
            if not confirm(assessment):
                raise DeclinedError(operation)
            hold.lock.check()
            context.interruption.check()
            if request.previous.id == last:
                rooms.releases(context).create(request.previous, environment=target, by=requester)
            started = context.ports.clock().astimezone(UTC).isoformat(timespec="seconds")
            journal = Journal(
                kind=kind,
                environment=target,
                source=name,
                release=release.id,
                release_file=release.text(),
                previous=last,
                receipt=assessment.receipt.digest,
                by=requester,
                started=started,
                run=secrets.token_hex(16),
                before=before,
                after=after,
                back=before_files,
            )
            hold.journals.write(journal)
            rooms.spend(context, target, journal.receipt, journal.run)
            ended = forward(hold, opened, journal)
        return Promoted(kind, name, target, release, "done", assessment, ended)


def resume(context: Context, rooms: Rooms, target: str) -> Ended:
    """Go on with what a crash or an interruption left of a promotion or rollback, forward or back.

    Raises UsageError where nothing is unfinished, ChangedError or EditedError (exit 4) where what would be done now is not what was
    approved, and TakenBackError where it fails and goes back.
    """
    with _held(context, rooms, target, "promote") as (hold, requester, _):
        journal = _unfinished(hold, rooms, target, requester)
        if journal.phase in GOING_BACK:
            return back(hold, journal)
        if text_of(context.project.stacks, target) not in (journal.before, journal.after):
            raise EditedError(journal)
        ran = _loaded_from(context, target, journal.back)
        with taken_back(hold, target), _wanted(hold, target, journal.after, journal.release) as (opened, copy):
            release = rooms.releases(context).load(journal.release).release
            request = _request(
                hold, rooms, journal.kind, None, release, journal.previous or "", ran, copy, opened, requester
            )
            differences = rooms.compare(context, journal.receipt, request, journal.phase in UNTOUCHED)
            if differences:
                raise ChangedError(journal, differences)
            rooms.spend(context, target, journal.receipt, journal.run)
            return forward(hold, opened, journal)


def abort(context: Context, rooms: Rooms, target: str) -> Ended:
    """Take an unfinished promotion or rollback back. Raises UsageError where nothing is unfinished."""
    with _held(context, rooms, target, "promote") as (hold, requester, _):
        return take_back(hold, _unfinished(hold, rooms, target, requester), requester)


# The release


def _moving(context: Context, rooms: Rooms, source: str, name: str | None) -> Release:
    """The release that is to move: the one that was named, or the one that runs in the source."""
    releases = rooms.releases(context)
    if name is not None:
        return releases.load(name).release
    runs = running(open_ledger(context, source).newest_first())
    if runs is None:
        raise GateError(
            f"it is not known which release runs in {source}",
            where=source,
            hint=f"`mlops-infra up --env {source}` deploys it and records its release",
        )
    said = of(load_environment(context.project.stacks, source), rooms.policies(context))
    if said.id == runs.release:
        return said
    try:
        return releases.load(runs.release).release
    except UsageError:
        raise GateError(
            f"{source} runs release {short(runs.release)}, and its stack file says another one ({said.short})",
            where=f"stacks/{source}.yaml",
            hint=f"`mlops-infra up --env {source}` deploys what it says; then promote that",
        ) from None


def _last_release(context: Context, target: str) -> str:
    last = recorded(open_ledger(context, target).newest_first())
    if last is None:
        raise GateError(
            f"it is not known which release runs in {target}",
            where=target,
            hint=f"`mlops-infra up --env {target}` deploys what its stack file says, as the baseline",
        )
    return last


def _ran(context: Context, rooms: Rooms, loaded: LoadedEnvironment, last: str) -> Mapping[str, str]:
    """The texts of the layers that the running release was deployed from: to these it goes back."""
    target = loaded.environment.environment
    kept = snapshots.load(context.project, target, last)
    if kept is not None:
        return kept
    if of(loaded, rooms.policies(context)).id == last:
        return snapshots.texts(loaded)
    raise GateError(
        f"the stack files that release {short(last)} was deployed to {target} from are not kept here, and say something else now",
        where=f"stacks/{target}.yaml",
        hint=f"bring them back from git and run `mlops-infra up --env {target}` once; then promote",
    )


def _loaded_from(context: Context, target: str, files: Mapping[str, str]) -> LoadedEnvironment:
    """The environment as it was deployed last."""
    with staged(context, target, files) as ran:
        return ran.loaded


def _kept(releases: Releases, release: str) -> Release | None:
    try:
        return releases.load(release).release
    except UsageError:
        return None


def _edited(release: Release, loaded: LoadedEnvironment, before: str) -> str:
    edits = changes(release, loaded)
    file = f"stacks/{loaded.environment.environment}.yaml"
    return edited(before.encode(), edits, file=file).decode() if edits else before


# Holding, staging, assessing


@contextmanager
def _held(context: Context, rooms: Rooms, target: str, operation: str) -> Iterator[tuple[Hold, str, LoadedEnvironment]]:
    """The target's lock, an actor who may act, and what the steps need; beside it the requester's name and the target as it is."""
    loaded = load_environment(context.project.stacks, target)
    with locked(context, loaded, operation) as (lock, recorder, permitted):
        releases = rooms.releases(context)

        def reject(release: str, reason: str) -> None:
            if releases.load(release).standing != "rejected":
                releases.reject(release, reason, by=who(permitted.actor))

        def finish(opened: Session, journal: Journal) -> None:
            files = snapshots.texts(opened.loaded)
            snapshots.keep(rooms.disk, context.project, target, journal.release, files)

        journals = Journals(context, rooms.disk)
        yield (
            Hold(context, lock, recorder, journals, rooms.disk, rooms.accept, rooms.verify, reject, finish),
            permitted.name,
            loaded,
        )


@contextmanager
def _wanted(hold: Hold, target: str, after: str, release: str) -> Iterator[tuple[Session, Staged]]:
    """An engine of the target as it would be."""
    with (
        staged(hold.context, target, {f"{target}.yaml": after}) as copy,
        within(copy.context, copy.loaded, hold.lock, hold.recorder, judged=True, release=release) as opened,
    ):
        yield opened, copy


def _request(
    hold: Hold,
    rooms: Rooms,
    kind: Kind,
    source: SourceEvidence | None,
    release: Release,
    last: str,
    ran: LoadedEnvironment,
    copy: Staged,
    opened: Session,
    requester: str,
) -> Request:
    policies = rooms.policies(hold.context)
    standing, reason = rooms.standing(hold.context, release)
    if of(copy.loaded, policies).id != release.id:
        raise UsageError(
            f"the edited stack file does not say release {release.short}: the policies are not the release's",
            where=f"stacks/{opened.name}.yaml",
            hint="verify a new release with what there is now in the source, then promote that",
        )
    return Request(
        kind=kind,
        source=source,
        target=opened.name,
        release=release,
        previous=_kept(rooms.releases(hold.context), last) or of(ran, policies),
        standing=standing,
        reason=reason,
        loaded=ran,
        wanted=copy.loaded,
        base=opened.engine.deployed(),
        planned=previewed(opened, everything=True, seen_within=_looks_count(hold.context, opened.name)),
        requester=requester,
        now=hold.context.ports.clock(),
    )


def _looks_count(context: Context, target: str) -> float:
    return looks_count(open_ledger(context, target).newest_first(), context.ports.clock())


def _record_missing(hold: Hold, operation: str, release: Release, assessment: Assessment) -> None:
    missing = [gate.name for gate in assessment.gates if gate.result != "pass"]
    told = {"release": release.id, "receipt": assessment.receipt.digest, "missing": missing}
    hold.recorder.observed(operation, {**told, "differences": list(foremost(assessment.differences))})


def _unfinished(hold: Hold, rooms: Rooms, target: str, requester: str) -> Journal:
    """What is unfinished, with its release in the folder of releases: the working tree of another machine may have it already."""
    journal = hold.journals.read(target)
    if journal is None:
        raise UsageError(
            f"nothing is unfinished in {target}", hint="`mlops-infra status --pipeline` shows all environments"
        )
    moving = Release.parse(journal.release_file)
    if moving.id != journal.release:
        raise GateError("the journal's release is not what its id says", where=target, hint=way_out(target))
    rooms.releases(hold.context).create(moving, environment=journal.source or target, by=requester)
    return journal
