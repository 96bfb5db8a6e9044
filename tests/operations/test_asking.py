"""One OPA for one operation."""

from __future__ import annotations

import pytest
from fake_policies import make_policies
from fake_world import FakeWorld

from mlops_infra.errors import OperationError
from mlops_infra.governance.refusal import Refusal


@pytest.fixture
def ruled(world: FakeWorld) -> FakeWorld:
    make_policies(world.project.root / "policies")
    return world


def test_it_starts_once_and_ends_with_the_outermost_scope(ruled: FakeWorld) -> None:
    context = ruled.context()
    with context.opa.scope():
        with context.opa.scope():
            first = context.opa.get(context)
        assert context.opa.get(context) is first
        assert context.opa.policies is first[0]
        assert [names for names, _ in ruled.programs.asked] == [("opa",)]
    assert context.opa.policies is None
    with context.opa.scope():
        assert context.opa.get(context) is not first
    assert len(ruled.programs.asked) == 2


def test_nobody_starts_it_outside_of_a_scope(ruled: FakeWorld) -> None:
    context = ruled.context()
    with pytest.raises(RuntimeError, match="outside of a scope"):
        context.opa.get(context)


def test_without_opa_or_rules_it_is_a_refusal(ruled: FakeWorld) -> None:
    ruled.opa.absent = OperationError("no Go")
    context = ruled.context()
    with context.opa.scope(), pytest.raises(Refusal, match="OPA cannot be had: no Go") as caught:
        context.opa.get(context)
    assert caught.value.code == "opa-missing"
    (ruled.project.root / "policies" / "manifest.json").unlink()
    with context.opa.scope(), pytest.raises(Refusal) as caught:
        context.opa.get(context)
    assert caught.value.code == "no-manifest"
