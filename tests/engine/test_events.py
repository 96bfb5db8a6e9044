"""The engine's event stream, as changes, drift and messages."""

from __future__ import annotations

from typing import Any

from pulumi.automation.events import EngineEvent

from mlops_infra.engine.events import PartEvents
from mlops_infra.engine.plan import Event
from mlops_infra.graph import UNKNOWN, Secret

STACK = "urn:pulumi:dev-foundation::mlops-infra::pulumi:pulumi:Stack::mlops-infra-dev-foundation"
TYPE = "kubernetes:core/v1:Namespace"
URN = f"urn:pulumi:dev-foundation::mlops-infra::{TYPE}::claims"


def state(**changed: Any) -> dict[str, Any]:
    return {
        "urn": URN,
        "type": TYPE,
        "id": "claims",
        "parent": STACK,
        "provider": "",
        "inputs": {"metadata": {"labels": {"owner": "a", "example.org/team": "x"}}},
        "outputs": {"metadata": {"labels": {"owner": "a", "example.org/team": "x"}}},
        "custom": True,
        **changed,
    }


def step(operation: str, old: dict[str, Any] | None, new: dict[str, Any] | None, **told: Any) -> dict[str, Any]:
    return {"op": operation, "urn": URN, "type": TYPE, "old": old, "new": new, "provider": "", **told}


def listen(*events: dict[str, Any]) -> tuple[PartEvents, list[Event]]:
    heard: list[Event] = []
    listener = PartEvents("foundation", heard.append)
    for number, event in enumerate(events):
        listener(EngineEvent.from_json({"sequence": number, "timestamp": 0, **event}))
    return listener, heard


def test_an_update_says_which_properties_change() -> None:
    new = state(
        inputs={"metadata": {"labels": {"owner": "b", "example.org/team": "04da6b54-80e4-46f7-96ec-b56ff0331ba9"}}}
    )
    listener, heard = listen(
        {
            "resourcePreEvent": {
                "metadata": step(
                    "update",
                    state(),
                    new,
                    detailedDiff={
                        "metadata.labels.owner": {"diffKind": "update", "inputDiff": True},
                        'metadata.labels["example.org/team"]': {"diffKind": "update-replace", "inputDiff": True},
                    },
                )
            }
        }
    )
    (change,) = listener.changes
    assert (change.operation, change.name, change.parent) == ("update", "claims", None)
    owner, team = change.properties
    assert (owner.path, owner.old, owner.new, owner.forces_replacement) == ("metadata.labels.owner", "a", "b", False)
    assert (team.old, team.new, team.forces_replacement) == ("x", UNKNOWN, True)
    assert [event.kind for event in heard] == ["started"]


def test_a_masked_value_stays_masked() -> None:
    listener, _ = listen(
        {
            "resourcePreEvent": {
                "metadata": step(
                    "update",
                    state(inputs={"data": "[secret]"}),
                    state(inputs={"data": "[secret]"}),
                    detailedDiff={"data": {"diffKind": "update", "inputDiff": True}},
                )
            }
        }
    )
    (change,) = listener.changes
    assert isinstance(change.properties[0].old, Secret)
    assert "secret" not in repr(change.properties[0].new).lower().replace("secret()", "")


def test_what_a_refresh_finds_is_drift_and_no_change() -> None:
    found = state(outputs={"metadata": {"labels": {"owner": "by hand", "example.org/team": "x"}}})
    difference = {"metadata.labels.owner": {"diffKind": "update", "inputDiff": False}}
    listener, _ = listen({"resOutputsEvent": {"metadata": step("refresh", state(), found, detailedDiff=difference)}})
    assert listener.changes == ()
    (drift,) = listener.drift
    (owner,) = drift.properties
    assert (owner.old, owner.new) == ("a", "by hand")


def test_a_refresh_ends_with_what_it_came_to() -> None:
    found = state(inputs={"metadata": {"labels": {"owner": "by hand"}}})
    difference = {"metadata.labels.owner": {"diffKind": "update", "inputDiff": True}}
    listener, heard = listen(
        {"resourcePreEvent": {"metadata": step("refresh", state(), state())}},
        {"resOutputsEvent": {"metadata": step("update", state(), found, detailedDiff=difference)}},
        {"resourcePreEvent": {"metadata": step("update", found, state(), detailedDiff=difference)}},
    )
    (drift,) = listener.drift
    assert [(owner.old, owner.new) for owner in drift.properties] == [("a", "by hand")]
    assert [(change.operation, change.properties[0].new) for change in listener.changes] == [("update", "a")]
    assert [event.operation for event in heard] == ["refresh", "refresh", "update"]


def test_a_refresh_that_ends_with_a_deletion_is_drift() -> None:
    listener, _ = listen(
        {"resourcePreEvent": {"metadata": step("refresh", state(), state())}},
        {"resOutputsEvent": {"metadata": step("delete", state(), None)}},
    )
    assert listener.changes == ()
    assert [(d.urn, d.operation) for d in listener.drift] == [(URN, "delete")]


def test_what_is_gone_is_drift() -> None:
    listener, _ = listen({"resOutputsEvent": {"metadata": step("refresh", state(), None)}})
    assert [(d.urn, d.operation) for d in listener.drift] == [(URN, "delete")]


def test_a_refresh_that_finds_nothing_is_no_drift() -> None:
    listener, _ = listen({"resOutputsEvent": {"metadata": step("refresh", state(), state())}})
    assert listener.drift == ()


def test_a_replacement_is_one_change() -> None:
    listener, _ = listen(
        *(
            {"resourcePreEvent": {"metadata": step(op, state(), state())}}
            for op in ("create-replacement", "replace", "delete-replaced")
        )
    )
    assert [change.operation for change in listener.changes] == ["replace"]


def test_errors_and_warnings_are_kept_without_colour() -> None:
    def told(severity: str, message: str) -> dict[str, Any]:
        return {"diagnosticEvent": {"message": message, "color": "never", "severity": severity}}

    listener, heard = listen(
        told("error", "<{%fg 1%}>quota exceeded<{%reset%}>\n"), told("warning", "old"), told("debug", "x")
    )
    assert (listener.errors, listener.warnings) == (["quota exceeded"], ["old"])
    assert [(event.kind, event.severity) for event in heard] == [("message", "error"), ("message", "warning")]


def test_every_event_is_a_sign_of_life() -> None:
    alive: list[int] = []
    listener = PartEvents("foundation", lambda _: None, lambda: alive.append(1))
    listener(EngineEvent.from_json({"sequence": 0, "timestamp": 0, "cancelEvent": {}}))
    assert alive == [1]
