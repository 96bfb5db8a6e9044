"""What runs where and what each environment waits for, and the history of one environment; all of it from ledgers and journals.

Nothing is started or locked for it: what only a preview could tell (gates as they stand this moment) is told by `promote --dry-run`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from mlops_infra.audit import Entry
from mlops_infra.operations.lock import is_dead
from mlops_infra.operations.places import mirror
from mlops_infra.operations.ports import Context
from mlops_infra.operations.record import INTENT, OBSERVED, RESULT
from mlops_infra.operations.unlock import holder_of
from mlops_infra.promotion.journal import UNTOUCHED, Journals, short
from mlops_infra.promotion.pipeline import NoPipelineError, load_pipeline
from mlops_infra.promotion.releases import Releases
from mlops_infra.promotion.running import Running, moment, recorded, running, who

_LOOKED_BACK = 200
"""Entries in which the last attempt of a promotion is looked for."""


@dataclass(frozen=True)
class Standing:
    """One environment of the pipeline. `running` None: not known; `last` the release that was recorded last, also where there is doubt.

    `source`: where releases come from; `waits` are sentences about what it waits for; `held_by` who works on it.
    """

    environment: str
    running: Running | None
    last: str | None
    source: str | None
    waits: tuple[str, ...]
    held_by: str | None = None
    unfinished: str | None = None


@dataclass(frozen=True)
class Past:
    """One entry of a ledger in words. `verified`: whether it is proved who it was."""

    seq: int
    time: datetime
    by: str
    verified: bool
    what: str
    result: str | None
    release: str | None
    detail: str


def pipeline_status(context: Context) -> tuple[Standing, ...]:
    """Every environment of the pipeline, in its order. Raises NoPipelineError where there is no pipeline."""
    pipeline = load_pipeline(context.project.stacks)
    if pipeline is None:
        raise NoPipelineError
    known = set(context.project.environments())
    return tuple(
        _standing(context, name, step.source if (step := pipeline.into(name)) else None)
        for name in pipeline.environments
        if name in known
    )


def history(context: Context, environment: str, limit: int | None = None) -> tuple[Past, ...]:
    """What was done to an environment, newest first; the intent of an operation that has a result is left out."""
    context.project.check(environment)
    return tuple(islice(_past(mirror(context, environment).newest_first()), limit))


def _standing(context: Context, environment: str, source: str | None) -> Standing:
    ledger = mirror(context, environment)
    runs, last = running(ledger.newest_first()), recorded(ledger.newest_first())
    holder = holder_of(context, environment)
    journal = Journals(context).read(environment)
    if journal is not None and journal.phase not in UNTOUCHED:
        runs = None  # It may be the one, the other, or some of both.
    waits = tuple(_waits(context, environment, source, runs, last)) if journal is None else ()
    return Standing(
        environment=environment,
        running=runs,
        last=last,
        source=source,
        waits=waits,
        held_by=str(holder) if holder is not None and not is_dead(holder, here=False) else None,
        unfinished=str(journal) if journal else None,
    )


def _waits(context: Context, name: str, source: str | None, runs: Running | None, last: str | None) -> Iterator[str]:
    if last is None:
        yield f"its baseline: `mlops-infra up --env {name}`"
        return
    if runs is None:
        yield f"certainty about what runs: `mlops-infra up --env {name}`"
    if source is None:
        return
    coming = running(mirror(context, source).newest_first())
    if coming is None:
        yield f"certainty about what runs in {source}: `mlops-infra up --env {source}`"
    elif coming.release != last:
        yield _coming(context, name, source, coming.release)


def _coming(context: Context, name: str, source: str, release: str) -> str:
    """What the release that runs in the source takes; a rejected one never comes."""
    listing = Releases(context.project.stacks, context.project.locks()).listing()
    kept = next((found for found in listing if found.release.id == release), None)
    if kept is not None and kept.standing == "rejected":
        return f"another release than {short(release)} of {source}, which is rejected: {kept.reason}"
    if kept is not None and kept.standing == "held":
        return f"release {short(release)} of {source}, which is held: `mlops-infra release unhold {short(release)} --reason …`"
    missing = _missing(mirror(context, name).newest_first(), release)
    gates = f" (last time {', '.join(missing)} were missing)" if missing else ""
    return f"release {short(release)} of {source}: `mlops-infra promote --from {source} --to {name}`{gates}"


def _missing(newest_first: Iterable[Entry], release: str) -> tuple[str, ...]:
    """The gates that did not hold when it was tried last; none where it was tried and they held."""
    for entry in islice(newest_first, _LOOKED_BACK):
        if entry.data.get("operation") == "promote":
            looked = entry.kind == OBSERVED and entry.data.get("release") == release
            return tuple(entry.data.get("missing", ())) if looked else ()
    return ()


def _past(newest_first: Iterable[Entry]) -> Iterator[Past]:
    ended: set[object] = set()
    for entry in newest_first:
        if entry.kind == RESULT:
            ended.add(entry.data.get("intent"))
        if entry.kind == INTENT and entry.seq in ended:
            continue
        release = entry.data.get("release")
        yield Past(
            seq=entry.seq,
            time=moment(entry),
            by=who(entry.actor),
            verified=entry.actor.verified,
            what=str(entry.data.get("operation") or entry.kind),
            result=_result(entry),
            release=str(release) if release else None,
            detail="; ".join(_details(entry)),
        )


def _result(entry: Entry) -> str | None:
    if entry.kind == INTENT:
        return "running"
    if entry.kind == RESULT:
        return str(entry.data.get("result"))
    return entry.kind if entry.data.get("operation") else None


def _details(entry: Entry) -> Iterator[str]:
    data = entry.data
    counts = {word: number for word, number in dict(data.get("counts", {})).items() if word != "same"}
    if counts:
        yield ", ".join(f"{number} {word}" for word, number in counts.items())
    error = data.get("error")
    if isinstance(error, dict):
        yield str(error.get("what"))
    if data.get("missing"):
        yield f"missing: {', '.join(data['missing'])}"
    yield from (str(difference) for difference in data.get("differences", ()))
    if data.get("because"):
        yield f"because {data['because']}"
    if data.get("rejected"):
        yield f"rejected release {short(str(data['rejected']))}"
    if data.get("not_rejected"):
        yield f"release {short(str(data['not_rejected']))} is not rejected: no check of it failed"
    if data.get("reasons"):
        yield "; ".join(map(str, data["reasons"]))
    if data.get("drifted"):
        yield f"{len(data['drifted'])} drifted"
