"""A real Prometheus with a model that keeps its SLO and one that does not: the past is written at once, the present is scraped."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from cloud_tools import sandbox_programs

from mlops_infra.config import load_environment
from mlops_infra.promotion.verification import CheckResult, Soak, default_checks, observe
from mlops_infra.providers.connection import AwsConnection, Connection
from mlops_infra.sandbox.monitoring_plane.plane import MonitoringPlane
from mlops_infra.sandbox.processes import wait_until
from mlops_infra.sandbox.simulate import Wish, simulations

pytestmark = pytest.mark.sandbox

ENV = load_environment(Path(__file__).parents[3] / "stacks", "dev").environment
GOOD, BAD, SILENT = (model.name for model in ENV.models)
VERSION = ENV.models[2].version
HOUR = 3600


@pytest.fixture(scope="module")
def plane(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MonitoringPlane]:
    found = MonitoringPlane(tmp_path_factory.mktemp("monitoring"), sandbox_programs)
    try:
        found.start(ENV)
        yield found
    finally:
        found.stop()


def ask(plane: MonitoringPlane, path: str, **parameters: str) -> Any:
    answer = httpx.get(f"{plane.url}/api/v1/{path}", params=parameters, trust_env=False)
    return answer.raise_for_status().json()["data"]


def results(plane: MonitoringPlane, now: float, seconds: int) -> dict[str, CheckResult]:
    connection = Connection("dev", AwsConnection("1", "eu-central-1"), None, prometheus=plane.url)
    soak = Soak(datetime.fromtimestamp(now, UTC), seconds)
    return {found.name: found for found in observe(default_checks(ENV), connection, soak)}


def told(found: dict[str, CheckResult], model: str) -> set[str]:
    return {one.result for name, one in found.items() if name.startswith(model)}


def test_the_environments_rules_are_loaded(plane: MonitoringPlane):
    groups = ask(plane, "rules")["groups"]
    assert {group["name"] for group in groups} == {f"slo-{model.name}" for model in ENV.models}
    (status,) = plane.status()
    assert status.healthy
    assert plane.start(ENV) == plane.url


def test_a_soak_in_the_past_tells_a_good_model_from_a_bad_one(plane: MonitoringPlane):
    now = time.time()
    good = simulations(ENV, (GOOD,), Wish(seconds=2 * HOUR, ago=2 * HOUR, latency_p95=0.1234), now)
    bad = simulations(ENV, (BAD,), Wish(seconds=2 * HOUR, ago=2 * HOUR, latency_p95=1.3, accuracy=0.71), now)
    plane.simulate(ENV, [*good, *bad])
    found = results(plane, now, HOUR)
    assert told(found, GOOD) == {"pass"}
    assert found[f"{GOOD}: latency p95 in seconds"].observed == "0.1234"
    assert found[f"{BAD}: latency p95 in seconds"].observed == "1.3"
    assert found[f"{BAD}: latency p95 in seconds"].result == "fail"
    assert found[f"{BAD}: accuracy"].result == "fail"
    assert found[f"{BAD}: drift of inputs"].result == "pass"
    assert told(found, SILENT) == {"unknown"}
    # Half of this soak was before anybody looked.
    assert told(results(plane, now, 4 * HOUR), GOOD) == {"unknown"}


def test_another_version_is_not_this_one(plane: MonitoringPlane):
    now = time.time()
    plane.simulate(ENV, simulations(ENV, (SILENT,), Wish(seconds=HOUR, ago=HOUR, version="0.0.1"), now))
    assert told(results(plane, now, HOUR), SILENT) == {"unknown"}
    # What was written before is still there.
    assert told(results(plane, now - 60, HOUR), GOOD) == {"pass"}


def test_the_present_is_scraped_until_the_simulation_ends(plane: MonitoringPlane):
    now = time.time()
    plane.simulate(ENV, simulations(ENV, (SILENT,), Wish(seconds=HOUR), now))
    # Another version beside it, as while a release is rolled out or back.
    plane.simulate(ENV, simulations(ENV, (SILENT,), Wish(seconds=HOUR, version="0.0.2"), now))

    def samples(at: float) -> int:
        query = f'sum(count_over_time(model_feature_psi{{model="{SILENT}",version="{VERSION}"}}[10m]))'
        found = ask(plane, "query", query=query, time=f"{at:.3f}")["result"]
        return int(found[0]["value"][1]) if found else 0

    written = samples(time.time())
    assert wait_until(lambda: samples(time.time()) > written, 30)
    seen = time.time()
    scraped = samples(seen)
    # It outlives that another model's past is written up to now, for which Prometheus starts again.
    plane.simulate(ENV, simulations(ENV, (BAD,), Wish(seconds=600, ago=600), time.time()))
    assert samples(seen) == scraped
    plane.stop()
    assert plane.url is None
    assert plane.status() == ()
    assert not list((plane.folder / "targets").glob("*.json"))
    plane.start(ENV)
