"""Erasing a person: nobody can tell any more who a pseudonym is, and every ledger that holds it verifies and says so."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from fake_world import FakeWorld

from mlops_infra.audit.select import Filter
from mlops_infra.audit.verify import verify
from mlops_infra.errors import GateError, UsageError
from mlops_infra.identity.actor import Identity, Role
from mlops_infra.identity.pseudonyms import Pseudonyms
from mlops_infra.operations import audit, deploy
from mlops_infra.operations.deploy import DeclinedError
from mlops_infra.operations.erasure import Forgotten, forget

ADA, CLEO = (
    Identity(name, (Role("platform-admin", ("*",)),), "ssh", verified=True, fingerprint="SHA256:x")
    for name in ("ada", "cleo")
)
WRITTEN = ("dev", "staging")


def said(answer: bool) -> Callable[[Forgotten], bool]:
    return lambda _: answer


@pytest.fixture
def written(world: FakeWorld) -> FakeWorld:
    """Ada acted in two environments under a pseudonym; now Cleo does."""
    file = world.project.stacks / "access.yaml"
    file.write_text(file.read_text().replace("pseudonyms: false", "pseudonyms: true"))
    world.access.who = ADA
    for name in WRITTEN:
        deploy.up(world.context(), name, confirm=lambda _: True)
    world.access.who = CLEO
    return world


def people(world: FakeWorld) -> Pseudonyms:
    return Pseudonyms(world.project.state)


def test_the_pseudonym_stays_and_is_nobodys(written: FakeWorld) -> None:
    ada = people(written).known("ada")
    before = {name: written.project.ledger(name).read_bytes() for name in WRITTEN}
    done = forget(written.context(), "ada", WRITTEN, confirm=said(True))
    assert done == Forgotten(str(ada), WRITTEN)
    kept = people(written).path.read_text()
    assert '"ada"' not in kept
    assert str(ada) not in kept
    for name in WRITTEN:
        text = written.project.ledger(name).read_bytes()
        assert text.startswith(before[name])
        assert b'"ada"' not in text
        assert verify(written.project.ledger(name)).intact
        intent, result = list(written.ledger(name).entries())[-2:]
        assert (intent.data, intent.actor.identity) == (
            {"operation": "audit forget", "pseudonym": ada},
            people(written).known("cleo"),
        )
        assert result.data["result"] == "succeeded"
    assert people(written).of("ada") != ada


def test_what_somebody_did_is_found_by_their_name_until_they_are_erased(written: FakeWorld) -> None:
    theirs = audit.log(written.context(), "dev", Filter(by="ada"))
    assert {entry.actor.identity for entry in theirs} == {people(written).known("ada")}
    forget(written.context(), "ada", WRITTEN, confirm=said(True))
    assert audit.log(written.context(), "dev", Filter(by="ada")) == ()


def test_who_erases_themselves_is_recorded_under_what_they_were_called(written: FakeWorld) -> None:
    written.access.who = ADA
    done = forget(written.context(), "ada", WRITTEN, confirm=said(True))
    assert {entry.actor.identity for entry in written.ledger().entries()} == {done.pseudonym}
    assert json.loads(people(written).path.read_text())["people"] == {}


def test_every_environment_that_holds_it_must_be_named(written: FakeWorld) -> None:
    with pytest.raises(UsageError, match="stands in the ledger of staging, too") as caught:
        forget(written.context(), "ada", ["dev"], confirm=said(True))
    assert "--all" in (caught.value.hint or "")
    assert people(written).known("ada")
    assert written.kinds("dev")[-1] == "result up succeeded"


def test_who_may_only_in_one_of_them_erases_nobody(written: FakeWorld) -> None:
    written.access.refuses = lambda who, operation, environment: "not there" if environment == "staging" else None
    with pytest.raises(GateError, match="not there"):
        forget(written.context(), "ada", WRITTEN, confirm=said(True))
    assert people(written).known("ada")
    assert written.kinds("staging")[-1] == "denied audit forget"


def test_nothing_happens_where_it_is_not_confirmed_or_nobody_is_meant(written: FakeWorld) -> None:
    before = people(written).path.read_bytes()
    with pytest.raises(DeclinedError):
        forget(written.context(), "ada", WRITTEN, confirm=said(False))
    with pytest.raises(UsageError, match="nobody of that name") as caught:
        forget(written.context(), "zoe", WRITTEN, confirm=said(True))
    assert "zoe" not in str(caught.value)
    known = json.loads(people(written).path.read_text())["people"]
    assert set(known) == {"ada", "cleo"}
    assert json.loads(before)["people"]["ada"] == known["ada"]
    assert written.kinds("dev")[-1] == "result up succeeded"
