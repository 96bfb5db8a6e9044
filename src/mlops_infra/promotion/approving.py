"""Use cases around receipts: list them, look at one with all that it covers, and approve it. What is approved or refused is in the ledger.

What a receipt still waits for is asked of the same rules that `promote` asks, about the approvals and the trust files only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import TypeAlias

from mlops_infra.config import load_environment
from mlops_infra.errors import GateError, UsageError
from mlops_infra.operations.authorising import authorised, deciding
from mlops_infra.operations.deploy import DeclinedError
from mlops_infra.operations.places import open_ledger
from mlops_infra.operations.ports import Context
from mlops_infra.operations.record import Recorder
from mlops_infra.promotion import approvals, delta, evidence, receipt, trust
from mlops_infra.promotion.approvals import Approval, ApprovalRefused, Refused
from mlops_infra.promotion.delta import Delta
from mlops_infra.promotion.gates import decided
from mlops_infra.promotion.pipeline import ApprovalRule, Gates, Step
from mlops_infra.promotion.receipt import Receipt
from mlops_infra.promotion.store import Store, open_store


@dataclass(frozen=True)
class Looked:
    """A receipt with all that it covers, and what became of its approvals.

    `used_by`: the machine that promoted with it. `waits`: what it still takes from people, a sentence each; None where that was not
    decided, and `undecided` says why. `able`: who could approve it still, with their roles there.
    """

    receipt: Receipt
    delta: Delta
    approvals: tuple[Approval | Refused, ...]
    used_by: str | None
    waits: tuple[str, ...] | None = None
    undecided: str | None = None
    able: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def next_command(self) -> str:
        """What deploys it once nothing is missing."""
        target = self.receipt.environment
        if self.receipt.kind == "rollback":
            return f"mlops-infra rollback --env {target} --to {self.receipt.release[:12]}"
        return f"mlops-infra promote --from {self.receipt.source} --to {target}"


@dataclass(frozen=True)
class Listed:
    """One receipt among others: who approved it so far, and the machine that used it."""

    receipt: Receipt
    people: tuple[str, ...]
    used_by: str | None


Confirm: TypeAlias = Callable[[Looked], bool]


def listing(context: Context, environments: Sequence[str], *, used: bool = False) -> tuple[Listed, ...]:
    """The receipts of environments that nobody used yet, newest first; with `used` also the others.

    Raises GateError where one was changed.
    """
    found: list[Listed] = []
    for name in environments:
        store = open_store(context.project, load_environment(context.project.stacks, context.project.check(name)))
        judge = trust.recorded(store) or trust.read(context.project.stacks)
        for one in receipt.open_receipts(store, name, used=used):
            given = approvals.approvals(store, one, judge, context.ports.clock(), _holds(judge, one))
            people = tuple(entry.person for entry in approvals.counting(given))
            found.append(Listed(one, people, _used_by(store, one)))
    return tuple(sorted(found, key=lambda one: one.receipt.requested, reverse=True))


def show(context: Context, name: str, environment: str | None = None) -> Looked:
    """A receipt by its digest or the start of it, of one environment or of any.

    Raises UsageError where none or several are meant, GateError where it, or what it covers, was changed.
    """
    store, found = _find(context, name, environment)
    with context.opa.scope():
        return _look(context, store, found)


def approve(
    context: Context, name: str, key: Path, *, environment: str | None = None, comment: str = "", confirm: Confirm
) -> tuple[Approval, Looked]:
    """Sign a receipt and put the approval where promotions find it; returns it, and how the receipt stands then.

    Arguments: `key`: SSH key of the approver, by which they prove who they are, too; `confirm` gets all that they sign.
    Raises UsageError for a receipt that was used, GateError where they may not or where their approval would not count (both are
    recorded), DeclinedError.
    """
    store, found = _find(context, name, environment)
    with context.opa.scope():
        made = _approve(context, store, found, key, comment, confirm)
        return made, _look(context, store, found)


def _approve(context: Context, store: Store, found: Receipt, key: Path, comment: str, confirm: Confirm) -> Approval:
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
    looked = Looked(found, delta.load(store, found.delta), given, _used_by(store, found))
    if looked.used_by is not None:
        return replace(looked, waits=())
    try:
        return replace(looked, waits=_waits(context, store, looked, judge), able=_able(looked, judge))
    except GateError as error:
        return replace(looked, undecided=error.what, able=_able(looked, judge))


def _waits(context: Context, store: Store, looked: Looked, judge: trust.Trust) -> tuple[str, ...]:
    """What the gates about people ask for still. The others look at what runs, which only `promote` does."""
    found, step = looked.receipt, _step(judge, looked.receipt)
    gates = step.gates if step else Gates()
    question = evidence.GateInput(
        kind=found.kind,
        environment=found.environment,
        source=found.source,
        release=found.release,
        receipt=found.digest,
        required=evidence.required(gates, ()),
        evidence=evidence.observed(
            gates=gates,
            now=context.ports.clock(),
            approvals=looked.approvals,
            delta=looked.delta,
            trust=(trust.read(context.project.stacks), trust.recorded(store)),
            rollback=found.kind == "rollback",
        ),
    )
    with deciding(context) as opa:
        decision = decided(opa, question)
    asked = [gate for gate in decision.gates if gate.name in ("approvals", "trust") and gate.result != "pass"]
    return tuple(sentence for gate in asked for sentence in gate.missing)


def _able(looked: Looked, judge: trust.Trust) -> Mapping[str, tuple[str, ...]]:
    """People with a key and a role that may approve, who neither asked for it nor approved it."""
    found = looked.receipt
    done = {entry.person for entry in approvals.counting(looked.approvals)} | {found.requester}
    able = {
        actor.name: tuple(
            dict.fromkeys(grant.role for grant in actor.roles if {"*", found.environment} & {*grant.environments})
        )
        for actor in judge.access.actors
        if actor.ssh and actor.name not in done
    }
    wanted = {rule.role for rule in _asked_of(judge, looked)}
    return {name: tuple(role for role in roles if role in wanted) for name, roles in able.items() if wanted & {*roles}}


def _asked_of(judge: trust.Trust, looked: Looked) -> tuple[ApprovalRule, ...]:
    """Whom the pipeline asks: those of the step, and those for data where some would be lost (a rollback: only these)."""
    step = _step(judge, looked.receipt)
    if step is None:
        return ()
    data = tuple(step.gates.blast_radius.data_replacements)
    if looked.receipt.kind == "rollback":
        return data if looked.delta.irrevocable else ()
    return (*step.gates.approvals, *(data if looked.delta.losses else ()))


def _used_by(store: Store, found: Receipt) -> str | None:
    spent = receipt.spent(store, found)
    return spent.host if spent else None


def _step(judge: trust.Trust, found: Receipt) -> Step | None:
    return judge.pipeline.into(found.environment) if judge.pipeline else None


def _holds(judge: trust.Trust, found: Receipt) -> timedelta:
    step = _step(judge, found)
    return timedelta(seconds=step.gates.approval_seconds) if step else timedelta.max


def _find(context: Context, name: str, environment: str | None) -> tuple[Store, Receipt]:
    names = [context.project.check(environment)] if environment else context.project.environments()
    found = list(_matches(context, name, names))
    if len(found) != 1:
        what = f"several receipts start with {name}" if found else f"there is no receipt {name}"
        raise UsageError(what, hint="`mlops-infra receipt list` shows those that wait")
    return found[0]


def _matches(context: Context, name: str, names: list[str]) -> Iterator[tuple[Store, Receipt]]:
    for environment in names:
        store = open_store(context.project, load_environment(context.project.stacks, environment))
        for digest in receipt.named(store, environment, name):
            yield store, receipt.load(store, environment, digest)
