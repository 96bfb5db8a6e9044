"""Why a graph could not be judged. Each reason has a code and its own message, and each ends in the verdict ``fail``."""

from __future__ import annotations

from typing import Literal, TypeAlias

from mlops_infra.errors import PolicyError

Code: TypeAlias = Literal[
    "no-policies",
    "no-rules",
    "no-manifest",
    "bad-manifest",
    "missing-policies",
    "changed-policies",
    "opa-missing",
    "opa-does-not-start",
    "opa-too-slow",
    "opa-died",
    "rule-error",
    "undefined",
    "bad-answer",
    "missing-rules",
    "unknown-rule",
    "bad-waivers",
]


class Refusal(PolicyError):  # noqa: N818 - it is an answer, not a mistake
    """The rules could not be asked, or did not answer in full. `code` is stable; exit 3 where it reaches the user."""

    def __init__(self, code: Code, what: str, *, where: str | None = None, hint: str | None = None) -> None:
        super().__init__(what, where=where, hint=hint)
        self.code: Code = code
