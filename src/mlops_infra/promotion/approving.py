"""Use cases around receipts: look at one with all that it covers, and approve it. What is approved or refused is in the ledger."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TypeAlias

from mlops_infra.config import load_environment
from mlops_infra.errors import UsageError
from mlops_infra.operations.authorising import authorised
from mlops_infra.operations.deploy import DeclinedError
from mlops_infra.operations.places import open_ledger
from mlops_infra.operations.ports import Context
from mlops_infra.operations.record import Recorder
from mlops_infra.promotion import approvals, delta, receipt, trust
from mlops_infra.promotion.approvals import Approval, ApprovalRefused, Refused
from mlops_infra.promotion.delta import Delta
from mlops_infra.promotion.receipt import Receipt
from mlops_infra.promotion.store import Store, open_store


@dataclass(frozen=True)
class Looked:
    """A receipt with all that it covers, and what became of its approvals. `used_by`: the machine that promoted with it."""

    receipt: Receipt
    delta: Delta
    approvals: tuple[Approval | Refused, ...]
    used_by: str | None


Confirm: TypeAlias = Callable[[Looked], bool]


def show(context: Context, name: str, environment: str | None = None) -> Looked:
    """A receipt by its digest or the start of it, of one environment or of any.

    Raises UsageError where none or several are meant, GateError where it, or what it covers, was changed.
    """
    store, found = _find(context, name, environment)
    return _look(context, store, found)


def approve(
    context: Context, name: str, key: Path, *, environment: str | None = None, comment: str = "", confirm: Confirm
) -> Approval:
    """Sign a receipt and put the approval where promotions find it.

    Arguments: `key`: SSH key of the approver, by which they prove who they are, too; `confirm` gets all that they sign.
    Raises UsageError for a receipt that was used, GateError where they may not or where their approval would not count (both are
    recorded), DeclinedError.
    """
    store, found = _find(context, name, environment)
    loaded = load_environment(context.project.stacks, found.environment)
    permitted = authorised(context, loaded, "approve", requester=found.requester)
    looked = _look(context, store, found)
    if looked.used_by is not None:
        raise UsageError(f"receipt {found.short} was used already", where=found.environment, hint="promote again")
    if not confirm(looked):
        raise DeclinedError("approve")
    judge = trust.recorded(store) or trust.read(context.project.stacks)
    recorder = Recorder(open_ledger(context, found.environment), permitted.actor)
    with recorder.change("approve", {"receipt": found.digest, "release": found.release}) as running:
        try:
            made = approvals.approve(store, found, key, judge, context.ports.clock(), comment)
        except ApprovalRefused as refusal:
            running.data["refused"] = refusal.refused.reason
            raise
        running.data.update(roles=list(made.roles), fingerprint=made.fingerprint, approval=made.key)
    return made


def _look(context: Context, store: Store, found: Receipt) -> Looked:
    judge = trust.recorded(store) or trust.read(context.project.stacks)
    given = approvals.approvals(store, found, judge, context.ports.clock(), _holds(judge, found))
    spent = receipt.spent(store, found)
    return Looked(found, delta.load(store, found.delta), given, spent.host if spent else None)


def _holds(judge: trust.Trust, found: Receipt) -> timedelta:
    step = judge.pipeline.into(found.environment) if judge.pipeline else None
    return timedelta(seconds=step.gates.approval_seconds) if step else timedelta.max


def _find(context: Context, name: str, environment: str | None) -> tuple[Store, Receipt]:
    names = [context.project.check(environment)] if environment else context.project.environments()
    found = list(_matches(context, name, names))
    if len(found) != 1:
        what = f"several receipts start with {name}" if found else f"there is no receipt {name}"
        raise UsageError(what, hint="`mlops-infra promote` tells the receipt that it waits for")
    return found[0]


def _matches(context: Context, name: str, names: list[str]) -> Iterator[tuple[Store, Receipt]]:
    for environment in names:
        store = open_store(context.project, load_environment(context.project.stacks, environment))
        for digest in receipt.named(store, environment, name):
            yield store, receipt.load(store, environment, digest)
