"""plan, up, destroy, refresh, drift on the command line."""

from __future__ import annotations

import pytest
from fake_judge import failing
from fake_policies import rule
from fake_terminal import Terminal
from fake_world import FakeWorld

from mlops_infra.audit import Actor
from mlops_infra.cli import documents
from mlops_infra.operations.places import open_lock

NAMESPACE = "urn:pulumi:staging-teams-00::mlops-infra::kubernetes:core/v1:Namespace::claims-fraud"
BUCKET = "urn:pulumi:staging-foundation::mlops-infra::aws:s3/bucket:Bucket::claims-history"


@pytest.fixture
def deployed(run: Terminal) -> Terminal:
    """With staging deployed."""
    assert run("up", "--env", "staging", "--yes").code == 0
    return run


def test_up_shows_a_summary_on_stdout_and_progress_on_stderr(run: Terminal) -> None:
    ran = run("up", "--env", "staging", "--yes")
    assert ran.code == 0
    assert ran.out.startswith("✓ staging is up on sandbox: ")
    assert "created" in ran.out
    assert "cluster.endpoint  https://127.0.0.1:6443" in ran.out
    assert "recorded only, because the sandbox has no such thing: aws:eks/addon:Addon" in ran.out
    assert "mlops-infra drift --env staging" in ran.out
    assert "Planning staging" in ran.err
    assert "Deploying staging" in ran.err
    assert "hunter2" not in ran.out + ran.err


def test_up_shows_the_diff_before_it_asks(run: Terminal, world: FakeWorld) -> None:
    ran = run("up", "-e", "staging", answers=("no",))
    assert ran.code == 1
    assert "+ aws:s3/bucket:Bucket claims-history" in ran.err
    assert "not confirmed" in ran.err
    assert world.cloud.state == {}
    assert run("up", "-e", "staging", answers=("yes",)).code == 0
    assert run.questions == ["Make these changes to staging? Type `yes` to go on: "] * 2


def test_up_without_a_terminal_needs_yes(run: Terminal, world: FakeWorld) -> None:
    ran = run("up", "--env", "staging")
    assert ran.code == 2
    assert "--yes" in ran.err
    assert world.embedded.calls == []


def test_a_second_up_says_that_nothing_changed(deployed: Terminal) -> None:
    ran = deployed("up", "--env", "staging", "--yes")
    assert ran.code == 0
    assert "nothing was changed" in ran.out


def test_plan_shows_changed_properties_old_to_new(deployed: Terminal, world: FakeWorld) -> None:
    world.edit("base.yaml", "owner: claims-fraud@", "owner: fraud@")
    ran = deployed("plan", "--env", "staging")
    assert ran.code == 0
    assert "teams-00 › claims-fraud  1 to update" in ran.out
    line = next(line for line in ran.out.splitlines() if "metadata.labels.owner" in line)
    assert '"claims-fraud@' in line.partition(" → ")[0]
    assert '"fraud@' in line.partition(" → ")[2]
    assert "not looked at, because nothing of theirs changed: foundation" in ran.out
    assert "policies: pass: 0 findings" in ran.out


def test_a_loss_of_data_stands_out(deployed: Terminal, world: FakeWorld) -> None:
    world.cloud.state[BUCKET.replace("claims-history", "old")] = world.cloud.state[BUCKET].__class__(
        **{**vars(world.cloud.state[BUCKET]), "urn": BUCKET.replace("claims-history", "old"), "name": "old"}
    )
    ran = deployed("plan", "--env", "staging")
    assert "- aws:s3/bucket:Bucket old  LOSES DATA" in ran.out
    assert "1 of these lose data: old" in ran.out


def test_drift_ends_with_its_own_code_and_up_mends_it(deployed: Terminal, world: FakeWorld) -> None:
    ran = deployed("drift", "--env", "staging")
    assert (ran.code, ran.out) == (0, "staging: no drift\n")
    world.cloud.tamper(NAMESPACE, metadata={"name": "claims-fraud", "labels": {}})
    ran = deployed("drift", "--env", "staging")
    assert ran.code == 6
    assert "kubernetes:core/v1:Namespace claims-fraud was changed" in ran.out
    assert deployed("drift", "--env", "staging", "--output", "json").code == 6
    ran = deployed("up", "--env", "staging", "--yes")
    assert "mended, because it was changed behind our back" in ran.out
    assert deployed("drift", "--env", "staging").code == 0


def test_refresh_says_how_much_it_took(deployed: Terminal, world: FakeWorld) -> None:
    world.cloud.vanish(NAMESPACE)
    ran = deployed("refresh", "--env", "staging")
    assert ran.code == 0
    assert "Namespace claims-fraud is gone" in ran.out
    assert "staging: 1 differences taken into the state" in ran.out


def test_destroy_says_what_stays_and_what_would_be_lost(deployed: Terminal, world: FakeWorld) -> None:
    ran = deployed("destroy", "--env", "staging", answers=("yes",))
    assert ran.code == 0
    assert "kept, because it holds data or is protected:\n  aws:s3/bucket:Bucket" in ran.out
    assert BUCKET in world.cloud.state

    ran = deployed("destroy", "--env", "staging", "--include-data", answers=("yes",))
    assert ran.code == 1
    assert "holds data that will be lost" in ran.err
    assert BUCKET in world.cloud.state
    assert "Type `staging`" in deployed.questions[-1]

    ran = deployed("destroy", "--env", "staging", "--include-data", answers=("staging",))
    assert ran.code == 0
    assert "object lock" in ran.out
    assert world.cloud.state == {}
    assert "nothing to delete" in deployed("destroy", "--env", "staging", "--yes").out


def test_a_failure_says_what_where_and_what_next(run: Terminal, world: FakeWorld) -> None:
    world.cloud.fails.add(NAMESPACE)
    ran = run("up", "--env", "staging", "--yes")
    assert ran.code == 1
    assert ran.out == ""
    assert "failed: kubernetes:core/v1:Namespace claims-fraud" in ran.err
    assert "error: the engine failed in part teams-00:\nclaims-fraud was refused\nwhere: teams-00\n" in ran.err


def test_a_held_lock_ends_with_its_own_code(run: Terminal, world: FakeWorld) -> None:
    world.project.state_dir()
    lock = open_lock(world.context(), "staging")
    lock.acquire(Actor("grace", "elsewhere", 1), "up")
    ran = run("up", "--env", "staging", "--yes")
    assert ran.code == 5
    assert "locked by grace on elsewhere" in ran.err
    assert "grace on elsewhere" in run("unlock", "--env", "staging", "--yes").out
    assert run("unlock", "--env", "staging", "--yes").out == "staging was not locked\n"
    assert run("up", "--env", "staging", "--yes").code == 0


def test_unlock_asks(run: Terminal, world: FakeWorld) -> None:
    world.project.state_dir()
    open_lock(world.context(), "staging").acquire(Actor("grace", "elsewhere", 1), "up")
    assert run("unlock", "--env", "staging").code == 2
    assert run("unlock", "--env", "staging", answers=("no",)).code == 1
    assert run("unlock", "--env", "staging", answers=("yes",)).code == 0


def test_a_policy_that_says_no_ends_with_its_own_code_and_shows_the_line(run: Terminal, world: FakeWorld) -> None:
    world.judge.verdicts = {"before": failing(rule(), "claims-history: no retention")}
    third = (world.project.stacks / "staging.yaml").read_text().splitlines()[2]
    ran = run("up", "--env", "staging", "--yes")
    assert ran.code == 3
    for told in ("HIGH MLI-PII-001", "no retention", "stacks/staging.yaml:3", f"3 | {third}", "nothing was changed"):
        assert told in ran.err
    assert ran.out == ""
    ran = run("plan", "--env", "staging")
    assert ran.code == 3
    assert "to create" in ran.out
    assert "stacks/staging.yaml:3" in ran.out
    assert "policies: fail: 1 finding (1 high)" in ran.out


def test_documents_carry_what_the_policies_say(run: Terminal, world: FakeWorld) -> None:
    world.judge.verdicts = {"before": failing(rule(), "no retention")}
    ran = run("plan", "-e", "staging", "--output", "json")
    plan = documents.PlanDocument.model_validate(ran.document)
    assert (ran.code, plan.verdict, plan.policies.findings[0].origin.line) == (3, "fail", 3)
    ran = run("up", "-e", "staging", "--yes", "--output", "json")
    error = documents.ErrorDocument.model_validate(ran.document).error
    assert error.policies is not None
    assert (ran.code, error.policies.findings[0].rule) == (3, "MLI-PII-001")


def test_what_is_unknown_is_listed_and_does_not_stop(run: Terminal, world: FakeWorld) -> None:
    world.judge.verdicts = {"before": failing(rule(), "is it public?", status="unknown")}
    ran = run("plan", "--env", "staging")
    assert ran.code == 0
    assert "judged again by `up`:\n  MLI-PII-001 teams: is it public?" in ran.out
    assert run("up", "--env", "staging", "--yes").code == 0


def test_documents_are_what_their_models_say(deployed: Terminal, world: FakeWorld) -> None:
    world.edit("base.yaml", "owner: claims-fraud@", "owner: fraud@")
    plan = documents.PlanDocument.model_validate(deployed("plan", "-e", "staging", "--output", "json").document)
    assert [change.urn for change in plan.changes] == [NAMESPACE]
    assert plan.changes[0].component == "claims-fraud"
    ran = deployed("--output", "json", "up", "-e", "staging", "--yes")
    up = documents.UpDocument.model_validate(ran.document)
    assert (up.applied, up.counts["update"], up.outputs["database.password"]) == (True, 1, {"secret": True})
    documents.DriftDocument.model_validate(deployed("drift", "-e", "staging", "--output=json").document)
    documents.RefreshDocument.model_validate(deployed("refresh", "-e", "staging", "--output", "json").document)
    gone = documents.DestroyDocument.model_validate(
        deployed("destroy", "-e", "staging", "--yes", "--output", "json").document
    )
    assert BUCKET in gone.kept


def test_errors_are_documents_too(run: Terminal) -> None:
    ran = run("up", "--env", "moon", "--yes", "--output", "json")
    error = documents.ErrorDocument.model_validate(ran.document).error
    assert (ran.code, error.exit_code) == (2, 2)
    assert "moon" in error.what
    assert "staging" in str(error.hint)


def test_a_notice_reaches_the_person(deployed: Terminal, world: FakeWorld) -> None:
    world.cloud.outside = ("foundation",)
    assert "changed outside of mlops-infra" in deployed("plan", "--env", "staging").err
