"""The evidence of one step that somebody asks for: delta, receipt, approvals, gates. Implements the ports of `rooms`.

`assess`: 1. the trust files, and the recorded version that judges 2. the delta 3. the receipt: an open one that says exactly this, or else
a new one, with what differs from the one that people approved 4. the approvals that count 5. the decision of the gates. `spend` uses a
receipt up and records the trust files that it covers; `compare` looks whether a receipt still says what would be done.
"""

from __future__ import annotations

import secrets
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from mlops_infra.config import difference, load_environment
from mlops_infra.errors import GateError
from mlops_infra.governance.waivers import load_waivers
from mlops_infra.graph import Graph
from mlops_infra.operations.authorising import deciding
from mlops_infra.promotion import approvals, delta, evidence, receipt, trust
from mlops_infra.promotion import release as releases
from mlops_infra.promotion.approvals import Approval
from mlops_infra.promotion.gates import decided
from mlops_infra.promotion.pipeline import Gates, NoPipelineError
from mlops_infra.promotion.receipt import Receipt
from mlops_infra.promotion.rooms import Assessment
from mlops_infra.promotion.store import Store, masking_key, open_store

if TYPE_CHECKING:
    from mlops_infra.operations.ports import Context
    from mlops_infra.promotion.delta import Delta
    from mlops_infra.promotion.rooms import Request
    from mlops_infra.promotion.trust import Trust


def assess(context: Context, request: Request, *, keep: bool) -> Assessment:
    """Implements `rooms.Assess`. Raises UsageError for a step that the recorded pipeline does not have, GateError for damaged evidence."""
    store = open_store(context.project, request.loaded)
    present, recorded = trust.read(context.project.stacks), trust.recorded(store)
    judge = recorded or present
    gates = gates_of(judge, request)
    changes = _delta(request)
    new = _projected(context, store, request, present, changes)
    made, differences = _receipt(store, new, judge, request)
    if keep:
        delta.keep(store, changes)
        receipt.keep(store, made)
    given = approvals.approvals(store, made, judge, request.now, timedelta(seconds=gates.approval_seconds))
    question = evidence.GateInput(
        kind=request.kind,
        environment=request.target,
        source=request.source.environment if request.source else None,
        release=request.release.id,
        receipt=made.digest,
        required=evidence.required(gates, _checks(context, request, gates)),
        evidence=evidence.observed(
            gates=gates,
            now=request.now,
            release=evidence.ReleaseSeen(standing=request.standing, reason=request.reason),
            verdict=request.planned.verdict,
            source=_source(context, request, gates),
            checks=request.source.checks if request.source else None,
            approvals=given,
            drift=evidence.DriftSeen(
                source=request.source.drifted if request.source else None, target=len(request.planned.plan.drift)
            ),
            delta=changes,
            trust=(present, recorded),
            rollback=request.kind == "rollback",
        ),
    )
    with deciding(context) as opa:
        decision = decided(opa, question)
    if made is not new and all(gate.result == "pass" for gate in decision.gates):
        differences = ()  # They were told when the receipt was made, and nobody's approval is missing for them.
    return Assessment(made, decision.gates, changes, differences)


def compare(context: Context, digest: str, request: Request, untouched: bool) -> tuple[str, ...]:
    """Implements `rooms.Compare`."""
    store = open_store(context.project, request.loaded)
    old = receipt.load(store, request.target, digest)
    now = _projected(context, store, request, trust.read(context.project.stacks), None)
    now = replace(_asked_as(now, old), source=old.source, previous=old.previous, delta=old.delta)
    if not untouched:
        now = replace(now, plan=old.plan, base=old.base, verdict=old.verdict, unknown=old.unknown)
    return receipt.differences(old, now)


def spend(context: Context, target: str, digest: str, run: str) -> None:
    """Implements `rooms.Rooms.spend`: use the receipt up, and record the trust files that it covers.

    Raises GateError where another promotion used it, or where the trust files were edited since.
    """
    store = open_store(context.project, load_environment(context.project.stacks, target))
    found = receipt.load(store, target, digest)
    present = trust.read(context.project.stacks)
    if present.digests != dict(found.trust):
        raise GateError(
            "the trust files were edited since the receipt was made", where=found.short, hint="undo the edit, or abort"
        )
    if not receipt.spend(store, found, receipt.Spent(context.ports.actor().host, run), context.ports.clock()):
        other = receipt.spent(store, found)
        raise GateError(
            f"another promotion uses this receipt already, on {other.host if other else 'another machine'}",
            where=found.short,
            hint="wait for its end, then promote again",
        )
    trust.record(store, present, found.digest)


def gates_of(judge: Trust, request: Request) -> Gates:
    """The gates of a step; for a rollback those of the step into the environment, which need no step there."""
    pipeline = judge.pipeline
    if request.kind == "rollback":
        step = pipeline.into(request.target) if pipeline else None
        return step.gates if step else Gates()
    if pipeline is None or request.source is None:
        raise NoPipelineError
    return pipeline.step(request.source.environment, request.target).gates


def _delta(request: Request) -> Delta:
    versions = releases.differences(request.previous, request.release)
    moved = {found.key for found in versions}
    settings = delta.setting_lines(difference(request.loaded, request.wanted))
    return delta.of(
        environment=request.target,
        source=request.source.environment if request.source else None,
        release=request.release.id,
        previous=request.previous.id,
        versions=versions,
        configuration=[line for line in settings if line.key not in moved],
        plan=request.planned.plan,
        base=_base(request),
        verdict=request.planned.verdict,
    )


def _base(request: Request) -> Graph:
    return request.base or Graph(request.target, {})


def _projected(context: Context, store: Store, request: Request, present: Trust, changes: Delta | None) -> Receipt:
    """The receipt of what is asked for now, as a new one."""
    return receipt.of(
        receipt.Request(
            kind=request.kind,
            environment=request.target,
            source=request.source.environment if request.source else None,
            release=request.release.id,
            previous=request.previous.id,
            requester=request.requester,
            requested=request.now,
            nonce=secrets.token_hex(16),
        ),
        plan=request.planned.plan,
        base=_base(request),
        configuration=request.wanted.environment.model_dump(mode="json"),
        policies=request.release.policies,
        verdict=request.planned.verdict,
        waivers=load_waivers(context.project.stacks),
        trust=present.digests,
        delta=changes.digest if changes else "",
        key=masking_key(store),
    )


def _asked_as(new: Receipt, old: Receipt) -> Receipt:
    """The same projection as part of an earlier request."""
    return replace(new, requester=old.requester, requested=old.requested, nonce=old.nonce)


def _receipt(store: Store, new: Receipt, judge: Trust, request: Request) -> tuple[Receipt, tuple[str, ...]]:
    """The open receipt that says what `new` says, or else `new`; with what differs from the newest one that somebody approved."""
    earlier = [
        old
        for old in receipt.open_receipts(store, new.environment)
        if (old.kind, old.source, old.release) == (new.kind, new.source, new.release)
    ]
    made = next((old for old in earlier if _asked_as(new, old).digest == old.digest), new)
    for old in (made, *earlier):
        given = approvals.approvals(store, old, judge, request.now, timedelta.max)
        if any(isinstance(entry, Approval) for entry in given):
            return made, () if old is made else receipt.differences(old, _asked_as(new, old))
    return made, ()


def _checks(context: Context, request: Request, gates: Gates) -> list[str]:
    """Names of the checks that the source must have passed."""
    if request.source is None or not gates.checks:
        return []
    source = load_environment(context.project.stacks, request.source.environment)
    return [check.name for check in gates.checks_of(source.environment)]


def _source(context: Context, request: Request, gates: Gates) -> evidence.SourceSeen | None:
    """What runs in the source. In the sandbox, simulated traffic that passes measured checks over the whole soak stands in for the time."""
    if request.source is None or request.source.running is None:
        return None
    seconds = int((request.now - request.source.running.since).total_seconds())
    simulated = load_environment(context.project.stacks, request.source.environment).environment.target == "sandbox"
    measured = [check for check in request.source.checks or () if check.kind == "promql"]
    if simulated and measured and all(check.result == "pass" for check in measured):
        seconds = max(seconds, gates.soak_seconds)
    return evidence.SourceSeen(release=request.source.running.release, soaked_seconds=seconds, simulated=simulated)
