"""A promotion with real receipts, approvals and trust files: what was approved is what happens, or it is refused by name."""

from __future__ import annotations

from pathlib import Path

import pytest
from evidence_world import trust_files
from gated_world import PIPELINE, Evidence
from promotion_world import IMAGE_KEY, TARGET, PromotionWorld, image

from mlops_infra.errors import GateError, UsageError
from mlops_infra.operations.deploy import DeclinedError
from mlops_infra.promotion import approving, assess, trust
from mlops_infra.promotion.approvals import Approval, ApprovalRefused


@pytest.fixture
def evidence(project: PromotionWorld) -> Evidence:
    return Evidence.of(project)


def test_it_waits_for_an_approval_and_then_happens(evidence: Evidence) -> None:
    waiting = evidence.waits()
    receipt = waiting.assessment.receipt
    assert receipt.short in str(waiting)
    assert receipt.requester == "ada"
    assert evidence.waits().assessment.receipt.digest == receipt.digest
    evidence.approve("bob", receipt.short)
    assert evidence.promote().result == "done"
    assert evidence.world.deployed() == image(2)
    looked = approving.show(evidence.world.context(), receipt.short)
    assert looked.used_by is not None
    assert [entry.person for entry in looked.approvals if isinstance(entry, Approval)] == ["bob"]
    assert any(line.key.endswith(IMAGE_KEY) and line.new == image(2) for line in looked.delta.versions)
    assert looked.delta.configuration == ()


def test_the_receipt_is_the_same_whether_promote_looked_or_somebody_had(evidence: Evidence) -> None:
    world = evidence.world
    world.add_bucket()
    world.up("dev")
    world.up(TARGET)
    looked = evidence.waits().assessment.receipt
    world.cloud.seen |= {"prod/foundation": 30, "prod/platform": 30}
    assert evidence.waits().assessment.receipt.digest == looked.digest
    evidence.approve("bob", looked.short)
    assert evidence.promote().result == "done"
    assert set(looked.base) > set(looked.plan)


def test_what_the_gates_are_asked(evidence: Evidence) -> None:
    evidence.waits()
    document = evidence.seen[-1]
    assert document["required"]["approvals"] == [{"role": "release-approver", "count": 1}]
    assert document["evidence"]["release"] == {"standing": "ready", "reason": None}
    assert document["evidence"]["source"]["release"] == document["release"]
    assert document["evidence"]["changes"]["total"] == 2
    assert document["evidence"]["drift"] == {"source": 0, "target": 0}
    assert document["evidence"]["trust"] == {"changed": [], "quorum": 2}


def test_the_gates_are_told_why_a_release_is_held(evidence: Evidence) -> None:
    context = evidence.world.context()
    release = evidence.waits().assessment.receipt.release
    evidence.world.releases(context).hold(release, "waits for the legal review", by="bob")
    evidence.waits()
    seen = evidence.seen[-1]["evidence"]["release"]
    assert seen == {"standing": "held", "reason": "waits for the legal review"}


def test_the_requester_cannot_approve(evidence: Evidence) -> None:
    receipt = evidence.waits().assessment.receipt
    with pytest.raises(ApprovalRefused, match="ada asked for the promotion"):
        evidence.approve("ada", receipt.short)
    assert evidence.world.told()[-1] == "result approve failed"
    assert evidence.store.keys("approvals/") == ()
    evidence.waits()


def test_who_does_not_agree_signs_nothing(evidence: Evidence) -> None:
    receipt = evidence.waits().assessment.receipt
    with pytest.raises(DeclinedError):
        evidence.approve("bob", receipt.short, yes=False)
    assert evidence.store.keys("approvals/") == ()


def test_a_stack_file_edited_after_the_approval_is_refused_by_name(evidence: Evidence) -> None:
    receipt = evidence.waits().assessment.receipt
    evidence.approve("bob", receipt.short)
    evidence.world.edit(TARGET, "cost_centre", "CC-9")
    refused = evidence.waits()
    assert any(told.startswith("configuration: cost_centre") for told in refused.assessment.differences)
    assert evidence.world.deployed() == image(1)
    assert refused.assessment.receipt.digest != receipt.digest
    # Whoever asks again is told again, until that is approved too.
    newer = evidence.waits()
    assert newer.assessment.receipt.digest == refused.assessment.receipt.digest
    assert newer.assessment.differences == refused.assessment.differences
    evidence.approve("bob", newer.assessment.receipt.short)
    assert evidence.promote().result == "done"


def test_an_edit_that_was_undone_needs_no_new_approval(evidence: Evidence) -> None:
    receipt = evidence.waits().assessment.receipt
    evidence.approve("bob", receipt.short)
    file = evidence.world.stacks / f"{TARGET}.yaml"
    text = file.read_text()
    evidence.world.edit(TARGET, "cost_centre", "CC-9")
    evidence.waits()
    file.write_text(text)
    assert evidence.promote().result == "done"


def test_a_used_receipt_lets_nothing_pass_again(evidence: Evidence) -> None:
    receipt = evidence.waits().assessment.receipt
    evidence.approve("bob", receipt.short)
    evidence.promote()
    with pytest.raises(UsageError, match="was used already"):
        evidence.approve("bob", receipt.short)
    context = evidence.world.context()
    with pytest.raises(
        GateError, match=f"another promotion uses this receipt already, on {context.ports.actor().host}"
    ):
        assess.spend(context, TARGET, receipt.digest, "another run")


def test_the_first_promotion_records_the_trust_files_and_later_edits_are_seen(evidence: Evidence) -> None:
    receipt = evidence.waits().assessment.receipt
    assert trust.recorded(evidence.store) is None
    evidence.approve("bob", receipt.short)
    evidence.promote()
    recorded = trust.recorded(evidence.store)
    assert recorded is not None
    assert recorded.digests == dict(receipt.trust)
    (evidence.world.stacks / "pipeline.yaml").write_text(PIPELINE.replace("[{role: release-approver}]", "[]"))
    evidence.world.edit("dev", IMAGE_KEY, image(3))
    evidence.world.up("dev")
    evidence.waits()
    document = evidence.seen[-1]
    assert document["evidence"]["trust"] == {"changed": ["pipeline.yaml"], "quorum": 2}
    assert document["required"]["approvals"] == [{"role": "release-approver", "count": 1}], (
        "the recorded pipeline judges"
    )


def test_trust_files_edited_between_decision_and_deployment_stop_it(evidence: Evidence) -> None:
    receipt = evidence.waits().assessment.receipt
    evidence.approve("bob", receipt.short)
    trust_files(evidence.world.stacks, quorum=1)
    with pytest.raises(GateError, match="trust files were edited"):
        assess.spend(evidence.world.context(), TARGET, receipt.digest, "a run")


def test_a_project_without_a_pipeline_promotes_nothing(evidence: Evidence, tmp_path: Path) -> None:
    (evidence.world.stacks / "pipeline.yaml").unlink()
    with pytest.raises(UsageError, match="nothing says how releases move"):
        evidence.promote()


def test_unknown_receipts(evidence: Evidence) -> None:
    with pytest.raises(UsageError, match="there is no receipt"):
        approving.show(evidence.world.context(), "0" * 12)
