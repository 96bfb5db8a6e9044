"""plan, up, destroy, refresh and drift: the order of their steps, what they tell, and what the ledger keeps."""

from __future__ import annotations

import stat
import threading
from collections.abc import Callable
from dataclasses import replace

import pytest
from fake_engine import FakeEngine
from fake_guard import NoReceipt
from fake_judge import failing
from fake_policies import make_policies, rule
from fake_world import FakeWorld

from mlops_infra.config import ConfigError
from mlops_infra.errors import ExitCode, GateError, LockedError, OperationError
from mlops_infra.operations import deploy
from mlops_infra.operations.interruption import InterruptedOperationError
from mlops_infra.operations.judging import VerdictError
from mlops_infra.operations.ports import Context
from mlops_infra.operations.real import by_policies

NAMESPACE = "urn:pulumi:staging-teams-00::mlops-infra::kubernetes:core/v1:Namespace::claims-fraud"


def yes(_: object) -> bool:
    return True


def no(_: object) -> bool:
    return False


def test_plan_changes_nothing(world: FakeWorld) -> None:
    planned = deploy.plan(world.context(), "staging")
    assert planned.plan.counts()["create"] == len(planned.plan.graph)
    assert planned.verdict.result == "pass"
    assert world.cloud.state == {}
    assert world.kinds() == []
    assert world.embedded.calls == ["start staging"]
    assert world.cloud.calls == ["preview", "closed"]


def test_up_applies_and_records_intent_and_result(world: FakeWorld) -> None:
    done = deploy.up(world.context(), "staging", confirm=yes)
    assert done.applied
    assert len(world.cloud.state) == len(done.outcome.graph)
    assert world.cloud.calls == ["preview", "up", "closed"]
    assert world.kinds() == ["intent up", "result up succeeded"]
    _, result = world.ledger().entries()
    assert result.data["intent"] == 1
    assert result.data["counts"]["create"] == len(world.cloud.state)
    assert (result.data["verdict"], result.data["verdict_after"]) == ("pass", "pass")
    assert [moment for moment, _ in world.judge.seen] == ["before", "after"]
    assert result.data["recorded_only"] == ["aws:eks/addon:Addon"]
    assert "hunter2" not in world.project.ledger("staging").read_text()


def test_the_state_folder_is_private_and_ignored(world: FakeWorld) -> None:
    deploy.up(world.context(), "staging", confirm=yes)
    assert stat.S_IMODE(world.project.state.stat().st_mode) == 0o700
    assert (world.project.state / ".gitignore").read_text() == "*\n"


def test_a_second_up_does_nothing_and_does_not_ask(world: FakeWorld) -> None:
    deploy.up(world.context(), "staging", confirm=yes)
    world.cloud.calls.clear()
    done = deploy.up(world.context(), "staging", confirm=no)
    assert not done.applied
    assert done.outcome.outputs["cluster.endpoint"]
    assert world.cloud.calls == ["preview", "closed"]
    assert world.kinds()[-1] == "observed up"


def test_up_without_consent_changes_nothing(world: FakeWorld) -> None:
    with pytest.raises(deploy.DeclinedError):
        deploy.up(world.context(), "staging", confirm=no)
    assert world.cloud.state == {}
    assert world.kinds() == []


def test_an_edit_of_one_value_is_one_change(world: FakeWorld) -> None:
    deploy.up(world.context(), "staging", confirm=yes)
    world.edit("base.yaml", "owner: claims-fraud@", "owner: fraud@")
    planned = deploy.plan(world.context(), "staging")
    (change,) = planned.plan.actual
    assert (change.urn, change.operation) == (NAMESPACE, "update")
    assert planned.plan.untouched == ("foundation",)


def test_a_failure_is_recorded_and_the_lock_given_back(world: FakeWorld) -> None:
    world.cloud.fails.add(NAMESPACE)
    with pytest.raises(OperationError, match="was refused"):
        deploy.up(world.context(), "staging", confirm=yes)
    assert world.kinds() == ["intent up", "result up failed"]
    assert list(world.ledger().entries())[1].data["error"] == {
        "what": "the engine failed in part teams-00:",
        "where": "teams-00",
    }
    world.cloud.fails.clear()
    assert deploy.up(world.context(), "staging", confirm=yes).applied
    assert world.kinds()[-1] == "result up succeeded"


def test_a_failed_preview_never_deploys(world: FakeWorld) -> None:
    world.embedded.broken = True
    with pytest.raises(OperationError, match="does not answer"):
        deploy.up(world.context(), "staging", confirm=yes)
    assert world.cloud.calls == []


def test_a_wrong_stack_file_stops_before_everything(world: FakeWorld) -> None:
    world.edit("staging.yaml", "target: sandbox", "target: moon")
    with pytest.raises(ConfigError):
        deploy.up(world.context(), "staging", confirm=yes)
    assert not world.project.state.exists()


def test_nobody_acts_without_authority(world: FakeWorld) -> None:
    world.access.refuses = lambda who, operation, environment: f"no role may {operation} in {environment}"
    with pytest.raises(GateError, match="no role may up in staging"):
        deploy.up(world.context(), "staging", confirm=yes)
    assert world.embedded.calls == []
    assert world.kinds() == ["denied up"]


def test_a_failing_verdict_stops_before_the_change(world: FakeWorld) -> None:
    world.judge.verdicts = {"before": failing(rule(), "claims-history: no retention")}
    with pytest.raises(VerdictError, match=r"1 finding.*nothing was changed") as caught:
        deploy.up(world.context(), "staging", confirm=yes)
    assert caught.value.exit_code == ExitCode.POLICY
    assert world.cloud.state == {}
    (entry,) = world.ledger().entries()
    assert entry.data == {
        "operation": "up",
        "changes": 0,
        "verdict": "fail",
        "findings": ["MLI-PII-001"],
        "policies": "sha256:1",
    }
    assert deploy.plan(world.context(), "staging").verdict.result == "fail"


def test_the_rules_are_asked_before_a_missing_receipt_is_told(world: FakeWorld) -> None:
    world.judge.verdicts = {"before": failing(rule(), "claims-history: no retention")}
    with pytest.raises(VerdictError, match=r"1 finding.*nothing was changed\nbesides, `up` may not deploy") as caught:
        deploy.up(world.context(guard=NoReceipt()), "staging", confirm=yes)
    assert caught.value.exit_code == ExitCode.POLICY
    assert caught.value.hint == "mend the stack file so that the rules hold; then promote it"
    (entry,) = world.ledger().entries()
    assert entry.kind == "denied"
    assert entry.data["reasons"] == ["`up` may not deploy this release there"]
    assert (entry.data["verdict"], entry.data["findings"]) == ("fail", ["MLI-PII-001"])
    assert (world.cloud.state, world.embedded.calls) == ({}, [])


@pytest.mark.parametrize("result", ["pass", "unknown"])
def test_where_the_rules_hold_the_missing_receipt_is_what_is_told(world: FakeWorld, result: str) -> None:
    if result == "unknown":
        world.judge.verdicts = {"before": failing(rule(), "is it public?", status="unknown")}
    with pytest.raises(GateError, match="may not deploy this release") as caught:
        deploy.up(world.context(guard=NoReceipt()), "staging", confirm=yes)
    assert caught.value.exit_code == ExitCode.GATE
    (entry,) = world.ledger().entries()
    assert (entry.kind, entry.data["verdict"]) == ("denied", result)
    assert (world.cloud.state, world.embedded.calls) == ({}, [])


def test_a_verdict_after_the_change_is_recorded_without_values(world: FakeWorld) -> None:
    unknown = failing(rule(), "is it public?", status="unknown")
    world.judge.verdicts = {"before": unknown, "after": failing(rule("MLI-PII-002"), "a bucket is public")}
    with pytest.raises(VerdictError, match="the change was made") as caught:
        deploy.up(world.context(), "staging", confirm=yes)
    assert caught.value.exit_code == ExitCode.POLICY
    assert world.kinds() == ["intent up", "result up failed"]
    result = list(world.ledger().entries())[-1].data
    assert (result["verdict"], result["unknown"]) == ("unknown", ["MLI-PII-001"])
    assert (result["verdict_after"], result["findings_after"]) == ("fail", ["MLI-PII-002"])
    assert "hidden-value" not in world.project.ledger("staging").read_text()
    assert len(world.cloud.state) > 0


def test_drift_is_found_recorded_and_mended(world: FakeWorld) -> None:
    deploy.up(world.context(), "staging", confirm=yes)
    assert deploy.drift(world.context(), "staging").drift == ()
    world.cloud.tamper(NAMESPACE, metadata={"name": "claims-fraud", "labels": {}})
    found = deploy.drift(world.context(), "staging")
    assert [change.urn for change in found.drift] == [NAMESPACE]
    assert list(world.ledger().entries())[-1].data == {"operation": "drift", "drifted": [NAMESPACE]}
    deploy.up(world.context(), "staging", confirm=yes)
    assert list(world.ledger().entries())[-1].data["mended"] == 1
    assert deploy.drift(world.context(), "staging").drift == ()


def test_refresh_takes_what_is(world: FakeWorld) -> None:
    deploy.up(world.context(), "staging", confirm=yes)
    world.cloud.vanish(NAMESPACE)
    outcome = deploy.refresh(world.context(), "staging")
    assert [change.operation for change in outcome.drift] == ["delete"]
    assert world.kinds()[-2:] == ["intent refresh", "result refresh succeeded"]
    assert NAMESPACE not in world.cloud.state


def test_a_change_from_outside_is_told_and_recorded(world: FakeWorld) -> None:
    deploy.up(world.context(), "staging", confirm=yes)
    world.cloud.outside = ("foundation",)
    deploy.plan(world.context(), "staging")
    assert any("outside of mlops-infra" in notice for notice in world.notices)
    assert world.ledger().last("changed-outside").data == {"parts": ["foundation"]}


def test_destroy_keeps_data_unless_told(world: FakeWorld) -> None:
    deploy.up(world.context(), "staging", confirm=yes)
    seen: list[deploy.Doomed] = []

    def look(doomed: deploy.Doomed) -> bool:
        seen.append(doomed)
        return True

    done = deploy.destroy(world.context(), "staging", confirm=look)
    assert seen[0].lost == ()
    buckets = {r.urn for r in world.cloud.state.values() if r.holds_data}
    assert buckets
    assert set(done.outcome.kept) == buckets
    assert set(seen[0].stays) == buckets

    done = deploy.destroy(world.context(), "staging", confirm=look, include_data=True)
    assert set(seen[1].lost) == buckets
    assert set(seen[1].locked) == buckets
    assert world.cloud.state == {}
    assert world.kinds()[-2:] == ["intent destroy", "result destroy succeeded"]
    assert not deploy.destroy(world.context(), "staging", confirm=no).applied


def test_targets_reach_the_engine_and_the_ledger(world: FakeWorld) -> None:
    done = deploy.up(world.context(), "staging", confirm=yes, targets=[NAMESPACE])
    assert [change.urn for change in done.outcome.changes] == [NAMESPACE]
    assert next(world.ledger().entries()).data == {"operation": "up", "targets": [NAMESPACE]}


def test_environments_do_not_touch_each_other(world: FakeWorld) -> None:
    deploy.up(world.context(), "staging", confirm=yes)
    deploy.up(world.context(), "dev", confirm=yes)
    deploy.destroy(world.context(), "dev", confirm=yes, include_data=True)
    assert deploy.drift(world.context(), "staging").drift == ()
    assert world.kinds("dev")[0] == "intent up"


@pytest.mark.parametrize("requests", [1, 2])
def test_an_interrupted_up_is_recorded_and_goes_on_later(world: FakeWorld, requests: int) -> None:
    context = world.context()
    asked = threading.Event()

    def interrupt(engine: FakeEngine, urn: str) -> None:
        if urn == NAMESPACE and not asked.is_set():
            for _ in range(requests):
                assert context.interruption.request()
            while not engine.cancelled:
                asked.wait(0.001)
            asked.set()

    world.cloud.before_step = interrupt
    with pytest.raises(InterruptedOperationError):
        deploy.up(context, "staging", confirm=yes)
    assert world.kinds() == ["intent up", "result up interrupted"]
    assert len(world.cloud.state) > 0
    assert deploy.up(world.context(), "staging", confirm=yes).applied
    assert deploy.drift(world.context(), "staging").drift == ()


def test_ctrl_c_at_the_question_ends_without_a_change(world: FakeWorld) -> None:
    context = world.context()

    def ask(_: object) -> bool:
        assert not context.interruption.request()
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        deploy.up(context, "staging", confirm=ask)
    assert world.kinds() == []
    assert deploy.up(world.context(), "staging", confirm=yes).applied


def test_a_third_ctrl_c_is_not_made_to_wait(world: FakeWorld) -> None:
    context = world.context()

    def interrupt(engine: FakeEngine, urn: str) -> None:
        assert [context.interruption.request() for _ in range(3)] == [True, True, False]
        raise KeyboardInterrupt

    world.cloud.before_step = interrupt
    with pytest.raises(KeyboardInterrupt):
        deploy.up(context, "staging", confirm=yes)
    assert world.kinds() == ["intent up", "result up interrupted"]


def test_a_missing_result_is_noticed(world: FakeWorld) -> None:
    context = world.context()
    world.ledger().append("intent", {"operation": "destroy"}, replace(context.ports.actor(), user="grace"))
    deploy.plan(context, "staging")
    assert world.kinds() == ["intent destroy", "result destroy unknown"]
    assert any("without a result" in notice for notice in world.notices)
    deploy.plan(context, "staging")
    assert len(world.kinds()) == 2


def test_the_lock_is_looked_at_before_the_change(world: FakeWorld) -> None:
    def somebody_unlocks(_: object) -> bool:
        (world.project.locks() / "staging.json").unlink()
        return True

    with pytest.raises(LockedError, match="was taken from this operation"):
        deploy.up(world.context(), "staging", confirm=somebody_unlocks)
    assert world.cloud.state == {}


FINDING = {"rule": "MLI-COST-001", "resource": None, "path": ["teams"], "message": "no budget", "status": "fail"}


@pytest.fixture
def governed(world: FakeWorld) -> Callable[[], Context]:
    """Contexts in which the project's policies judge, by an OPA in memory."""
    make_policies(world.project.policies)
    return lambda: world.context(judge=by_policies)


def test_the_policies_judge_the_preview(world: FakeWorld, governed: Callable[[], Context]) -> None:
    world.opa.findings = [FINDING]
    with pytest.raises(VerdictError) as caught:
        deploy.up(governed(), "staging", confirm=yes)
    (finding,) = caught.value.verdict.findings
    assert (finding.rule.id, finding.origin and finding.origin.file) == ("MLI-COST-001", "stacks/base.yaml")
    assert world.cloud.state == {}


def test_what_is_unknown_is_judged_again_on_what_is_deployed(world: FakeWorld, governed: Callable[[], Context]) -> None:
    world.opa.findings = [{**FINDING, "status": "unknown"}]
    assert deploy.plan(governed(), "staging").verdict.result == "unknown"
    with pytest.raises(VerdictError) as caught:
        deploy.up(governed(), "staging", confirm=yes)
    assert "still not known" in caught.value.verdict.failures[0].message
    assert world.kinds()[-2:] == ["intent up", "result up failed"]


def test_the_same_graph_is_judged_once(world: FakeWorld, governed: Callable[[], Context]) -> None:
    deploy.up(governed(), "staging", confirm=yes)
    asked = len(world.opa.seen)
    deploy.up(governed(), "staging", confirm=yes)
    assert len(world.opa.seen) == asked + 1


def test_without_policies_nothing_is_allowed(world: FakeWorld, governed: Callable[[], Context]) -> None:
    deploy.up(governed(), "staging", confirm=yes)
    world.project.policies.rename(world.project.root / "elsewhere")
    with pytest.raises(VerdictError, match="there are no policies"):
        deploy.up(governed(), "staging", confirm=yes)
    assert list(world.ledger().entries())[-1].data["not_judged"] == "no-policies"


def test_other_rules_than_at_the_last_verdict_are_recorded(world: FakeWorld) -> None:
    for digest in ("sha256:one", "sha256:one", "sha256:two"):
        verdict = replace(failing(rule(), "it is open"), digest=digest)
        world.judge.verdicts = {"before": verdict}
        with pytest.raises(VerdictError):
            deploy.up(world.context(), "staging", confirm=yes)
    changed = [entry.data for entry in world.ledger("staging").entries() if entry.kind == "policies-changed"]
    assert changed == [{"from": "sha256:one", "to": "sha256:two"}]
