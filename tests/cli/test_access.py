"""whoami, and that every command is known to ask or to look; those that ask end with exit 4 for whoever may not."""

from __future__ import annotations

from pathlib import Path

import pytest
from entry_points import URN, on_aws, picture, waived
from fake_policies import make_policies
from fake_terminal import Terminal
from fake_world import FakeWorld
from ssh_keys import ed25519_key

from mlops_infra.cli.reference import commands
from mlops_infra.errors import ExitCode
from mlops_infra.identity.actor import Identity, Role
from mlops_infra.operations.mutating import ASKS

WAIVER = (
    "--rule MLI-PII-001 --type aws:s3/bucket:Bucket --name claims --reason moves --owner a@example.org "
    "--approver b@example.org --ticket SEC-1 --expires 2026-03-09"
)
ASKING = {
    "audit checkpoint": "",
    "audit forget": "ada",
    "audit-state": "",
    "bootstrap": "",
    "destroy": "",
    "drift": "",
    "plan": "",
    "refresh": "",
    "sandbox reset": "",
    "sandbox simulate": "",
    "state backup": "",
    "state import": f"{URN} claims-fraud",
    "state move": f"{URN} --to teams-01",
    "state restore": "backup.json",
    "state unprotect": URN,
    "unlock": "",
    "up": "",
    "waiver add": WAIVER,
    "waiver renew": "1 --approver b@example.org --expires 2026-03-20",
}
"""Commands that ask for the action of the same name, with arguments; they are run here."""
PROMOTING = {
    "approve": "approve",
    "data pin": "data pin",
    "promote": "promote",
    "release create": "release create",
    "release hold": "release hold",
    "release reject": "release reject",
    "release unhold": "release unhold",
    "rollback": "rollback",
}
"""Commands that ask for an action through `promotion`, whose tests run them."""
LOOKING = {
    "audit export", "audit fetch", "audit log", "audit report", "audit verify", "check", "config diff", "config schema", "config show",
    "config validate", "data verify", "doctor", "graph", "history", "outputs", "policy controls", "policy docs",
    "policy explain", "policy list", "policy show", "policy test", "receipt list", "receipt show", "release diff", "release list",
    "release show", "sandbox env", "sandbox status", "status", "waiver list", "whoami",
}  # fmt: skip
"""Commands that change nothing."""
LOCAL = {"init", "policy manifest", "policy new", "sandbox start", "sandbox stop", "setup"}
"""Commands that change this machine or this checkout, and no environment."""


def test_every_command_is_known_to_ask_or_to_look() -> None:
    known = [*ASKING, *PROMOTING, *LOOKING, *LOCAL]
    assert len(known) == len(set(known))
    assert {item.path.removeprefix("mlops-infra ") for item in commands()} == set(known)


def test_every_action_has_its_command() -> None:
    assert {*ASKING, *PROMOTING.values()} >= set(ASKS.values())


@pytest.mark.parametrize("name", ASKING)
def test_whoever_may_not_gets_exit_4(run: Terminal, world: FakeWorld, name: str) -> None:
    if name == "bootstrap":
        on_aws(world, "staging")
    waived(world, "staging")
    make_policies(world.project.root / "policies")
    (world.project.root / "backup.json").write_text('{"version": 1, "environment": "staging", "parts": {}}')
    given = [word if word != "backup.json" else str(world.project.root / word) for word in ASKING[name].split()]
    world.access.refuses = lambda who, operation, environment: "a stranger does nothing"
    before = picture(world)
    ran = run(*name.split(), *given, "--env", "staging", "--yes")
    assert ran.code == ExitCode.GATE, ran.err
    assert "a stranger does nothing" in ran.err
    assert picture(world) == before
    assert world.kinds() == [f"denied {name}"]


# whoami


@pytest.fixture
def asked(world: FakeWorld) -> FakeWorld:
    """A project in which Rego's answer is that one may plan."""
    make_policies(world.project.root / "policies")
    world.opa.decisions["mlops.decisions.actors.standing"] = lambda document: {
        "version": 1,
        "environment": document["environment"],
        "actions": ["plan"],
    }
    return world


def test_whoami_of_the_machines_user(run: Terminal, asked: FakeWorld) -> None:
    ran = run("whoami", "--env", "staging")
    assert ran.code == ExitCode.DONE
    assert ran.out.startswith("the user of this machine, unauthenticated\n")
    assert "staging" in ran.out
    assert "prod" not in ran.out
    assert asked.kinds() == []


def test_whoami_of_a_key(run: Terminal, asked: FakeWorld) -> None:
    roles = (Role("auditor", ("prod",)),)
    asked.access.who = Identity("ada", roles, "ssh", verified=True, fingerprint=ed25519_key().fingerprint)
    told = run("whoami", "--output", "json").document
    assert (told["name"], told["how"], told["verified"]) == ("ada", "ssh", True)
    assert told["fingerprint"] == ed25519_key().fingerprint
    assert [(item["environment"], item["roles"]) for item in told["environments"]] == [
        ("dev", []),
        ("prod", ["auditor"]),
        ("staging", []),
    ]
    assert told["environments"][0]["may"] == ["plan"]
    assert f"ada, proved by the SSH key {ed25519_key().fingerprint}" in run("whoami").out


def test_environments_that_are_alike_share_a_line(run: Terminal, asked: FakeWorld) -> None:
    assert "dev, prod, staging" in run("whoami").out


def test_the_key_that_is_named_reaches_the_operation(run: Terminal, asked: FakeWorld, tmp_path: Path) -> None:
    seen = []
    identify = asked.access.identify

    def noticed(context, loaded, operation):
        seen.append(context.identity)
        return identify(context, loaded, operation)

    asked.access.identify = noticed  # type: ignore[method-assign]
    run("whoami", "--env", "dev", "--identity", str(tmp_path / "key"))
    run("plan", "--env", "dev", "--identity", str(tmp_path / "key"))
    assert seen == [tmp_path / "key"] * 2
