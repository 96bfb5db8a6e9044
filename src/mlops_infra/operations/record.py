"""Intents and results in the ledger: nothing that changes an environment happens between two lines that say nothing of it.

An ``intent`` is written before the first change and a ``result`` after the last, whatever the end was: ``succeeded``, ``failed``,
``interrupted``, or ``unknown`` where the process died and the next operation noticed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from typing import Any, Final, Literal, TypeAlias

from mlops_infra.audit import Actor, Entry, Ledger
from mlops_infra.engine.plan import Outcome
from mlops_infra.errors import MlopsInfraError
from mlops_infra.governance.verdict import Verdict
from mlops_infra.operations.interruption import InterruptedOperationError
from mlops_infra.operations.lock import Holder

End: TypeAlias = Literal["succeeded", "failed", "interrupted", "unknown"]

INTENT: Final = "intent"
RESULT: Final = "result"
OBSERVED: Final = "observed"
DENIED: Final = "denied"
OUTSIDE: Final = "changed-outside"
TAKEN_OVER: Final = "lock-taken-over"
UNLOCKED: Final = "unlocked"
ENGINE_LOCK: Final = "engine-lock-released"
POLICIES: Final = "policies-changed"
BESIDE: Final = frozenset({"approve", "audit forget", "waiver add", "waiver renew"})
"""Operations that record an intent without the environment's lock: they may be at work while another one holds it."""
ACCESS: Final = "access"
"""Key of a result: who has access to what from then on."""
ACCESS_IN: Final = "access_in"
"""Key of a result: the number of the entry that says it, as nothing of it changed since."""
_SHOWN: Final = 500


@dataclass
class Running:
    """What the result of a running operation will say; filled in by the operation."""

    data: dict[str, Any] = field(default_factory=dict)

    def tell(self, outcome: Outcome) -> None:
        """Take what the engine did."""
        self.data.update(summary(outcome))


class Recorder:
    """Writes one environment's ledger in the words of operations."""

    def __init__(self, ledger: Ledger, actor: Actor) -> None:
        self._ledger = ledger
        self._actor = actor

    @contextmanager
    def change(self, operation: str, asked: Mapping[str, Any]) -> Iterator[Running]:
        """Record the intent, then the result of what happens inside, also when it fails or is interrupted."""
        intent = self._ledger.append(INTENT, {"operation": operation, **asked}, self._actor)
        running = Running()
        try:
            yield running
        except (KeyboardInterrupt, InterruptedOperationError):
            self._result(intent, operation, "interrupted", running.data)
            raise
        except BaseException as error:
            self._result(intent, operation, "failed", {**running.data, "error": told(error)})
            raise
        self._result(intent, operation, "succeeded", running.data)

    def notice_missing_result(self) -> str | None:
        """Record that the result of an earlier intent is unknown, if that is so; returns the operation's name.

        Who calls it holds the environment's lock, so that no other operation that needs it still runs.
        """
        intent = self._without_result()
        if intent is None:
            return None
        operation = str(intent.data.get("operation", ""))
        self._result(intent, operation, "unknown", {"by": asdict(intent.actor), "since": intent.time})
        return operation

    def observed(self, operation: str, data: Mapping[str, Any]) -> None:
        """Record that somebody looked, and what was seen."""
        self._ledger.append(OBSERVED, {"operation": operation, **data}, self._actor)

    def denied(self, operation: str, reasons: Sequence[str], data: Mapping[str, Any]) -> None:
        """Record that somebody was refused before anything was touched, and why."""
        self._ledger.append(DENIED, {"operation": operation, "reasons": list(reasons), **data}, self._actor)

    def access(self, running: Running, told: Mapping[str, Any]) -> None:
        """Have the result say who has access to what, or which entry says it already."""
        known = next((entry for entry in self._ledger.newest_first() if {ACCESS, ACCESS_IN} & set(entry.data)), None)
        said_in = known.data.get(ACCESS_IN, known.seq) if known else None
        said = next((entry for entry in self._ledger.newest_first() if entry.seq == said_in), None)
        if said is not None and said.data[ACCESS] == told:
            running.data[ACCESS_IN] = said.seq
        else:
            running.data[ACCESS] = told

    def policies(self, digest: str) -> None:
        """Record that other rules judge than at the verdict before, if that is so."""
        before = next(
            (entry.data["policies"] for entry in self._ledger.newest_first() if "policies" in entry.data), None
        )
        if digest and before not in (None, digest):
            self._ledger.append(POLICIES, {"from": before, "to": digest}, self._actor)

    def changed_outside(self, parts: tuple[str, ...]) -> None:
        """Record that somebody wrote the state without us (the ordinary Pulumi CLI)."""
        self._ledger.append(OUTSIDE, {"parts": list(parts)}, self._actor)

    def taken_over(self, holder: Holder) -> None:
        """Record that a dead holder's lock was taken over."""
        self._ledger.append(TAKEN_OVER, {"holder": _public(holder)}, self._actor)

    def engine_locks_released(self, holders: tuple[str, ...]) -> None:
        """Record that the engine's own locks were taken away: from engines that are dead, or by `unlock`."""
        self._ledger.append(ENGINE_LOCK, {"holders": list(holders)}, self._actor)

    def unlocked(self, holder: Holder | None) -> None:
        """Record that somebody broke the lock."""
        self._ledger.append(UNLOCKED, {"holder": _public(holder) if holder else None}, self._actor)

    def _without_result(self) -> Entry | None:
        """The newest intent of an operation that held the lock, if it has no result."""
        ended: set[object] = set()
        for entry in self._ledger.newest_first():
            if entry.kind == RESULT:
                ended.add(entry.data.get("intent"))
            elif entry.kind == INTENT and entry.data.get("operation") not in BESIDE:
                return None if entry.seq in ended else entry
        return None

    def _result(self, intent: Entry, operation: str, end: End, data: Mapping[str, Any]) -> None:
        self._ledger.append(RESULT, {"intent": intent.seq, "operation": operation, "result": end, **data}, self._actor)


def summary(outcome: Outcome) -> dict[str, Any]:
    """What the ledger keeps of an outcome: numbers and names, no property values."""
    parts: dict[str, int] = {}
    for resource in outcome.graph:
        parts[resource.part] = parts.get(resource.part, 0) + 1
    return {
        "counts": outcome.counts(),
        "mended": len(outcome.drift),
        "parts": parts,
        "recorded_only": list(outcome.recorded_only),
        "kept": list(outcome.kept),
        "milliseconds": round(outcome.seconds * 1000),
    }


def judged(verdict: Verdict, after: str = "") -> dict[str, Any]:
    """What the ledger keeps of a verdict: the result, which rules found something, what is waived, by which policies; no values.

    `after` ends the names of the keys, so that the verdicts before and after a change stand beside each other.
    """
    found = {
        "verdict": verdict.result,
        "findings": sorted({finding.rule.id for finding in verdict.failures}),
        "unknown": sorted({finding.rule.id for finding in verdict.unknowns}),
        "waived": sorted({f"{finding.rule.id} {finding.waived_by}" for finding in verdict.waived}),
        "not_judged": verdict.problem.code if verdict.problem else None,
        "policies": verdict.digest,
    }
    return {f"{key}{after}": value for key, value in found.items() if value or key == "verdict"}


def told(error: BaseException) -> dict[str, Any]:
    """An error as the ledger keeps it: its first line, never a traceback."""
    if isinstance(error, MlopsInfraError):
        return {"what": error.what.splitlines()[0][:_SHOWN] if error.what else "", "where": error.where}
    return {"what": type(error).__name__, "where": None}


def _public(holder: Holder) -> dict[str, Any]:
    shown = asdict(holder)
    del shown["token"]
    return shown
