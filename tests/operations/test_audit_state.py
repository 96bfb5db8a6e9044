"""audit-state: what is really there is judged, by the lines that asked for it, and nothing is started or changed for it."""

from __future__ import annotations

from pathlib import Path

import pytest
from fake_judge import failing
from fake_policies import rule
from fake_world import FakeWorld

from mlops_infra.config import load_environment
from mlops_infra.errors import OperationError
from mlops_infra.governance.reports.json_report import json_report
from mlops_infra.graph import Graph
from mlops_infra.operations import deploy
from mlops_infra.operations.audit_state import audit_state
from mlops_infra.providers.connection import Connection
from mlops_infra.providers.live.model import belonging, stranger
from mlops_infra.providers.wire import UnreachableError

NAMESPACE = "urn:pulumi:staging-teams-00::mlops-infra::kubernetes:core/v1:Namespace::claims-fraud"


@pytest.fixture
def deployed(world: FakeWorld) -> FakeWorld:
    """A deployed staging, whose engine and judge have been asked nothing yet."""
    deploy.up(world.context(), "staging", confirm=lambda _: True)
    world.cloud.calls.clear()
    world.judge.seen.clear()
    return world


def test_what_really_is_is_judged(deployed: FakeWorld) -> None:
    deployed.cloud.tamper(NAMESPACE, metadata={"name": "claims-fraud", "labels": {"changed": "by hand"}})
    found = audit_state(deployed.context(), "staging")
    ((moment, graph),) = deployed.judge.seen
    assert moment == "after"
    assert graph == found.graph
    assert graph[NAMESPACE].inputs["metadata"]["labels"] == {"changed": "by hand"}
    assert found.verdict.result == "pass"
    assert found.verdict.notes == ()


def test_live_resources_have_the_lines_that_asked_for_them(deployed: FakeWorld) -> None:
    wanted = deployed.ports.synth(load_environment(deployed.project.stacks, "staging"))
    found = audit_state(deployed.context(), "staging").graph
    assert {urn: found[urn].origin for urn in wanted.resources} == {item.urn: item.origin for item in wanted}


def test_what_was_added_by_hand_is_judged_by_the_line_of_what_it_hangs_on(deployed: FakeWorld) -> None:
    owner = deployed.cloud.real[NAMESPACE]
    hung = belonging(stranger("staging", "aws:x:Y", "hung", "hung", inputs={}), role=NAMESPACE)
    alone = stranger("staging", "aws:x:Y", "alone", "alone", inputs={})
    deployed.cloud.real |= {hung.urn: hung, alone.urn: alone}
    found = audit_state(deployed.context(), "staging")
    assert found.beside == (hung.urn, alone.urn)
    assert found.graph[hung.urn].config_path == found.graph[NAMESPACE].config_path
    assert found.graph[alone.urn].origin is None
    assert owner.urn in found.graph.resources
    assert "Y hung, Y alone" in found.verdict.notes[0]


def test_what_is_gone_is_told(deployed: FakeWorld) -> None:
    deployed.cloud.vanish(NAMESPACE)
    found = audit_state(deployed.context(), "staging")
    assert found.gone == (NAMESPACE,)
    assert NAMESPACE not in found.graph.resources
    assert found.verdict.notes == ("gone, though the state knows them: Namespace claims-fraud",)


def test_the_ledger_keeps_what_was_seen(deployed: FakeWorld) -> None:
    deployed.cloud.vanish(NAMESPACE)
    deployed.judge.verdicts = {"after": failing(rule(), "changed by hand")}
    audit_state(deployed.context(), "staging")
    *_, entry = deployed.ledger().entries()
    assert (entry.kind, entry.data["operation"], entry.data["verdict"]) == ("observed", "audit-state", "fail")
    assert entry.data["gone"] == [NAMESPACE]
    assert entry.data["findings"]
    assert "hidden-value" not in deployed.project.ledger("staging").read_text()


def test_it_starts_nothing_and_takes_no_lock(deployed: FakeWorld) -> None:
    deployed.embedded.calls.clear()
    audit_state(deployed.context(), "staging")
    assert deployed.embedded.calls == []
    assert deployed.cloud.calls == ["closed"]


def test_a_sandbox_that_does_not_run_is_no_absence(deployed: FakeWorld) -> None:
    deployed.embedded.stop("staging")
    with pytest.raises(OperationError, match="does not run"):
        audit_state(deployed.context(), "staging")
    assert "observed audit-state" not in deployed.kinds()


def test_what_cannot_be_read_ends_it(deployed: FakeWorld) -> None:
    def unreachable(connection: Connection, graph: Graph, siblings: frozenset[str]) -> None:
        assert siblings == {"dev", "prod"}
        raise UnreachableError("AWS did not answer")

    with pytest.raises(UnreachableError):
        audit_state(deployed.context(live=unreachable), "staging")
    assert deployed.judge.seen == []


def test_nothing_deployed_is_said(world: FakeWorld) -> None:
    with pytest.raises(OperationError, match="nothing is deployed"):
        audit_state(world.context(), "staging")


def test_known_findings_do_not_count(deployed: FakeWorld, tmp_path: Path) -> None:
    failed = failing(rule(), "changed by hand")
    deployed.judge.verdicts = {"after": failed}
    report = tmp_path / "report.json"
    report.write_text(json_report([failed], tmp_path))
    found = audit_state(deployed.context(), "staging", baseline=report)
    assert found.verdict.failures == ()
    assert len(found.verdict.known) == 1
