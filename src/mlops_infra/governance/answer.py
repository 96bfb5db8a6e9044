"""OPA's answer: is it whole, and what does it say?

The decision is ``data.mlops.governance``: ``findings``, and ``rules`` with the id of every rule that was asked. A rule of the manifest
that is not among them was not asked (its file was not loaded, or its package is another), and then nothing is allowed.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from mlops_infra.governance.refusal import Refusal
from mlops_infra.governance.verdict import Rule


class RawFinding(BaseModel):
    """One finding as a rule tells it. `resource` is a URN, or none where it is about the stack file; `key` is the stack-file key to change,
    where the rule knows it better than the resource."""

    model_config = ConfigDict(extra="forbid", strict=True)
    rule: str
    resource: str | None = None
    path: list[str | int] = []
    message: Annotated[str, Field(min_length=1)]
    value: Any = None
    trail: list[str] = []
    key: list[str | int] = []
    status: Literal["fail", "unknown"]


class Decision(BaseModel):
    """The whole decision."""

    model_config = ConfigDict(extra="ignore", strict=True)
    findings: list[RawFinding]
    rules: dict[str, Any] | list[str]


def read(answer: Any, rules: Mapping[str, Rule]) -> list[RawFinding]:
    """The findings of a whole answer. Raises Refusal where the decision is undefined, malformed or lacks rules."""
    if answer is None or answer == {}:
        raise Refusal(
            "undefined",
            "the decision of the policies is undefined: OPA has no data.mlops.governance",
            hint="policies/main.rego gathers the findings in package mlops.governance",
        )
    try:
        decision = Decision.model_validate(answer)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"])) or "the answer"
        raise Refusal("bad-answer", f"OPA's answer is malformed: {place}: {first['msg'].lower()}") from None
    asked = set(decision.rules)
    missing = sorted(rules.keys() - asked)
    if missing:
        told = ", ".join(missing[:5]) + (f" and {len(missing) - 5} more" if len(missing) > 5 else "")
        raise Refusal(
            "missing-rules",
            f"{len(missing)} rules of the manifest were not asked: {told}",
            hint="a rule's package must be the path of its folder, and its findings gathered by policies/main.rego",
        )
    strangers = sorted((asked | {finding.rule for finding in decision.findings}) - rules.keys())
    if strangers:
        raise Refusal(
            "unknown-rule",
            f"OPA tells of rules that the manifest lacks: {', '.join(strangers[:5])}",
            hint="run `mlops-infra policy manifest`",
        )
    return decision.findings
