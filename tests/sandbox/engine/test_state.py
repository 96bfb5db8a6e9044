"""A deployed environment whose state is edited, copied, put back, and changed by somebody with the ordinary Pulumi CLI."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from cloud_tools import sandbox_programs
from kubernetes.dynamic import DynamicClient
from lab import ENVIRONMENT, Lab

from mlops_infra.engine.parts import PartRecords
from mlops_infra.engine.plan import Event
from mlops_infra.errors import OperationError
from mlops_infra.operations import deploy, embedded, state

pytestmark = pytest.mark.sandbox

STRUCK = Path(__file__).parents[2] / "fakes" / "struck.py"
TEAM = "teams-00"


@pytest.fixture(scope="module")
def deployed(lab: Lab) -> Lab:
    """The environment, all of it deployed."""
    lab.up()
    return lab


@pytest.fixture
def urn_of(deployed: Lab) -> Callable[[str, str], str]:
    """Finds a deployed resource of the team's part by type and name."""

    def find(token: str, name: str) -> str:
        latest = json.loads(checkpoint(deployed, TEAM).read_text())["checkpoint"]["latest"]
        (urn,) = [r["urn"] for r in latest["resources"] if r["type"] == token and r["urn"].endswith(f"::{name}")]
        return str(urn)

    return find


def checkpoint(lab: Lab, part: str) -> Path:
    return lab.project.state / f"engine/state/.pulumi/stacks/mlops-infra/{ENVIRONMENT}-{part}.json"


def bucket_name(lab: Lab) -> str:
    (name,) = [name for name in lab.in_state("aws:s3/bucket:Bucket") if "research" in name]
    return name


def team(lab: Lab, **changed: Any) -> None:
    (found,) = lab.stack["teams"]
    lab.save(teams=[{**found, **changed}])


def test_a_target_is_all_that_changes(deployed: Lab, urn_of: Callable[[str, str], str], kube: DynamicClient) -> None:
    quota = urn_of("kubernetes:core/v1:ResourceQuota", "research/quota")
    team(deployed, budget=1500, quota={"cpu": "4", "memory": "16Gi", "pods": 40})
    heard: list[Event] = []
    done = deployed.up(targets=[quota], on_event=heard.append)
    assert {event.operation for event in heard if event.urn == quota} == {"update"}  # the preview has just refreshed it
    assert [change.urn for change in done.outcome.changes if change.operation != "same"] == [quota]
    there = kube.resources.get(api_version="v1", kind="ResourceQuota").get(name="quota", namespace="research")
    assert there.spec.hard["pods"] == "40"
    assert [change.type for change in deployed.plan().plan.actual] == ["aws:budgets/budget:Budget"]


def test_a_failed_preview_changes_nothing(deployed: Lab) -> None:
    since = deployed.entries
    before = checkpoint(deployed, TEAM).read_bytes()
    done = subprocess.run(
        [sys.executable, STRUCK, "spoil", "0", str(deployed.project.root), "up", "--env", ENVIRONMENT, "--yes"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1, done.stderr
    assert "research/quota" in done.stderr
    assert "must be greater than or equal to 0" in done.stderr
    assert "Traceback" not in done.stderr
    assert deployed.told(since) == []
    assert checkpoint(deployed, TEAM).read_bytes() == before


@pytest.mark.deep
def test_a_backup_brings_back_what_was(deployed: Lab, urn_of: Callable[[str, str], str], tmp_path: Path) -> None:
    before = deployed.plan().plan
    file = state.backup(deployed.context(), ENVIRONMENT, tmp_path / "backup.json")
    assert file.stat().st_mode & 0o077 == 0
    bucket, budget = (
        urn_of("aws:s3/bucket:Bucket", "research-artifacts"),
        urn_of("aws:budgets/budget:Budget", "research"),
    )
    team = urn_of("mlops:platform:TeamAws", "research-aws")
    assert bucket in state.unprotect(deployed.context(), ENVIRONMENT, team, recursive=True)
    assert '"protect": true' not in checkpoint(deployed, TEAM).read_text()
    state.move(deployed.context(), ENVIRONMENT, budget, "platform")
    assert budget not in checkpoint(deployed, TEAM).read_text()
    assert "aws:budgets/budget:Budget::research" in checkpoint(deployed, "platform").read_text()
    assert set(state.restore(deployed.context(), ENVIRONMENT, file)) == {"foundation", "platform", TEAM}
    after = deployed.plan().plan
    assert after.actual == before.actual
    assert after.changed_outside == ()
    assert after.graph.resources.keys() == before.graph.resources.keys()


@pytest.mark.deep
def test_a_change_by_the_ordinary_cli_is_noticed_and_what_it_lost_is_imported(
    deployed: Lab, urn_of: Callable[[str, str], str]
) -> None:
    deployed.up()
    since = deployed.entries
    bucket, name = urn_of("aws:s3/bucket:Bucket", "research-artifacts"), bucket_name(deployed)
    pulumi = sandbox_programs(["pulumi"])["pulumi"]
    subprocess.run(
        [
            pulumi,
            *("state", "delete", bucket, "--force", "--target-dependents", "--yes"),
            f"--stack={ENVIRONMENT}-{TEAM}",
        ],
        env={**os.environ, **embedded.variables(deployed.context(), ENVIRONMENT)},
        cwd=deployed.project.state / "engine",
        check=True,
        capture_output=True,
    )
    found = deployed.plan().plan
    assert found.changed_outside == (TEAM,)
    assert any("changed outside of mlops-infra" in notice for notice in deployed.notices)
    assert deployed.told(since) == ["changed-outside"]
    assert bucket in {change.urn for change in found.actual if change.operation == "create"}

    deployed.boto("s3").delete_bucket(Bucket=name)
    deployed.boto("s3").create_bucket(
        Bucket=name, CreateBucketConfiguration={"LocationConstraint": deployed.cloud.aws.region}
    )
    state.adopt(deployed.context(), ENVIRONMENT, bucket, name)
    after = deployed.plan().plan
    assert bucket not in {change.urn for change in after.actual if change.operation != "update"}
    assert deployed.up().applied
    assert deployed.boto("s3").get_bucket_versioning(Bucket=name)["Status"] == "Enabled"


def test_a_live_environment_keeps_its_kind_of_providers(deployed: Lab) -> None:
    deployed.save(providers="official")
    try:
        for look in (deploy.plan, deploy.drift):
            with pytest.raises(OperationError, match="deployed with `providers: attached` and cannot switch"):
                look(deployed.context(), ENVIRONMENT)
    finally:
        deployed.save(providers="attached")
    records = PartRecords(deployed.project.state / "engine" / "parts", ENVIRONMENT)
    ours = records.read("foundation")
    assert ours is not None
    records.write("foundation", replace(ours, providers="official"))
    try:
        with pytest.raises(OperationError, match="deployed with `providers: official` and cannot switch"):
            deployed.plan()
    finally:
        records.write("foundation", ours)
