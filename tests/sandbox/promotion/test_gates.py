"""The gates by the real OPA: whatever is seen, seeing less of it opens none, and what does not pass says what is missing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mlops_infra import toolchain
from mlops_infra.governance import policyset
from mlops_infra.governance.server import OpaServer
from mlops_infra.promotion.evidence import Evidence, GateInput
from mlops_infra.promotion.gates import GATES, decided
from mlops_infra.resources import data_dir

pytestmark = pytest.mark.sandbox

RELEASE, SEVERITIES = "a" * 64, ("critical", "high", "medium", "low")
ROLES = ("release-approver", "compliance-officer", "platform-admin")
FEW = st.integers(0, 2)
DEMANDS = st.lists(st.builds(dict, role=st.sampled_from(ROLES), count=st.integers(1, 2)), max_size=3)
RESULTS = st.sampled_from(["pass", "pass", "fail", "unknown"])
EVIDENCE: Mapping[str, st.SearchStrategy[Any]] = {
    "release": st.builds(
        dict, standing=st.sampled_from(["ready", "held", "rejected"]), reason=st.none() | st.just("x")
    ),
    "verdict": st.builds(
        dict,
        result=RESULTS,
        judged=st.booleans(),
        failures=st.fixed_dictionaries(dict.fromkeys(SEVERITIES, FEW)),
        deferred=FEW,
        problem=st.none() | st.just("x"),
    ),
    "source": st.builds(
        dict,
        release=st.sampled_from([None, RELEASE, "b"]),
        soaked_seconds=st.none() | st.integers(0, 4),
        simulated=st.booleans(),
    ),
    "checks": st.lists(
        st.builds(
            dict, name=st.sampled_from("ab"), result=RESULTS, observed=st.none() | st.just("1"), threshold=st.just("1")
        ),
        max_size=2,
        unique_by=lambda check: check["name"],
    ),
    "approvals": st.builds(
        dict,
        counted=st.lists(
            st.builds(dict, person=st.sampled_from("pqrs"), roles=st.lists(st.sampled_from(ROLES), max_size=2)),
            max_size=4,
        ),
        refused=st.lists(st.just("x"), max_size=1),
    ),
    "frozen": st.lists(st.just({"name": "w", "until": "u"}), max_size=1),
    "drift": st.builds(dict, source=st.none() | FEW, target=st.none() | FEW),
    "changes": st.builds(
        dict,
        total=st.integers(0, 6),
        losses=st.lists(st.just("delete x"), max_size=1),
        reversibility=st.sampled_from(["reversible", "lossy", "irreversible"]),
    ),
    "trust": st.builds(dict, changed=st.lists(st.just("access.yaml"), max_size=1), quorum=st.integers(1, 3)),
}
QUESTIONS = st.builds(
    dict,
    version=st.just(1),
    kind=st.sampled_from(["promotion", "promotion", "rollback"]),
    environment=st.just("prod"),
    source=st.just("staging"),
    release=st.just(RELEASE),
    receipt=st.just("c" * 64),
    required=st.builds(
        dict,
        fail_on=st.sampled_from(SEVERITIES),
        soak_seconds=st.integers(0, 4),
        checks=st.lists(st.sampled_from("ab"), max_size=2, unique=True),
        approvals=DEMANDS,
        approvals_data=DEMANDS,
        freeze=st.booleans(),
        drift_free=st.booleans(),
        changes=st.integers(1, 5),
    ),
    evidence=st.fixed_dictionaries({name: st.none() | found | found for name, found in EVIDENCE.items()}),
)


@pytest.fixture(scope="module")
def opa() -> Iterator[OpaServer]:
    with OpaServer(toolchain.ensure(["opa"])["opa"].path, policyset.load(data_dir("policies"))) as server:
        yield server


def passing(opa: OpaServer, question: Mapping[str, Any]) -> set[str]:
    """Names of the gates that pass; `decided` sees that the answer is whole."""
    return {gate.name for gate in decided(opa, GateInput.model_validate(question)).gates if gate.result == "pass"}


def covered(demands: list[dict[str, Any]], people: dict[str, set[str]]) -> bool:
    """Whether different people can stand for all demands, by trying every way."""
    wanted = [demand["role"] for demand in demands for _ in range(demand["count"])]

    def assign(left: list[str], free: set[str]) -> bool:
        return not left or any(assign(left[1:], free - {who}) for who in free if left[0] in people[who])

    return assign(wanted, set(people))


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(QUESTIONS, st.data())
def test_less_evidence_opens_no_gate(opa: OpaServer, question: dict[str, Any], data: st.DataObject) -> None:
    before = passing(opa, question)
    name = data.draw(st.sampled_from(sorted(Evidence.model_fields)))
    assert passing(opa, {**question, "evidence": {**question["evidence"], name: None}}) <= before
    assert passing(opa, {**question, "evidence": {}}) <= before
    assert passing(opa, {**question, "required": None}) <= before


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(QUESTIONS)
def test_approvals_are_enough_exactly_where_different_people_can_stand_for_all(
    opa: OpaServer, question: dict[str, Any]
) -> None:
    evidence, required = question["evidence"], question["required"]
    people: dict[str, set[str]] = {}
    for entry in (evidence["approvals"] or {"counted": []})["counted"]:
        people.setdefault(entry["person"], set()).update(entry["roles"])
    changes = evidence["changes"]
    known = evidence["approvals"] is not None and changes is not None
    rollback = question["kind"] == "rollback"
    risk = known and (changes["losses"] or (rollback and changes["reversibility"] != "reversible"))
    demands = ([] if rollback else required["approvals"]) + (required["approvals_data"] if risk else [])
    # What nothing can undo takes somebody's approval, so it cannot pass where nobody is named for it.
    forbidden = known and rollback and changes["reversibility"] == "irreversible" and not required["approvals_data"]
    assert ("approvals" in passing(opa, question)) == (known and covered(demands, people) and not forbidden)


def test_nothing_observed_is_nothing_allowed(opa: OpaServer) -> None:
    question = GateInput(
        kind="promotion", environment="prod", source="staging", release="a", receipt="b", required=None
    )
    found = decided(opa, question)
    assert not found.allowed
    assert {gate.result for gate in found.gates} == {"unknown"}
    assert [gate.name for gate in found.gates] == list(GATES)
