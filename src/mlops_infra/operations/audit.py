"""The record of an environment, for those who have to trust it: verify, log, export, report. Offline but for `fetch`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from mlops_infra.audit import Entry, LedgerError
from mlops_infra.audit.report import Report
from mlops_infra.audit.select import Filter, selected
from mlops_infra.audit.verify import Verified
from mlops_infra.audit.verify import verify as verified
from mlops_infra.config import load_environment
from mlops_infra.operations import audit_report
from mlops_infra.operations.checkpoints import Seen, Stored, seen
from mlops_infra.operations.places import ledger_path, mirror, open_ledger
from mlops_infra.operations.ports import Context


@dataclass(frozen=True)
class Fetched:
    """The ledger as it is on this machine now: how many of its entries are `new` here. `where` they come from; None where this machine
    keeps the ledger itself. `head` is the hash of the last entry."""

    environment: str
    where: str | None
    new: int
    entries: int
    head: str | None


@dataclass(frozen=True)
class Verification:
    """What was found of one environment's ledger, and the checkpoints that it was held against. A `mirror` may lack newer entries."""

    environment: str
    ledger: str
    verified: Verified
    checkpoints: tuple[Seen, ...]
    mirror: bool = False

    @property
    def may_be_behind(self) -> bool:
        """Whether what looks cut off may only not have been fetched yet."""
        fault = self.verified.fault
        return self.mirror and fault is not None and fault.tampering == "truncated"


def fetch(context: Context, environment: str) -> Fetched:
    """Bring the ledger on this machine up to date with the one that machines share.

    Raises LedgerError where that cannot be reached, or where this machine has another one than is shared.
    """
    context.project.check(environment)
    before = _count(next(mirror(context, environment).newest_first(), None))
    ledger = open_ledger(context, environment, anew=True)
    last = next(ledger.newest_first(), None)
    return Fetched(environment, ledger.shared_at, _count(last) - before, _count(last), last.hash if last else None)


def verify(
    context: Context, environment: str, checkpoints: Sequence[Stored] = (), *, fetched: bool = False
) -> Verification:
    """Check the ledger from its first entry on, and that it still holds what the checkpoints saw.

    With `fetched` a mirror is brought up to date before; where that fails it is told, and what is here is checked.
    Raises UsageError for a checkpoint of another environment, SignatureRefused for one whose signature proves nothing.
    """
    context.project.check(environment)
    points = seen(context.project.stacks, environment, checkpoints)
    if fetched:
        try:
            fetch(context, environment)
        except LedgerError as error:
            context.notice(str(error))
    path = ledger_path(context, environment)
    found = verified(path, [point.stored.signed.checkpoint for point in points])
    return Verification(environment, str(path), found, points, path == context.project.ledger(environment, mirror=True))


def log(context: Context, environment: str, wanted: Filter) -> tuple[Entry, ...]:
    """The entries that `wanted` lets through, oldest first. Who is named by name is found under their pseudonym as well."""
    from mlops_infra.identity.pseudonyms import Pseudonyms  # noqa: PLC0415 - most ledgers have none

    context.project.check(environment)
    if wanted.by is not None:
        wanted = replace(wanted, pseudonym=Pseudonyms(context.project.state).known(wanted.by))
    return selected(mirror(context, environment), wanted)


def export(context: Context, environment: str, wanted: Filter) -> Iterator[str]:
    """The entries as CloudEvents, one JSON document each, oldest first."""
    from mlops_infra.audit.export import cloud_event  # noqa: PLC0415 - brings the CloudEvents library

    project = load_environment(context.project.stacks, environment).environment.project
    for entry in selected(mirror(context, environment), wanted):
        yield cloud_event(entry, project, environment)


def _count(last: Entry | None) -> int:
    return last.seq if last else 0


def report(context: Context, framework: str, environments: Sequence[str], since: datetime, until: datetime) -> Report:
    """Who had access to what, who approved what, what was done and which exceptions are open, in a framework's words.

    `since` and `until` have a zone; both are included.
    """
    return audit_report.collect(context, framework, environments, since, until)
