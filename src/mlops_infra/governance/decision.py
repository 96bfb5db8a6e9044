"""Decisions about the tool itself, by Rego: who may do what, whether a promotion may go on. They are no rules about graphs.

A decision is a package ``mlops.decisions.<name>`` in ``policies/decisions/<name>/`` whose rule ``decision`` answers one versioned input. It
is in the manifest like every other file, so that a set in which somebody changed one is refused; the judge neither asks nor counts it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Literal, TypeAlias, TypeVar

from pydantic import BaseModel, ValidationError

from mlops_infra.errors import GateError
from mlops_infra.governance.policyset import DECISIONS, ROOT_PACKAGE
from mlops_infra.governance.refusal import Refusal
from mlops_infra.governance.server import Opa

Answer = TypeVar("Answer", bound=BaseModel)

PACKAGE: Final = f"{ROOT_PACKAGE}.{DECISIONS}"
DecisionName: TypeAlias = Literal["actors", "promotion"]


class DecisionError(GateError):
    """Nothing was decided, so nothing is allowed (exit 4). `code` is a `refusal.Code`."""

    def __init__(self, code: str, what: str, *, where: str | None = None, hint: str | None = None) -> None:
        super().__init__(what, where=where, hint=hint)
        self.code = code


def decide(opa: Opa, name: DecisionName, document: Mapping[str, Any], rule: str = "decision") -> Mapping[str, Any]:
    """What ``data.mlops.decisions.<name>.<rule>`` says of `document`, which is its ``input``.

    Raises DecisionError where OPA cannot be asked, or where the decision is undefined or no object.
    """
    try:
        answer = opa.decide(document, f"{PACKAGE}.{name}.{rule}")
    except Refusal as refusal:
        raise DecisionError(refusal.code, refusal.what, where=refusal.where, hint=refusal.hint) from None
    if answer is None:
        raise DecisionError(
            "undefined",
            f"the decision {name} is undefined: OPA has no data.{PACKAGE}.{name}.{rule}",
            hint=f"bring policies/decisions/{name} back",
        )
    if not isinstance(answer, dict):
        raise DecisionError("bad-answer", f"OPA's answer to the decision {name} is malformed: it is no object")
    return answer


def understood(told: Mapping[str, Any], form: type[Answer], what: str) -> Answer:
    """An answer in its form; `what` names the decision in a sentence. Raises DecisionError for one that has another form."""
    try:
        return form.model_validate(told)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"]))
        raise DecisionError("bad-answer", f"{what} is malformed: {place}: {first['msg'].lower()}") from None
