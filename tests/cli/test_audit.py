"""audit fetch and forget on the command line: they ask, say what was done and what is left to do, and answer in JSON."""

from __future__ import annotations

import pytest
from entry_points import on_aws
from fake_terminal import Terminal
from fake_world import FakeWorld

from mlops_infra.cli.audit_documents import FetchDocument, ForgottenDocument
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
    assert "2 entries are intact" in run("audit", "verify", "--env", "dev").out


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


def test_what_other_machines_wrote_is_fetched(run: Terminal, world: FakeWorld) -> None:
    assert "this machine keeps the ledger itself" in run("audit", "fetch", "--env", "dev").out
    on_aws(world, "dev")
    assert run("up", "--env", "dev", "--yes").code == ExitCode.DONE
    count = len(world.kinds("dev"))
    world.ledger("dev").path.unlink()
    assert run("audit", "log", "--env", "dev", "--output", "json").document["entries"] == []
    document = FetchDocument.model_validate(run("audit", "fetch", "--env", "dev", "--output", "json").document)
    assert (document.new, document.entries) == (count, count)
    assert document.where == "s3://meridian-state/pulumi/ledger/dev"
    ran = run("audit", "fetch", "--env", "dev")
    assert (ran.code, ran.err) == (ExitCode.DONE, "")
    assert ran.out == f"dev: {count} entries, 0 of them new here, from {document.where}\n"
    assert run("audit", "verify", "--env", "dev").code == ExitCode.DONE
