"""Who may do what with the tool, as ``policies/decisions/actors`` decides it. Default deny, and nothing is decided here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from mlops_infra.governance.decision import DecisionError, decide, understood
from mlops_infra.governance.server import Opa

INPUT_VERSION: Final = 1


@dataclass(frozen=True)
class Question:
    """One actor, one action, one environment: the input of the decision, version 1 (``policies/decisions/actors/README.md``).

    `roles` maps a role to the environments in which it holds; `how` is ``ssh``, ``oidc`` or ``local``; `requester` is who asked for what
    is to be approved, None where that means nothing.
    """

    action: str
    environment: str
    target: str
    name: str | None
    roles: Mapping[str, Sequence[str]]
    how: str
    verified: bool
    requester: str | None = None

    def document(self) -> dict[str, Any]:
        """As OPA gets it."""
        return {
            "version": INPUT_VERSION,
            "action": self.action,
            "environment": self.environment,
            "target": self.target,
            "requester": self.requester,
            "identity": {
                "name": self.name,
                "how": self.how,
                "verified": self.verified,
                "roles": [{"role": role, "environments": list(found)} for role, found in sorted(self.roles.items())],
            },
        }


@dataclass(frozen=True)
class Permission:
    """The answer: `reasons` are sentences, why not or why; `roles` are those that allow it."""

    allowed: bool
    reasons: tuple[str, ...]
    roles: tuple[str, ...] = ()


class _Answer(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)
    version: Literal[1]
    action: str
    environment: str
    allow: bool
    roles: list[str]
    reasons: list[str]


class _Standing(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)
    version: Literal[1]
    environment: str
    actions: list[str]


def actions_of(opa: Opa, question: Question) -> tuple[str, ...]:
    """Everything that the actor of a question may do in its environment. Raises DecisionError where that was not decided."""
    try:
        answer = _Standing.model_validate(decide(opa, "actors", question.document(), "standing"))
    except ValidationError:
        raise DecisionError("bad-answer", "the standing of an actor is malformed") from None
    if answer.environment != question.environment:
        raise DecisionError("bad-answer", "the standing of an actor answers another question")
    return tuple(answer.actions)


def permission(opa: Opa, question: Question) -> Permission:
    """Whether the actor may. Raises DecisionError (exit 4) where that was not decided."""
    told = decide(opa, "actors", question.document())
    answer = understood(told, _Answer, "the decision about actors")
    if (answer.action, answer.environment) != (question.action, question.environment):
        raise DecisionError("bad-answer", "the decision about actors answers another question")
    if answer.allow and not answer.roles:
        raise DecisionError("bad-answer", "the decision about actors allows without a role")
    return Permission(answer.allow, tuple(answer.reasons), tuple(answer.roles))
