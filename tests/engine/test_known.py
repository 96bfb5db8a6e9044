"""The state's values in place of unknown ones."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from mlops_infra.engine.known import with_known
from mlops_infra.graph import UNKNOWN, Resource, Secret


def resource(inputs: dict[str, Any], **more: Any) -> Resource:
    return Resource("urn:pulumi:dev-foundation::p::t::a", "t", "a", "foundation", inputs, **more)


def test_unknown_values_are_taken_from_the_state_and_others_are_not() -> None:
    wanted = resource({"key": UNKNOWN, "name": "new", "rules": [{"id": UNKNOWN, "on": True}], "password": Secret("x")})
    state = resource(
        {"key": "k-1", "name": "old", "rules": [{"id": 7, "on": False}], "password": Secret(None), "extra": 1},
        outputs={"arn": "arn:1"},
        id="a-1",
    )
    (found,) = with_known([wanted], [state])
    assert found.inputs == {"key": "k-1", "name": "new", "rules": [{"id": 7, "on": True}], "password": Secret("x")}
    assert (found.outputs, found.id, found.unknowns) == ({"arn": "arn:1"}, "a-1", ())


def test_a_document_is_text_in_the_state() -> None:
    wanted = resource({"policy": {"Statement": [{"Resource": [UNKNOWN], "Sid": "Key"}]}, "other": {"a": UNKNOWN}})
    state = resource({"policy": '{"Statement": [{"Sid": "Key", "Resource": ["arn:1"]}]}', "other": "no document"})
    (found,) = with_known([wanted], [state])
    assert found.inputs == {
        "policy": {"Statement": [{"Resource": ["arn:1"], "Sid": "Key"}]},
        "other": {"a": UNKNOWN},
    }


def test_what_the_state_does_not_know_stays_unknown() -> None:
    wanted = resource({"key": UNKNOWN, "rules": [UNKNOWN, 1]})
    (found,) = with_known([wanted], [resource({"rules": [5]})])
    assert found.inputs == wanted.inputs
    assert with_known([wanted], [replace(wanted, urn="urn:other")]) == [wanted]
