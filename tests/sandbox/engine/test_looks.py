"""What really is, looked at once: a part that nothing changes and that was looked at a moment ago is known."""

from __future__ import annotations

import json
import socketserver
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from evidence_world import a_receipt
from kubernetes.dynamic import DynamicClient
from lab import ENVIRONMENT, Lab

from mlops_infra.engine.plan import Plan
from mlops_infra.graph import Graph
from mlops_infra.operations import deploy
from mlops_infra.operations.session import session
from mlops_infra.promotion.receipt import Receipt

pytestmark = pytest.mark.sandbox

TEAM = "teams-00"
PARTS = ("foundation", "platform", TEAM)
MOMENT = 600.0


@pytest.fixture(scope="module")
def seen(lab: Lab) -> Lab:
    """All of the environment is deployed, and was looked at: what was deployed, by that."""
    lab.up()
    deploy.drift(lab.context(), ENVIRONMENT)
    return lab


def unseen(lab: Lab, within: float = MOMENT) -> tuple[str, ...]:
    with session(lab.context(), ENVIRONMENT, "drift") as opened:
        return opened.engine.unseen(within)


def previewed(lab: Lab, within: float) -> tuple[Plan, Receipt]:
    """What a promotion would see, and its receipt but for the verdict."""
    with session(lab.context(), ENVIRONMENT, "plan", judged=True) as opened:
        base = opened.engine.deployed() or Graph(ENVIRONMENT, {})
        plan = deploy.previewed(opened, everything=True, seen_within=within).plan
    return plan, a_receipt(plan=plan, base=base)


def quota(lab: Lab, pods: int) -> None:
    (team,) = lab.stack["teams"]
    lab.save(teams=[{**team, "quota": {**team["quota"], "pods": pods}}])


def forget(lab: Lab, *parts: str) -> None:
    """Nobody has looked at these for long."""
    for part in parts:
        record(lab, part).write_text(json.dumps({**json.loads(record(lab, part).read_text()), "seen": 0.0}))


def record(lab: Lab, part: str) -> Path:
    return lab.project.state / "engine" / "parts" / f"{ENVIRONMENT}-{part}.json"


def test_the_receipt_is_the_same_whether_it_looked_or_knew(seen: Lab) -> None:
    assert unseen(seen) == ()
    assert unseen(seen, 0.0) == PARTS
    quota(seen, 41)
    known, its_receipt = previewed(seen, MOMENT)
    forget(seen, "foundation", "platform")
    looked, receipt = previewed(seen, 0.0)
    assert (known.untouched, looked.untouched) == (PARTS[:-1], ())
    assert [change.name for change in known.actual] == ["research/quota"]
    assert its_receipt.digest == receipt.digest
    judged = {urn: (found.inputs, found.id) for urn, found in looked.graph.resources.items()}
    assert {urn: (found.inputs, found.id) for urn, found in known.graph.resources.items()} == judged


def test_nothing_is_fetched_for_what_is_attached(seen: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[object] = []

    class Proxy(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            asked.append(self.client_address)

    with socketserver.TCPServer(("127.0.0.1", 0), Proxy) as proxy:
        threading.Thread(target=proxy.serve_forever, daemon=True).start()
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{proxy.server_address[1]}")
        assert deploy.drift(seen.context(), ENVIRONMENT).drift == ()
        proxy.shutdown()
    assert asked == []


@pytest.mark.deep
def test_a_deployment_counts_and_drift_does_not(seen: Lab, kube: DynamicClient) -> None:
    quota(seen, 42)
    seen.up()
    assert unseen(seen) == ()
    quotas = kube.resources.get(api_version="v1", kind="ResourceQuota")
    quotas.patch(
        body={"spec": {"hard": {"pods": "7"}}},
        name="quota",
        namespace="research",
        content_type="application/merge-patch+json",
    )
    quota(seen, 43)
    plan, _ = previewed(seen, MOMENT)
    assert [change.name for change in plan.drift] == ["research/quota"], "what is changed is looked at, seen or not"
    assert unseen(seen) == (TEAM,)
    seen.up()
    assert deploy.drift(seen.context(), ENVIRONMENT).drift == ()
    assert unseen(seen) == ()


def test_a_look_is_of_one_state_and_grows_old(seen: Lab) -> None:
    told = json.loads(record(seen, TEAM).read_text())
    for changed in ({"seen": told["seen"] - 2 * MOMENT}, {"seen": told["seen"] + MOMENT}, {"marked": "edited"}):
        record(seen, TEAM).write_text(json.dumps({**told, **changed}))
        assert unseen(seen) == (TEAM,)
    record(seen, TEAM).write_text(json.dumps({**told, "checkpoint": "0" * 64}))
    assert unseen(seen) == (TEAM,)
    record(seen, TEAM).write_text(json.dumps(told))
    assert unseen(seen) == ()


@pytest.mark.deep
def test_what_nobody_looked_at_is_looked_at_and_drift_there_is_found(seen: Lab, boto: Callable[..., Any]) -> None:
    forget(seen, "foundation", "platform")
    plan, _ = previewed(seen, MOMENT)
    assert (plan.untouched, plan.drift) == (PARTS, ())
    assert unseen(seen) == ()
    bucket = next(name for name in seen.in_state("aws:s3/bucket:Bucket") if "data-codes" in name)
    boto("s3").put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Suspended"})
    forget(seen, "foundation")
    plan, _ = previewed(seen, MOMENT)
    assert [change.type for change in plan.drift] == ["aws:s3/bucketVersioning:BucketVersioning"]
    seen.up()
    assert unseen(seen) == ("foundation",), "what a deployment found drifted is looked at once more"
