"""Decisions about the tool itself fail closed, whatever OPA says."""

from __future__ import annotations

from typing import Any

import pytest
from fake_opa import FakeOpa

from mlops_infra.errors import ExitCode
from mlops_infra.governance.actors import Permission, Question, actions_of, permission
from mlops_infra.governance.decision import DecisionError, decide
from mlops_infra.governance.refusal import Refusal

QUESTION = Question("up", "dev", "aws", "ada", {"platform-admin": ("dev",)}, "ssh", True)
YES = {
    "version": 1,
    "action": "up",
    "environment": "dev",
    "allow": True,
    "roles": ["platform-admin"],
    "reasons": ["platform-admin may up in dev"],
}
STANDING = {"version": 1, "environment": "dev", "actions": ["plan", "up"]}


def saying(answer: Any, rule: str = "decision") -> FakeOpa:
    return FakeOpa(decisions={f"mlops.decisions.actors.{rule}": lambda document: answer})


def test_the_question_is_the_documented_input() -> None:
    assert QUESTION.document() == {
        "version": 1,
        "action": "up",
        "environment": "dev",
        "target": "aws",
        "requester": None,
        "identity": {
            "name": "ada",
            "how": "ssh",
            "verified": True,
            "roles": [{"role": "platform-admin", "environments": ["dev"]}],
        },
    }


def test_a_whole_answer_is_believed() -> None:
    assert permission(saying(YES), QUESTION) == Permission(True, ("platform-admin may up in dev",), ("platform-admin",))
    no = {**YES, "allow": False, "roles": [], "reasons": ["no"]}
    assert permission(saying(no), QUESTION) == Permission(False, ("no",))
    assert actions_of(saying(STANDING, "standing"), QUESTION) == ("plan", "up")


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (None, "undefined"),
        (True, "bad-answer"),
        ([], "bad-answer"),
        ({}, "bad-answer"),
        ({"allow": True}, "bad-answer"),
        ({**YES, "allow": "true"}, "bad-answer"),
        ({**YES, "allow": 1}, "bad-answer"),
        ({**YES, "version": 2}, "bad-answer"),
        ({**YES, "more": 1}, "bad-answer"),
        ({**YES, "action": "plan"}, "bad-answer"),
        ({**YES, "environment": "prod"}, "bad-answer"),
        ({**YES, "roles": []}, "bad-answer"),
    ],
)
def test_anything_else_allows_nothing(answer: Any, code: str) -> None:
    with pytest.raises(DecisionError) as caught:
        permission(saying(answer), QUESTION)
    assert caught.value.code == code
    assert caught.value.exit_code is ExitCode.GATE


@pytest.mark.parametrize("answer", [None, {}, {**STANDING, "actions": [1]}, {**STANDING, "environment": "prod"}])
def test_a_standing_that_is_not_whole_is_none(answer: Any) -> None:
    with pytest.raises(DecisionError):
        actions_of(saying(answer, "standing"), QUESTION)


def test_an_opa_that_does_not_answer_allows_nothing() -> None:
    class Dead(FakeOpa):
        def decide(self, document: Any, decision: str = "") -> Any:
            raise Refusal("opa-died", "OPA ended before it answered", hint="run again")

    with pytest.raises(DecisionError, match="OPA ended") as caught:
        decide(Dead(), "actors", {})
    assert (caught.value.code, caught.value.hint) == ("opa-died", "run again")
