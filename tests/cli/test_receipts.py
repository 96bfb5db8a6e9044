"""receipt list, receipt show, approve: what a person sees before they sign, who is missing, and the command that comes next."""

from __future__ import annotations

from pathlib import Path

import pytest
from evidence_world import PEOPLE
from fake_terminal import Terminal
from gated_world import Evidence
from promotion_world import TARGET, PromotionWorld, image

from mlops_infra.cli.approve_documents import ApproveDocument, ReceiptDocument, ReceiptsDocument
from mlops_infra.errors import ExitCode
from mlops_infra.governance.decision import DecisionError
from mlops_infra.identity.actor import Identity, Role


@pytest.fixture
def evidence(tmp_path: Path) -> Evidence:
    return Evidence.of(PromotionWorld.make(tmp_path / "project"))


@pytest.fixture
def run(evidence: Evidence, capsys: pytest.CaptureFixture[str]) -> Terminal:
    return Terminal(evidence.world.world, capsys)


@pytest.fixture
def receipt(evidence: Evidence) -> str:
    """The short name of the receipt that prod waits with."""
    return evidence.waits().assessment.receipt.short


def key_of(evidence: Evidence, name: str) -> str:
    """Bob or somebody sits at the terminal, with their key."""
    evidence.world.world.access.who = Identity(name, (Role("release-approver", ("*",)),), "ssh", verified=True)
    return str(PEOPLE[name].write(evidence.world.world.project.root / f"key-{name}"))


def test_a_receipt_says_what_it_binds_and_who_is_missing(run: Terminal, receipt: str) -> None:
    ran = run("receipt", "show", receipt)
    assert (ran.code, ran.err) == (ExitCode.DONE, "")
    for told in (
        f"receipt {receipt}",
        "promotion asked for by ada at 2026-11-24",
        "2 changes: 2 update",
        "access.yaml, access/allowed_signers, pipeline.yaml",
        f"✗ `mlops-infra approve {receipt}`",
        "who may: bob (release-approver)",
        image(2)[:30],
    ):
        assert told in ran.out, told
    document = run("receipt", "show", receipt, "--output", "json").document
    ReceiptDocument.model_validate(document)
    assert document["waits"] == [f"`mlops-infra approve {receipt}`"]
    assert document["able"] == [{"person": "bob", "roles": ["release-approver"]}]
    assert document["digest"].startswith(receipt)


def test_receipts_are_listed_until_they_are_used(run: Terminal, evidence: Evidence, receipt: str) -> None:
    ran = run("receipt", "list")
    assert [receipt in ran.out, " from dev" in ran.out, "nobody yet" in ran.out] == [True, True, True]
    evidence.approve("bob", receipt)
    (one,) = run("receipt", "list", "--env", TARGET, "--output", "json").document["receipts"]
    assert (one["approved_by"], one["requester"], one["used_by"]) == (["bob"], "ada", None)
    evidence.promote()
    assert run("receipt", "list").out == "no receipts wait\n"
    assert "used on" in run("receipt", "list", "--all").out
    document = run("receipt", "list", "--all", "--output", "json").document
    assert ReceiptsDocument.model_validate(document).receipts[0].used_by
    assert run("receipt", "list", "--env", "dev").out == "no receipts wait\n"
    assert "lets nothing pass any more" in run("receipt", "show", receipt).out


def test_approving_shows_everything_asks_and_tells_what_comes_next(
    run: Terminal, evidence: Evidence, receipt: str
) -> None:
    key = key_of(evidence, "bob")
    ran = run("approve", receipt, "--key", key, answers=("no",))
    assert (ran.code, ran.out) == (ExitCode.FAILED, "")
    assert "who may: bob (release-approver)" in ran.err
    ran = run("approve", receipt, "--key", key, "--comment", "load test was fine", answers=("yes",))
    assert ran.code == ExitCode.DONE
    assert run.questions[-1].startswith(f"Approve the promotion of {TARGET}?")
    assert ran.out == (
        f"✓ bob approved receipt {receipt} of prod as release-approver\n"
        "  ✓ no more approvals are needed; next: `mlops-infra promote --from dev --to prod`\n"
    )
    assert "load test was fine" in run("receipt", "show", receipt).out
    ran = run("approve", receipt, "--key", key, "--yes")
    assert (ran.code, "bob approved already" in ran.err) == (ExitCode.GATE, True)


def test_an_approval_as_json(run: Terminal, evidence: Evidence, receipt: str) -> None:
    document = run("approve", receipt, "--key", key_of(evidence, "bob"), "--yes", "--output", "json").document
    ApproveDocument.model_validate(document)
    assert (document["person"], document["waits"], document["environment"]) == ("bob", [], TARGET)
    assert document["next_command"] == "mlops-infra promote --from dev --to prod"
    assert document["fingerprint"] == PEOPLE["bob"].fingerprint


def test_who_asked_cannot_approve(run: Terminal, evidence: Evidence, receipt: str) -> None:
    ran = run("approve", receipt, "--key", key_of(evidence, "ada"), "--yes")
    assert (ran.code, "ada asked for the promotion" in ran.err) == (ExitCode.GATE, True)


def test_what_is_missing_may_be_undecided(run: Terminal, evidence: Evidence, receipt: str) -> None:
    evidence.world.world.opa.absent = DecisionError("opa-missing", "OPA cannot be had")
    ran = run("receipt", "show", receipt)
    assert (ran.code, "what is missing was not decided" in ran.out) == (ExitCode.DONE, True)
    document = run("receipt", "show", receipt, "--output", "json").document
    assert document["waits"] is None
    assert document["undecided"]


@pytest.mark.parametrize(
    "given", [("receipt", "show", "0123456789ab"), ("approve", "0123456789ab", "--key", "k", "--yes")]
)
def test_what_there_is_not(run: Terminal, given: tuple[str, ...]) -> None:
    ran = run(*given)
    assert (ran.code, "there is no receipt" in ran.err, "receipt list" in ran.err) == (ExitCode.BAD_USAGE, True, True)


def test_approving_needs_a_key(run: Terminal, receipt: str) -> None:
    ran = run("approve", receipt, "--yes")
    assert (ran.code, "--key FILE" in ran.err) == (ExitCode.BAD_USAGE, True)
