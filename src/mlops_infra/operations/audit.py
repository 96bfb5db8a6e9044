"""The record of an environment, for those who have to trust it: verify, log, export, report. Reads only, offline, without a lock."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from mlops_infra.audit import Entry
from mlops_infra.audit.report import Report
from mlops_infra.audit.select import Filter, selected
from mlops_infra.audit.verify import Verified
from mlops_infra.audit.verify import verify as verified
from mlops_infra.config import load_environment
from mlops_infra.operations import audit_report
from mlops_infra.operations.checkpoints import Seen, Stored, seen
from mlops_infra.operations.ports import Context
from mlops_infra.operations.session import open_ledger


@dataclass(frozen=True)
class Verification:
    """What was found of one environment's ledger, and the checkpoints that it was held against."""

    environment: str
    ledger: str
    verified: Verified
    checkpoints: tuple[Seen, ...]


def verify(context: Context, environment: str, checkpoints: Sequence[Stored] = ()) -> Verification:
    """Check the ledger from its first entry on, and that it still holds what the checkpoints saw.

    Raises UsageError for a checkpoint of another environment, SignatureRefused for one whose signature proves nothing.
    """
    context.project.check(environment)
    points = seen(context.project.stacks, environment, checkpoints)
    path = context.project.ledger(environment)
    found = verified(path, [point.stored.signed.checkpoint for point in points])
    return Verification(environment, str(path), found, points)


def log(context: Context, environment: str, wanted: Filter) -> tuple[Entry, ...]:
    """The entries that `wanted` lets through, oldest first."""
    context.project.check(environment)
    return selected(open_ledger(context, environment), wanted)


def export(context: Context, environment: str, wanted: Filter) -> Iterator[str]:
    """The entries as CloudEvents, one JSON document each, oldest first."""
    from mlops_infra.audit.export import cloud_event  # noqa: PLC0415 - brings the CloudEvents library

    project = load_environment(context.project.stacks, environment).environment.project
    for entry in selected(open_ledger(context, environment), wanted):
        yield cloud_event(entry, project, environment)


def report(context: Context, framework: str, environments: Sequence[str], since: datetime, until: datetime) -> Report:
    """Who had access to what, who approved what, what was done and which exceptions are open, in a framework's words.

    `since` and `until` have a zone; both are included.
    """
    return audit_report.collect(context, framework, environments, since, until)
