"""An OPA in memory: answers what a test says, with the interface of the real one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

from mlops_infra.governance.policyset import PolicySet
from mlops_infra.governance.server import DECISION
from mlops_infra.operations.ports import Programs


@dataclass
class FakeOpa:
    """Implements `governance.server.Opa` and `operations.ports.OpaPort`.

    `findings` is what the rules find; `answer`, where set, is the whole answer in its place; `failure` is raised instead of an answer, and
    `absent` where the server is asked for. `decisions` answer the questions that are not about graphs, by the path of the decision.
    """

    findings: list[Mapping[str, Any]] = field(default_factory=list)
    answer: Callable[[PolicySet], Any] | None = None
    failure: Exception | None = None
    absent: Exception | None = None
    seen: list[Mapping[str, Any]] = field(default_factory=list)
    policies: PolicySet | None = None
    decisions: dict[str, Callable[[Mapping[str, Any]], Any]] = field(default_factory=dict)

    def __call__(self, policies: PolicySet, programs: Programs) -> Self:
        if self.absent is not None:
            raise self.absent
        programs(["opa"])
        self.policies = policies
        return self

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        """Nothing to end."""

    def decide(self, document: Mapping[str, Any], decision: str = DECISION) -> Any:
        if decision != DECISION:
            return self.decisions[decision](document)
        self.seen.append(document)
        if self.failure is not None:
            raise self.failure
        assert self.policies is not None
        if self.answer is not None:
            return self.answer(self.policies)
        return whole(self.findings, self.policies)


def whole(findings: Sequence[Mapping[str, Any]], policies: PolicySet) -> dict[str, Any]:
    """A whole answer with some findings."""
    return {"findings": list(findings), "rules": {rule_id: {} for rule_id in policies.rules}}
