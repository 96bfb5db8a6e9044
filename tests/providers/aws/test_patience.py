"""What is tried again, and for how long."""

from __future__ import annotations

import pytest

from mlops_infra.providers.aws.clients import CallError
from mlops_infra.providers.aws.patience import NotYetThereError, Patience, is_early


class Work:
    """Fails with each of `errors` in turn, then answers."""

    def __init__(self, *errors: Exception) -> None:
        self.left = list(errors)
        self.tries = 0

    def __call__(self) -> str:
        self.tries += 1
        if self.left:
            raise self.left.pop(0)
        return "done"


def error(code: str, message: str = "") -> CallError:
    return CallError(code, f"svc op: {code}: {message}")


@pytest.mark.parametrize(
    ("what", "early"),
    [
        (error("DependencyViolation"), True),
        (
            error(
                "MalformedPolicyDocumentException", "Policy contains a statement with one or more invalid principals."
            ),
            True,
        ),
        (error("MalformedPolicy", "Action does not apply"), False),
        (error("InvalidParameterException", "Role with arn: x, could not be assumed"), True),
        (error("InvalidParameterException", "unsupported Kubernetes version"), False),
        (error("InvalidSubnetID.NotFound"), True),
        (error("AccessDenied", "the role may not"), False),
        (NotYetThereError("x"), True),
        (ValueError("x"), False),
    ],
)
def test_early_errors(what: Exception, early: bool) -> None:
    assert is_early(what) is early


def test_an_early_error_is_tried_again_until_it_is_gone() -> None:
    work = Work(error("DependencyViolation"), error("DependencyViolation"))
    assert Patience(seconds=60, pause=0)(work) == "done"
    assert work.tries == 3


def test_other_errors_end_at_once() -> None:
    work = Work(error("AccessDenied"))
    with pytest.raises(CallError, match="AccessDenied"):
        Patience(seconds=60, pause=0)(work)
    assert work.tries == 1


def test_without_patience_nothing_is_tried_again() -> None:
    work = Work(error("DependencyViolation"))
    with pytest.raises(CallError, match="DependencyViolation"):
        Patience(seconds=0)(work)
    assert work.tries == 1
