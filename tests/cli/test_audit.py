"""audit forget on the command line: asks, says what is left to do, and answers in JSON."""

from __future__ import annotations

import pytest
from fake_terminal import Terminal
from fake_world import FakeWorld

from mlops_infra.cli.audit_documents import ForgottenDocument
from mlops_infra.errors import ExitCode
from mlops_infra.identity.pseudonyms import Pseudonyms


@pytest.fixture
def ada(world: FakeWorld) -> str:
    """Ada's pseudonym."""
    return Pseudonyms(world.project.state_dir()).of("ada")


def test_a_person_is_forgotten_after_a_question(run: Terminal, world: FakeWorld, ada: str) -> None:
    ran = run("audit", "forget", "ada", "--env", "dev", answers=("no",))
    assert (ran.code, "nothing was changed" in ran.err) == (ExitCode.FAILED, True)
    ran = run("audit", "forget", "ada", "--env", "dev", answers=("yes",))
    assert (ran.code, ran.err) == (ExitCode.DONE, "")
    assert run.questions[-1].startswith(f"Erase for good who {ada} is in the ledger of dev?")
    assert ran.out.startswith(f"✓ {ada} is nobody's any more; recorded in dev\n")
    assert "another machine" in ran.out
    assert world.kinds("dev") == ["intent audit forget", "result audit forget succeeded"]
    assert f"pseudonym: {ada}" in run("audit", "log", "--env", "dev").out.replace("\n", " ")
    assert run("audit", "verify", "--env", "dev").code == ExitCode.DONE


def test_in_all_environments_at_once(run: Terminal, world: FakeWorld, ada: str) -> None:
    document = run("audit", "forget", "ada", "--all", "--yes", "--output", "json").document
    assert ForgottenDocument.model_validate(document).environments == ["dev", "prod", "staging"]
    assert document["pseudonym"] == ada
    assert world.kinds("prod") == ["intent audit forget", "result audit forget succeeded"]
    assert run("audit", "forget", "ada", "--all", "--yes").code == ExitCode.BAD_USAGE


@pytest.mark.parametrize("given", [(), ("--all", "--env", "dev"), ("--env", "nowhere")])
def test_where_must_be_clear(run: Terminal, ada: str, given: tuple[str, ...]) -> None:
    ran = run("audit", "forget", "ada", "--yes", *given)
    assert ran.code == ExitCode.BAD_USAGE
    assert "hint" in ran.err


def test_without_a_terminal_consent_must_be_given(run: Terminal, ada: str) -> None:
    ran = run("audit", "forget", "ada", "--all")
    assert (ran.code, "--yes" in ran.err) == (ExitCode.BAD_USAGE, True)
