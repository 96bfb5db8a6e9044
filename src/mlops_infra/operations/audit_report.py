"""Fills the compliance report from ledgers, waivers and the rules' controls."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final

from mlops_infra.audit import Entry
from mlops_infra.audit.report import (
    Access,
    AccessPeriod,
    ClauseServed,
    EnvironmentReport,
    Line,
    OpenWaiver,
    Report,
    RoleHolders,
)
from mlops_infra.audit.verify import verify
from mlops_infra.config import load_environment
from mlops_infra.operations import policies
from mlops_infra.operations.places import mirror
from mlops_infra.operations.ports import Context
from mlops_infra.operations.record import (
    ACCESS,
    DENIED,
    ENGINE_LOCK,
    INTENT,
    OUTSIDE,
    POLICIES,
    RESULT,
    TAKEN_OVER,
    UNLOCKED,
)

_DIGEST: Final = 64
APPROVE: Final = "approve"
_NOTEWORTHY: Final = frozenset({OUTSIDE, TAKEN_OVER, UNLOCKED, ENGINE_LOCK, POLICIES, "recovered"})
_BY_HAND: Final = frozenset(
    {"audit forget", "state restore", "state unprotect", "state move", "state import", "unlock", "sandbox reset"}
)


def collect(context: Context, framework: str, environments: Sequence[str], since: datetime, until: datetime) -> Report:
    """The report of a period, both ends included. Raises UsageError for an unknown framework or environment."""
    project = context.project
    clauses = policies.clauses(project, framework)
    names = [project.check(name) for name in environments]
    return Report(
        framework=framework,
        project=load_environment(project.stacks, names[0]).environment.project,
        since=_told(since),
        until=_told(until),
        made=_told(context.ports.clock()),
        environments=tuple(_environment(context, name, since, until) for name in names),
        waivers=tuple(_waivers(context, frozenset(names))),
        clauses=tuple(
            ClauseServed(id=clause.id, title=clause.title, rules=tuple(rule.id for rule in clause.rules))
            for clause in clauses
        ),
    )


def _environment(context: Context, name: str, since: datetime, until: datetime) -> EnvironmentReport:
    ledger = mirror(context, name)
    found = verify(ledger.path)
    entries = [entry for _, entry in zip(range(found.entries), ledger.entries(), strict=False)]
    now = [entry for entry in entries if since <= datetime.fromisoformat(entry.time) <= until]
    ended = {int(entry.data["intent"]): entry for entry in entries if entry.kind == RESULT}
    intents = [entry for entry in now if entry.kind == INTENT]
    return EnvironmentReport(
        environment=name,
        entries=found.entries,
        head=found.head,
        intact=found.intact,
        fault=found.fault.what if found.fault else None,
        access=tuple(_access(entries, since, until)),
        changes=tuple(_line(e, ended) for e in intents if e.data.get("operation") != APPROVE),
        approvals=tuple(_line(e, ended) for e in intents if e.data.get("operation") == APPROVE),
        denials=tuple(_line(entry, ended) for entry in now if entry.kind == DENIED),
        interventions=tuple(
            _line(entry, ended)
            for entry in now
            if entry.kind in _NOTEWORTHY or (entry.kind == INTENT and entry.data.get("operation") in _BY_HAND)
        ),
    )


def _access(entries: Iterable[Entry], since: datetime, until: datetime) -> Iterable[AccessPeriod]:
    """What was in force at the beginning, and each change since."""
    told = [entry for entry in entries if ACCESS in entry.data and datetime.fromisoformat(entry.time) <= until]
    for number, entry in enumerate(told):
        after = told[number + 1].time if number + 1 < len(told) else None
        if after is not None and datetime.fromisoformat(after) < since:
            continue
        yield AccessPeriod(
            since=entry.time,
            until=after,
            entry=entry.seq,
            grants=tuple(Access.model_validate(grant) for grant in entry.data[ACCESS]["grants"]),
            roles=tuple(RoleHolders.model_validate(role) for role in entry.data[ACCESS]["roles"]),
        )


def _line(entry: Entry, ended: dict[int, Entry]) -> Line:
    what = str(entry.data.get("operation") or entry.kind)
    extra = [
        _short(entry.data[key]) for key in ("release", "receipt", "rule", "urn", "pseudonym") if entry.data.get(key)
    ]
    if entry.kind == DENIED:
        result = "; ".join(str(reason) for reason in entry.data.get("reasons", ()))
    else:
        end = ended.get(entry.seq)
        result = str(end.data.get("result", "")) if end else ("unknown" if entry.kind == INTENT else "noticed")
    who = entry.actor.identity or f"{entry.actor.user}@{entry.actor.host}"
    return Line(
        entry=entry.seq,
        time=entry.time,
        who=who,
        verified=entry.actor.verified,
        what=" ".join([what, *extra]),
        result=result,
    )


def _short(told: object) -> str:
    """As people see it: of a digest its first twelve digits, the entry has it whole."""
    text = str(told)
    return text[:12] if len(text) == _DIGEST and text.isalnum() else text


def _waivers(context: Context, environments: frozenset[str]) -> Iterable[OpenWaiver]:
    for entry, wrong in policies.waivers(context):
        waiver = entry.waiver
        if waiver is None or not environments & set(waiver.environments):
            continue
        yield OpenWaiver(
            rule=waiver.rule,
            resource=f"{waiver.resource.type} {waiver.resource.name}",
            environments=tuple(waiver.environments),
            reason=waiver.reason,
            owner=waiver.owner,
            approver=waiver.approver,
            ticket=waiver.ticket,
            expires=str(waiver.expires),
            wrong=wrong,
        )


def _told(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds")
