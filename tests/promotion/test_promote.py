"""promote: what it asks for, what it does in which order, and how it goes back."""

from __future__ import annotations

from dataclasses import replace

import pytest
from fake_judge import failing
from fake_policies import rule
from promotion_world import IMAGE_KEY, SOURCE, TARGET, PromotionWorld, image, whole

from mlops_infra.errors import ExitCode, GateError, LockedError, OperationError, UsageError
from mlops_infra.operations import deploy, embedded
from mlops_infra.operations.deploy import DeclinedError
from mlops_infra.operations.judging import VerdictError
from mlops_infra.operations.real import by_policies
from mlops_infra.promotion import status as pipeline_status
from mlops_infra.promotion.binding import policies_digest
from mlops_infra.promotion.guard import ReleaseChangeError, ReleaseGuard
from mlops_infra.promotion.journal import UnfinishedError
from mlops_infra.promotion.promote import MissingError
from mlops_infra.promotion.steps import TakenBackError


def approved(project: PromotionWorld) -> None:
    """A promotion that only waits to be carried out."""
    project.ready()
    with pytest.raises(MissingError):
        project.promote()
    project.gates.approve()


def test_it_says_what_is_missing_and_changes_nothing(project: PromotionWorld) -> None:
    project.ready()
    text = (project.stacks / "prod.yaml").read_text()
    with pytest.raises(MissingError, match=r"approve [0-9a-f]{12}") as refused:
        project.promote()
    assert refused.value.exit_code == ExitCode.GATE
    assert project.deployed() == image(1)
    assert (project.stacks / "prod.yaml").read_text() == text
    assert project.journal is None
    assert project.told()[-1] == "observed promote"


def test_it_promotes_and_records(project: PromotionWorld) -> None:
    approved(project)
    done = project.promote()
    assert done.result == "done"
    assert project.deployed() == image(2)
    assert project.release(TARGET) == project.release(SOURCE) == done.release.id
    assert project.journal is None
    assert project.told()[-2:] == ["intent promote", "result promote succeeded"]
    *_, intent, result = project.world.ledger(TARGET).entries()
    assert intent.data["receipt"] == done.assessment.receipt.digest  # type: ignore[union-attr]
    assert result.data["release"] == done.release.id
    assert result.data["checks"] == {"latency": "pass"}
    assert whole(project.world.ledger(TARGET))


def test_it_records_who_has_access_and_ends_with_a_checkpoint_on_aws(project: PromotionWorld) -> None:
    project.edit(TARGET, "target", "aws\nstate: {backend: s3://state/ours, secrets_provider: awskms://alias/state}")
    approved(project)
    before = len(project.world.audit_bucket.kept)
    project.promote()
    result, checkpoint = list(project.world.ledger(TARGET).entries())[-2:]
    assert (result.data["operation"], checkpoint.data["count"]) == ("promote", result.seq)
    assert {"access", "access_in"} & set(result.data)
    assert len(project.world.audit_bucket.kept) == before + 1


def test_it_keeps_the_comments_of_the_stack_file(project: PromotionWorld) -> None:
    file = project.stacks / "prod.yaml"
    file.write_text(file.read_text().replace("registry:", "registry:  # ours\n  # the server", 1))
    approved(project)
    project.promote()
    assert "registry:  # ours\n  # the server\n" in file.read_text()


def test_what_runs_there_already_needs_nothing(project: PromotionWorld) -> None:
    approved(project)
    project.promote()
    assert project.promote().result == "nothing"


def test_a_dry_run_changes_nothing_and_keeps_nothing(project: PromotionWorld) -> None:
    project.ready()
    before = project.told()
    planned = project.promote(dry_run=True)
    assert planned.result == "planned"
    assert planned.assessment is not None
    assert planned.assessment.missing
    assert project.told() == before
    assert project.gates.receipts == {}
    assert not (project.stacks / "releases").exists()


def test_a_receipt_is_good_for_one_deployment(project: PromotionWorld) -> None:
    approved(project)
    project.gates.verified = "fail"
    with pytest.raises(TakenBackError):
        project.promote()
    with pytest.raises(MissingError, match="the release is rejected"):
        project.promote()


def test_a_failing_verification_goes_back_and_rejects(project: PromotionWorld) -> None:
    approved(project)
    text = (project.stacks / "prod.yaml").read_text()
    project.gates.verified = "fail"
    with pytest.raises(
        TakenBackError, match=r"verification failed: latency \(fail: 0\.9, asked .* is rejected"
    ) as told:
        project.promote()
    assert told.value.exit_code == ExitCode.FAILED
    assert project.deployed() == image(1)
    assert (project.stacks / "prod.yaml").read_text() == text
    assert project.journal is None
    assert project.told()[-4:] == [
        "intent promote",
        "result promote failed",
        "intent rollback",
        "result rollback succeeded",
    ]
    assert project.releases(project.context()).load(project.release(SOURCE)).standing == "rejected"


def test_what_could_not_be_observed_goes_back_and_rejects_nothing(project: PromotionWorld) -> None:
    approved(project)
    project.gates.verified = "unknown"
    with pytest.raises(
        TakenBackError, match=r"could not be observed: latency .* is not rejected, as no check of it failed"
    ):
        project.promote()
    assert project.deployed() == image(1)
    assert project.releases(project.context()).load(project.release(SOURCE)).standing == "ready"
    *_, promoted, _, back = project.world.ledger(TARGET).entries()
    assert (promoted.data["result"], promoted.data["checks"]) == ("failed", {"latency": "unknown"})
    assert (back.data["not_rejected"], "rejected" in back.data) == (project.release(SOURCE), False)
    assert {"access_in"} <= set(promoted.data) & set(back.data)
    assert "is not rejected" in pipeline_status.history(project.context(), TARGET)[0].detail


@pytest.mark.parametrize(("status", "standing"), [("fail", "rejected"), ("unknown", "ready")])
def test_a_release_is_rejected_where_the_policies_found_something(
    project: PromotionWorld, status: str, standing: str
) -> None:
    approved(project)
    project.world.judge.verdicts = {"after": failing(rule(), "it is open", status=status, environment=TARGET)}
    with pytest.raises(TakenBackError, match="the policies say"):
        project.promote()
    assert project.deployed() == image(1)
    assert project.releases(project.context()).load(project.release(SOURCE)).standing == standing


def test_a_failing_engine_goes_back_without_blaming_the_release(project: PromotionWorld) -> None:
    approved(project)
    project.cloud.fails.add("urn:pulumi:prod-platform::mlops-infra::kubernetes:core/v1:Service::mlflow")
    with pytest.raises(OperationError, match="was refused"):
        project.promote()
    journal = project.journal
    assert journal is not None
    assert journal.phase == "restored"
    assert any("unfinished promotion" in notice for notice in project.world.notices)
    with pytest.raises(UnfinishedError):
        project.up(TARGET)
    project.cloud.fails.clear()
    project.resume()
    assert project.deployed() == image(1)
    assert project.releases(project.context()).load(project.release(SOURCE)).standing == "ready"


def test_the_sandbox_is_not_reset_while_something_is_unfinished(project: PromotionWorld) -> None:
    approved(project)
    project.cloud.fails.add("urn:pulumi:prod-platform::mlops-infra::kubernetes:core/v1:Service::mlflow")
    with pytest.raises(OperationError, match="was refused"):
        project.promote()
    asked: list[str] = []

    def sure(name: str) -> bool:
        asked.append(name)
        return True

    def reset() -> None:
        embedded.reset(project.context(), TARGET, confirm=sure)

    with pytest.raises(UnfinishedError, match=r"`sandbox reset` waits: there is an unfinished promotion") as refused:
        reset()
    assert "promote --env prod --resume" in (refused.value.hint or "")
    assert (asked, "reset prod" in project.world.embedded.calls) == ([], False)
    project.cloud.fails.clear()
    project.abort()
    reset()
    assert "reset prod" in project.world.embedded.calls


def test_a_file_edited_after_the_approval_is_refused(project: PromotionWorld) -> None:
    approved(project)
    project.edit(TARGET, "cost_centre", "CC-9")
    with pytest.raises(MissingError):
        project.promote()
    assert project.deployed() == image(1)


def test_two_at_once(project: PromotionWorld) -> None:
    approved(project)
    met: list[str] = []

    def second(_: object) -> None:
        with pytest.raises(LockedError) as held:
            project.promote()
        met.append(held.value.what)

    with project.during(second):
        project.promote()
    assert "`promote`" in met[0]
    assert project.deployed() == image(2)


def test_up_may_not_change_the_release_of_a_gated_environment(project: PromotionWorld) -> None:
    project.ready()
    project.edit(TARGET, IMAGE_KEY, image(3))
    with pytest.raises(ReleaseChangeError, match="which `up` may not deploy there") as refused:
        project.up(TARGET)
    assert refused.value.exit_code == ExitCode.GATE
    denied = list(project.world.ledger(TARGET).entries())[-1]
    assert (denied.kind, denied.data["verdict"]) == ("denied", "pass")
    assert "its stack file says another one" in denied.data["reasons"][0]
    assert image(3) not in str(denied.data)
    project.edit(TARGET, IMAGE_KEY, image(1))
    project.edit(TARGET, "cost_centre", "CC-9")
    assert project.up(TARGET).applied
    assert project.deployed() == image(1)


def test_up_without_policies_is_a_failing_verdict_where_releases_are_promoted_to_too(project: PromotionWorld) -> None:
    project.ready()
    ports = project.context().ports
    assert isinstance(ports.guard, ReleaseGuard)
    guard = replace(ports.guard, policies=policies_digest)
    context = project.world.context(guard=guard, judge=by_policies)
    with pytest.raises(VerdictError) as refused:
        deploy.up(context, TARGET, confirm=lambda planned: True)
    assert refused.value.verdict.problem is not None
    assert refused.value.verdict.problem.code == "no-policies"
    assert "besides" not in refused.value.what
    assert list(project.world.ledger(TARGET).entries())[-1].data["not_judged"] == "no-policies"


def test_the_person_may_say_no(project: PromotionWorld) -> None:
    approved(project)
    with pytest.raises(DeclinedError):
        project.promote(confirm=lambda assessment: False)
    assert project.journal is None
    assert project.deployed() == image(1)


def test_the_source_must_have_a_release_and_the_target_a_baseline(project: PromotionWorld) -> None:
    with pytest.raises(GateError, match="not known which release runs in dev"):
        project.promote()
    project.up(SOURCE)
    with pytest.raises(GateError, match="not known which release runs in prod"):
        project.promote()
    with pytest.raises(UsageError, match="nothing is unfinished"):
        project.resume()


def test_what_the_source_does_not_run_is_not_promoted(project: PromotionWorld) -> None:
    project.ready()
    project.edit(SOURCE, IMAGE_KEY, image(3))
    with pytest.raises(GateError, match="its stack file says another one"):
        project.promote()
