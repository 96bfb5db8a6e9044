"""Nothing is done for somebody who may not do it: every use case asks, and every command is known to ask or to look."""

from __future__ import annotations

import importlib
import inspect
import json
import pkgutil
from types import ModuleType

import pytest
from entry_points import RUN, on_aws, picture, waived, waiver
from fake_world import FakeWorld

from mlops_infra import operations, promotion
from mlops_infra.errors import ExitCode, GateError
from mlops_infra.identity.actor import Identity, Role
from mlops_infra.identity.signatures import SignatureRefused
from mlops_infra.operations import deploy, policies
from mlops_infra.operations.mutating import ASKS, LOCAL, LOOKS

ADA = Identity("ada", (Role("auditor", ("*",)),), "ssh", verified=True, fingerprint="SHA256:x")
HELPERS = {
    "operations.audit_report.collect",
    "operations.authorising",
    "operations.check.judging",
    "operations.check.judging_with",
    "operations.checkpoints.after",
    "operations.judging",
    "operations.places",
    "operations.real",
    "operations.session",
    "promotion.assess",
    "promotion.binding",
    "promotion.promote.carry_out",
    "promotion.stage",
}
"""What use cases are made of."""


def use_cases(room: ModuleType) -> set[str]:
    """Public functions whose first parameter is a context."""
    found = set()
    for info in pkgutil.iter_modules(room.__path__):
        module = importlib.import_module(f"{room.__name__}.{info.name}")
        for name, value in vars(module).items():
            if inspect.isfunction(value) and value.__module__ == module.__name__ and not name.startswith("_"):
                first = next(iter(inspect.signature(value).parameters.values()), None)
                if first is not None and str(first.annotation) == "Context":
                    found.add(f"{module.__name__}.{name}".removeprefix("mlops_infra."))
    return found


def test_every_use_case_is_known_to_ask_or_to_look() -> None:
    found = use_cases(operations) | use_cases(promotion)
    own = {name for name in found if name not in HELPERS and name.rpartition(".")[0] not in HELPERS}
    known = [*ASKS, *LOOKS, *LOCAL]
    assert len(known) == len(set(known))
    assert own == set(known), (
        "a use case stands in one table of operations/mutating.py, and asks first if it changes anything"
    )


def test_every_use_case_that_asks_is_run_here() -> None:
    assert set(RUN) == {name for name in ASKS if name.startswith("operations.")}


@pytest.mark.parametrize("name", RUN)
def test_whoever_may_not_changes_nothing_and_is_recorded(world: FakeWorld, name: str) -> None:
    if name == "operations.bootstrap.bootstrap":
        on_aws(world, "staging")
    waived(world, "staging")
    world.access.who = ADA
    world.access.refuses = lambda who, operation, environment: "an auditor changes nothing"
    before = picture(world)
    with pytest.raises(GateError, match=r"ada may not .* an auditor changes nothing") as caught:
        RUN[name](world.context(), "staging")
    assert caught.value.exit_code is ExitCode.GATE
    assert "whoami" in (caught.value.hint or "")
    assert picture(world) == before
    (entry,) = world.ledger().entries()
    assert (entry.kind, entry.data["operation"]) == ("denied", ASKS[name])
    assert entry.data["reasons"] == ["an auditor changes nothing"]
    assert entry.data["roles"] == ["auditor"]
    assert (entry.actor.identity, entry.actor.verified, entry.actor.how) == ("ada", True, "ssh")
    assert world.access.asked == [(ASKS[name], "staging")]


@pytest.mark.parametrize("name", RUN)
def test_a_proof_that_fails_is_a_denial(world: FakeWorld, name: str) -> None:
    def nobody(*_: object) -> Identity:
        raise SignatureRefused("expired", "the key was valid until yesterday")

    if name == "operations.bootstrap.bootstrap":
        on_aws(world, "staging")
    waived(world, "staging")
    before = picture(world)
    with pytest.raises(SignatureRefused):
        RUN[name](world.context(identify=nobody), "staging")
    assert picture(world) == before
    (entry,) = world.ledger().entries()
    assert (entry.kind, entry.data["operation"]) == ("denied", ASKS[name])
    assert (entry.actor.identity, entry.actor.verified) == (None, False)
    assert world.access.asked == []


def test_whoever_may_not_takes_no_lock_of_a_dead_one(world: FakeWorld) -> None:
    world.access.refuses = lambda who, operation, environment: "no"
    with pytest.raises(GateError, match="the user of this machine may not `up`: no"):
        deploy.up(world.context(), "staging", confirm=lambda _: True)
    assert not world.project.locks().exists()


def test_who_was_proved_stands_in_every_entry(world: FakeWorld) -> None:
    world.access.who = ADA
    deploy.up(world.context(), "staging", confirm=lambda _: True)
    assert "result up succeeded" in world.kinds()
    for entry in world.ledger().entries():
        assert (entry.actor.identity, entry.actor.verified, entry.actor.how) == ("ada", True, "ssh")


def test_the_machines_user_is_recorded_as_unauthenticated(world: FakeWorld) -> None:
    deploy.up(world.context(), "staging", confirm=lambda _: True)
    for entry in world.ledger().entries():
        assert (entry.actor.identity, entry.actor.verified, entry.actor.how) == (None, False, "local")


def test_pseudonyms_stand_for_people_and_can_be_forgotten(world: FakeWorld) -> None:
    file = world.project.stacks / "access.yaml"
    file.write_text(file.read_text().replace("pseudonyms: false", "pseudonyms: true"))
    world.access.who = ADA
    deploy.up(world.context(), "staging", confirm=lambda _: True)
    world.access.refuses = lambda who, operation, environment: "no"
    with pytest.raises(GateError):
        deploy.refresh(world.context(), "staging")
    kept = json.loads((world.project.state / "pseudonyms.json").read_text())
    (pseudonym,) = {entry.actor.identity for entry in world.ledger().entries()}
    assert pseudonym == kept["people"]["ada"]["pseudonym"]
    assert {entry.actor.user for entry in world.ledger().entries()} == {pseudonym}
    assert '"ada"' not in world.project.ledger("staging").read_text()


def test_a_waiver_is_asked_for_and_recorded_in_each_environment(world: FakeWorld) -> None:
    (world.project.root / "policies").mkdir()
    world.access.refuses = lambda who, operation, environment: "not here" if environment == "prod" else None
    both = waiver("staging").model_copy(update={"environments": ["staging", "prod"]})
    before = picture(world)
    with pytest.raises(GateError, match="not here"):
        policies.add_waiver(world.context(), both)
    assert picture(world) == before
    assert world.kinds("staging") == []
    assert world.kinds("prod") == ["denied waiver add"]
