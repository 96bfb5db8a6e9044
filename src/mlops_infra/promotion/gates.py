"""The gates of a promotion, as ``policies/decisions/promotion`` decides them. Nothing is decided here but that a strange answer is a no.

Flow: `evidence.GateInput` → OPA → `Decision` with one `GateResult` each.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict

from mlops_infra.governance.decision import DecisionError, decide, understood

if TYPE_CHECKING:
    from mlops_infra.governance.server import Opa
    from mlops_infra.promotion.evidence import GateInput

GATES: Final = ("release", "policies", "soak", "checks", "approvals", "freeze", "drift", "blast_radius", "trust")
"""Every gate, in the order in which people are told."""

Result: TypeAlias = Literal["pass", "fail", "unknown"]


@dataclass(frozen=True)
class GateResult:
    """One gate. `missing` are sentences about what it takes, each with the command that gives it."""

    name: str
    result: Result
    missing: tuple[str, ...] = ()


@dataclass(frozen=True)
class Decision:
    """All gates; `allowed` where every one of them passes."""

    allowed: bool
    gates: tuple[GateResult, ...]


class _Gate(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)
    name: str
    result: Result
    missing: list[str]


class _Answer(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)
    version: Literal[1]
    environment: str
    receipt: str
    allow: bool
    gates: list[_Gate]


def decided(opa: Opa, question: GateInput) -> Decision:
    """Which gates hold. Raises DecisionError (exit 4) where that was not decided, or the answer contradicts itself."""
    told = decide(opa, "promotion", question.model_dump(mode="json"))
    answer = understood(told, _Answer, "the decision on the promotion")
    if (answer.environment, answer.receipt) != (question.environment, question.receipt):
        raise DecisionError("bad-answer", "the decision on the promotion answers another question")
    gates = {gate.name: GateResult(gate.name, gate.result, tuple(gate.missing)) for gate in answer.gates}
    if tuple(sorted(gates)) != tuple(sorted(GATES)) or len(answer.gates) != len(GATES):
        raise DecisionError("bad-answer", "the decision on the promotion does not speak of every gate")
    ordered = tuple(gates[name] for name in GATES)
    if answer.allow != all(gate.result == "pass" for gate in ordered):
        raise DecisionError("bad-answer", "the decision on the promotion contradicts its gates")
    if not all(gate.missing or gate.result == "pass" for gate in ordered):
        raise DecisionError("bad-answer", "the decision on the promotion does not say what is missing")
    return Decision(answer.allow, ordered)
