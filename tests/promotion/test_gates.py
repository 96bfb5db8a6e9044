"""The decision of the gates: evidence goes in as it was seen, and an answer that is not whole is a no."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from evidence_world import NOW, base, finding, plan, trust_files
from fake_opa import FakeOpa
from fake_policies import rule

from mlops_infra.governance.decision import DecisionError
from mlops_infra.governance.verdict import Problem, Verdict
from mlops_infra.promotion import delta, evidence
from mlops_infra.promotion.approvals import Approval, Refused
from mlops_infra.promotion.evidence import Evidence, GateInput
from mlops_infra.promotion.gates import GATES, decided
from mlops_infra.promotion.pipeline import Gates
from mlops_infra.promotion.verification import CheckResult

DECISION = "mlops.decisions.promotion.decision"
QUESTION = GateInput(kind="promotion", environment="prod", source="staging", release="a", receipt="b", required=None)


def answer(**told: Any) -> dict[str, Any]:
    gates = [{"name": name, "result": "pass", "missing": []} for name in GATES]
    return {"version": 1, "environment": "prod", "receipt": "b", "allow": True, "gates": gates, **told}


def asked(reply: Callable[[Mapping[str, Any]], Any] | Any) -> Any:
    said = reply if callable(reply) else lambda document: reply
    return decided(FakeOpa(decisions={DECISION: said}), QUESTION)


def test_a_whole_answer() -> None:
    gates = answer()["gates"][::-1]
    gates[-1] = {"name": "release", "result": "fail", "missing": ["it is held"]}
    found = asked(answer(gates=gates, allow=False))
    assert not found.allowed
    assert [gate.name for gate in found.gates] == list(GATES)
    assert found.gates[0].missing == ("it is held",)


UNSOUND: dict[str, dict[str, Any]] = {
    "undefined": {"answer": None},
    "no object": {"answer": [True]},
    "another version": {"version": 2},
    "another environment": {"environment": "staging"},
    "another receipt": {"receipt": "c"},
    "a gate is missing": {"gates": answer()["gates"][1:]},
    "a gate is there twice": {"gates": [*answer()["gates"], answer()["gates"][0]]},
    "a gate nobody knows": {"gates": [*answer()["gates"][1:], {"name": "x", "result": "pass", "missing": []}]},
    "allowed in spite of a gate": {
        "gates": [{**answer()["gates"][0], "result": "unknown", "missing": ["x"]}, *answer()["gates"][1:]]
    },
    "not allowed for no reason": {"allow": False},
    "no word on what is missing": {
        "allow": False,
        "gates": [{**answer()["gates"][0], "result": "fail"}, *answer()["gates"][1:]],
    },
    "a result of another kind": {"gates": [{**answer()["gates"][0], "result": "maybe"}, *answer()["gates"][1:]]},
    "a truth that is none": {"allow": "true"},
    "something more": {"extra": 1},
}


@pytest.mark.parametrize("name", UNSOUND)
def test_an_answer_that_is_not_whole_is_refused(name: str) -> None:
    told = UNSOUND[name]
    with pytest.raises(DecisionError):
        asked(told["answer"] if "answer" in told else answer(**told))


def test_nothing_seen_is_null() -> None:
    assert QUESTION.model_dump(mode="json")["evidence"] == dict.fromkeys(Evidence.model_fields)
    found = evidence.observed(gates=Gates(), now=NOW)
    assert found.model_dump(exclude={"frozen"}) == dict.fromkeys(set(Evidence.model_fields) - {"frozen"})
    assert found.frozen == []


def test_what_was_seen(tmp_path: Path) -> None:
    window = {"name": "always", "timezone": "UTC", "first_day": "2026-11-01", "last_day": "2026-11-30"}
    gates = Gates.model_validate({"freeze": [window]})
    changes = delta.of(
        environment="prod", source="staging", release="a", previous=None, versions=[], configuration=[],
        plan=plan(operation="delete"), base=base(), verdict=Verdict("prod", "pass"),
    )  # fmt: skip
    people = trust_files(tmp_path / "old")
    newer = trust_files(tmp_path / "new", quorum=3)
    found = evidence.observed(
        gates=gates,
        now=NOW,
        verdict=Verdict("prod", "fail", (finding(), finding("unknown")), rules=(rule(),)),
        checks=[CheckResult("latency", "promql", "unknown", None, "<= 1")],
        approvals=[
            Approval("bob", ("release-approver",), "SHA256:x", datetime(2026, 11, 24, tzinfo=UTC), "", "k"),
            Refused("twice", "bob approved already", "bob", "k"),
        ],
        delta=changes,
        trust=(newer, people),
    ).model_dump(mode="json")
    assert found["verdict"]["failures"] == {"critical": 0, "high": 1, "medium": 0, "low": 0}
    assert (found["verdict"]["judged"], found["verdict"]["deferred"]) == (True, 1)
    assert found["checks"] == [{"name": "latency", "result": "unknown", "observed": None, "threshold": "<= 1"}]
    assert found["approvals"] == {
        "counted": [{"person": "bob", "roles": ["release-approver"]}],
        "refused": ["bob approved already"],
    }
    assert found["frozen"] == [{"name": "always", "until": "2026-12-01T00:00:00+00:00"}]
    lost = "delete claims: the bucket's objects are deleted with it, all their versions too"
    assert found["changes"] == {"total": 1, "losses": [lost], "reversibility": "irreversible"}
    assert found["trust"] == {"changed": ["access.yaml"], "quorum": 2}


def test_rules_that_nobody_asked_are_no_verdict() -> None:
    for verdict in (Verdict("prod", "pass"), Verdict("prod", "fail", problem=Problem("no-opa", "OPA is not there"))):
        seen = evidence.observed(gates=Gates(), now=NOW, verdict=verdict).verdict
        assert seen is not None
        assert not seen.judged
