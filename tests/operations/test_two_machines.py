"""One environment on AWS, worked on from two machines: what one does the other one sees, and they never do it at once."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from entry_points import on_aws
from fake_world import FakeWorld

from mlops_infra.audit import LedgerError
from mlops_infra.errors import ExitCode, GateError, LockedError, OperationError
from mlops_infra.operations import audit, deploy, embedded, look
from mlops_infra.operations.checkpoints import from_bucket
from mlops_infra.operations.places import mirror, open_ledger
from mlops_infra.operations.unlock import holder_of, unlock

STAGING = "staging"


def yes(_: object) -> bool:
    return True


@pytest.fixture
def machines(tmp_path: Path) -> tuple[FakeWorld, FakeWorld]:
    """The same project in two folders, with one cloud and one bucket."""
    one, two = FakeWorld.make(tmp_path / "one"), FakeWorld.make(tmp_path / "two")
    on_aws(one, STAGING)
    on_aws(two, STAGING)
    two.cloud, two.state_bucket, two.audit_bucket = one.cloud, one.state_bucket, one.audit_bucket
    return one, two


def test_both_have_one_ledger(machines: tuple[FakeWorld, FakeWorld]) -> None:
    one, two = machines
    deploy.up(one.context(), STAGING, confirm=yes)
    assert two.kinds() == []
    (status,) = look.status(two.context(), [STAGING])
    assert status.problem is not None
    assert "audit fetch --env staging" in status.problem
    found = audit.fetch(two.context(), STAGING)
    (status,) = look.status(two.context(), [STAGING])
    assert (status.problem, status.last is not None) == (None, True)
    assert (found.new, found.entries) == (3, 3)
    deploy.drift(two.context(), STAGING)
    audit.fetch(one.context(), STAGING)
    assert one.kinds()[-1] == "observed drift"
    assert one.ledger().path.read_bytes() == two.ledger().path.read_bytes()
    assert audit.verify(one.context(), STAGING).verified.intact


def test_a_mirror_that_is_behind_a_checkpoint_is_told_apart_from_one_that_was_cut_off(
    machines: tuple[FakeWorld, FakeWorld],
) -> None:
    one, two = machines
    deploy.drift(two.context(), STAGING)
    deploy.up(one.context(), STAGING, confirm=yes)
    points = from_bucket(two.context(), STAGING)
    behind = audit.verify(two.context(), STAGING, points)
    assert (behind.verified.intact, behind.may_be_behind) == (False, True)
    assert audit.verify(two.context(), STAGING, points, fetched=True).verified.intact
    two.state_bucket.unreachable()
    assert audit.verify(two.context(), STAGING, points, fetched=True).verified.intact
    assert "cannot be reached" in two.notices[-1]


def test_who_decides_by_the_ledger_sees_what_others_wrote(machines: tuple[FakeWorld, FakeWorld]) -> None:
    one, two = machines
    deploy.up(one.context(), STAGING, confirm=yes)
    context = two.context()
    assert next(mirror(context, STAGING).newest_first(), None) is None
    assert len(list(open_ledger(context, STAGING).entries())) == 3


def test_the_second_is_told_who_works_on_it(machines: tuple[FakeWorld, FakeWorld]) -> None:
    one, two = machines

    def meanwhile(_: object) -> bool:
        with pytest.raises(LockedError, match=r"locked by .* with `up`") as held:
            deploy.up(two.context(), STAGING, confirm=yes)
        assert held.value.exit_code is ExitCode.LOCKED
        (status,) = look.status(two.context(), [STAGING])
        assert status.locked_by is not None
        assert "`up`" in status.locked_by
        return True

    assert deploy.up(one.context(), STAGING, confirm=meanwhile).applied
    assert holder_of(two.context(), STAGING) is None
    assert not one.project.locks().exists()


def test_a_lock_that_was_taken_away_elsewhere_ends_the_operation(machines: tuple[FakeWorld, FakeWorld]) -> None:
    one, two = machines

    def meanwhile(_: object) -> bool:
        assert unlock(two.context(), STAGING) is not None
        return True

    with pytest.raises(LockedError, match="was taken from this operation"):
        deploy.up(one.context(), STAGING, confirm=meanwhile)
    assert one.cloud.state == {}
    assert two.kinds() == ["unlocked"]


def test_what_cannot_be_recorded_is_not_done(machines: tuple[FakeWorld, FakeWorld]) -> None:
    one, _ = machines

    def lost(_: object) -> bool:
        one.state_bucket.unreachable()
        return True

    with pytest.raises(OperationError, match="AccessDenied"):
        deploy.up(one.context(), STAGING, confirm=lost)
    with pytest.raises(OperationError, match="AccessDenied"):
        deploy.up(one.context(), STAGING, confirm=yes)
    assert one.cloud.state == {}
    assert any("could not be given back" in notice for notice in one.notices)


def test_a_denial_is_one_also_where_it_cannot_be_recorded(machines: tuple[FakeWorld, FakeWorld]) -> None:
    """Before `bootstrap` there is no bucket, and whoever lacks a key must be told so."""
    one, _ = machines
    one.state_bucket.unreachable()
    one.access.refuses = lambda who, operation, environment: "nobody is known here"
    with pytest.raises(GateError, match="nobody is known here"):
        deploy.up(one.context(), STAGING, confirm=yes)
    assert one.notices == [
        "this denial could not be recorded: the ledger cannot be reached: the state's bucket refused: AccessDenied"
    ]


def test_the_sandbox_of_before_keeps_its_own_ledger(tmp_path: Path) -> None:
    world = FakeWorld.make(tmp_path / "project")
    deploy.up(world.context(), STAGING, confirm=yes)
    before = world.ledger().path
    on_aws(world, STAGING)
    deploy.drift(world.context(), STAGING)
    assert world.kinds() == ["observed drift"]
    assert len(before.read_bytes().splitlines()) == 2


def test_the_sandbox_stops_without_the_bucket(machines: tuple[FakeWorld, FakeWorld]) -> None:
    one, _ = machines
    one.state_bucket.unreachable()
    embedded.stop(one.context(), [])
    embedded.stop(one.context(), [STAGING])
    assert one.embedded.calls == ["stop None", "stop staging"]


def test_a_mirror_of_elsewhere_stops_everything(machines: tuple[FakeWorld, FakeWorld]) -> None:
    one, two = machines
    deploy.up(one.context(), STAGING, confirm=yes)
    lonely = replace(two, state_bucket=type(two.state_bucket)())
    deploy.drift(lonely.context(), STAGING)
    with pytest.raises(LedgerError, match="is one of ledger"):
        deploy.up(two.context(), STAGING, confirm=yes)
    assert one.state_bucket.get("locks/staging.json") is None


def test_an_end_that_nobody_wrote_is_noticed_though_others_wrote_meanwhile(
    machines: tuple[FakeWorld, FakeWorld],
) -> None:
    one, two = machines
    deploy.up(one.context(), STAGING, confirm=yes)
    ledger, who = open_ledger(one.context(), STAGING), one.ports.actor()
    ledger.append("intent", {"operation": "destroy"}, who)
    approval = ledger.append("intent", {"operation": "approve"}, who)
    ledger.append("result", {"operation": "approve", "intent": approval.seq, "result": "succeeded"}, who)
    running = ledger.append("intent", {"operation": "waiver add"}, who)
    deploy.drift(two.context(), STAGING)
    assert "result destroy unknown" in two.kinds()
    assert not any(entry.data.get("intent") == running.seq for entry in two.ledger().entries())
