"""Checks pass or fail only on what was observed; everything else is unknown."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import httpx
import pytest
from entry_points import on_aws
from fake_world import FakeWorld

from mlops_infra.config import load_environment
from mlops_infra.operations.session import connect
from mlops_infra.promotion.verification import CheckResult, Http, Job, PromQL, Soak, default_checks, observe
from mlops_infra.providers.connection import AwsConnection, Connection, TokenPlace

STACKS = Path(__file__).parents[2] / "stacks"
END = datetime(2026, 1, 1, 12, tzinfo=UTC)
SOAK = Soak(END, 3600)
WATCHED = Connection("unit", AwsConnection("1", "eu-central-1"), None, prometheus="http://prometheus")
CHECK = PromQL("latency", "latency[$window]", "<=", 0.5, window=600)

Series = Sequence[tuple[float, float | str]]


class FakePrometheus(httpx.MockTransport):
    """The range API in memory. `values` gives the series of a query at the points that were asked for; None refuses the query."""

    def __init__(self, values: Callable[[str, Sequence[float]], Sequence[Series] | None]) -> None:
        self.asked: list[dict[str, str]] = []
        self._values = values
        super().__init__(self._answer)

    def _answer(self, request: httpx.Request) -> httpx.Response:
        asked = {key: value[0] for key, value in parse_qs(request.content.decode()).items()}
        self.asked.append(asked)
        start, end, step = (float(asked[key]) for key in ("start", "end", "step"))
        points = [start + number * step for number in range(int((end - start) / step) + 1)]
        found = self._values(asked["query"], points)
        if found is None:
            return httpx.Response(400, json={"status": "error", "errorType": "bad_data", "error": "parse error"})
        result = [{"metric": {}, "values": [[at, str(value)] for at, value in series]} for series in found if series]
        return httpx.Response(200, json={"status": "success", "data": {"resultType": "matrix", "result": result}})


def steady(*values: float) -> Callable[[str, Sequence[float]], Sequence[Series]]:
    return lambda _, points: [[(at, value) for at in points] for value in values]


def seen(check: Any, transport: httpx.BaseTransport, connection: Connection = WATCHED) -> CheckResult:
    (found,) = observe([check], connection, SOAK, transport=transport)
    return found


def test_a_value_within_the_threshold_passes():
    prometheus = FakePrometheus(steady(0.4))
    assert seen(CHECK, prometheus) == CheckResult("latency", "promql", "pass", "0.4", "<= 0.5")
    (asked,) = prometheus.asked
    # No evaluation looks back beyond the start of the soak, and the last one is its end.
    assert float(asked["start"]) >= END.timestamp() - 3600 + 600
    assert float(asked["end"]) == END.timestamp()
    assert asked["query"] == "latency[600s]"


def test_a_soak_shorter_than_the_window_is_the_window():
    prometheus = FakePrometheus(steady(0.4))
    (found,) = observe([CHECK], WATCHED, Soak(END, 60), transport=prometheus)
    assert found.result == "pass"
    assert prometheus.asked[0]["query"] == "latency[60s]"
    assert prometheus.asked[0]["start"] == prometheus.asked[0]["end"]


@pytest.mark.parametrize(
    ("sign", "value", "result"),
    [
        ("<", 0.5, "fail"),
        ("<=", 0.5, "pass"),
        (">", 0.5, "fail"),
        (">=", 0.5, "pass"),
        ("==", 0.5, "pass"),
        ("==", 0.6, "fail"),
        ("<=", math.inf, "fail"),
        (">=", 0.1, "fail"),
    ],
)
def test_every_comparison(sign: Any, value: float, result: str):
    assert seen(PromQL("x", "x", sign, 0.5), FakePrometheus(steady(value))).result == result


def test_one_breach_at_one_point_of_one_series_fails():
    def values(query: str, points: Sequence[float]) -> Sequence[Series]:
        return [[(at, 0.1) for at in points], [(at, 0.9 if at == points[3] else 0.1) for at in points]]

    found = seen(CHECK, FakePrometheus(values))
    assert (found.result, found.observed) == ("fail", "0.9")
    assert found.detail.startswith("at 1 of")


def html(request: httpx.Request) -> httpx.Response:
    return httpx.Response(200, text="<html>")


def nobody(request: httpx.Request) -> httpx.Response:
    raise httpx.ConnectError("refused")


def without_data(request: httpx.Request) -> httpx.Response:
    return httpx.Response(200, json={"status": "success", "data": {"result": [{"values": "?"}]}})


@pytest.mark.parametrize(
    ("transport", "why"),
    [
        (FakePrometheus(lambda _, points: []), "no samples"),
        (FakePrometheus(lambda _, points: [[(at, 0.1) for at in points[:-1]]]), "no samples at 1 of"),
        (
            FakePrometheus(lambda _, points: [[(at, "NaN" if at == points[0] else 0.1) for at in points]]),
            "without a number",
        ),
        (FakePrometheus(lambda _, points: None), "parse error"),
        (httpx.MockTransport(nobody), "does not answer"),
        (httpx.MockTransport(html), "no Prometheus"),
        (httpx.MockTransport(without_data), "not understood"),
        (httpx.MockTransport(lambda request: httpx.Response(503, json=[])), "HTTP 503"),
    ],
    ids=["nothing", "a gap", "NaN", "refused", "unreachable", "something else", "odd", "unavailable"],
)
def test_what_was_not_observed_is_unknown(transport: httpx.BaseTransport, why: str):
    found = seen(CHECK, transport)
    assert found.result == "unknown"
    assert why in found.detail


def test_a_breach_is_one_whatever_else_was_not_observed():
    found = seen(CHECK, FakePrometheus(lambda _, points: [[(points[0], 0.9)]]))
    assert found.result == "fail"


def test_a_model_that_was_hardly_watched_is_unknown():
    check = PromQL("x", "value", "<=", 1, coverage="share")
    for share, result in ((1.0, "pass"), (0.9, "pass"), (0.8, "unknown")):
        values = steady(share)
        found = seen(check, FakePrometheus(lambda query, points, v=values: v(query, points)))
        assert found.result == result


def test_without_prometheus_nothing_is_known():
    nowhere = Connection("unit", AwsConnection("1", "eu-central-1"), None)
    found = seen(CHECK, FakePrometheus(steady(0.4)), nowhere)
    assert found.result == "unknown"
    assert "monitoring.prometheus.url" in found.detail


@pytest.mark.parametrize(
    ("answer", "result", "observed"),
    [
        (lambda request: httpx.Response(200), "pass", "status 200"),
        (lambda request: httpx.Response(503), "fail", "status 503"),
        (nobody, "unknown", None),
    ],
)
def test_http_probes(answer: Callable[[httpx.Request], httpx.Response], result: str, observed: str | None):
    found = seen(Http("ready", "http://model/readyz"), httpx.MockTransport(answer))
    assert (found.result, found.observed) == (result, observed)


def test_a_job_without_a_cluster_is_unknown():
    found = seen(Job("smoke", "claims-fraud", "a.b/c@sha256:" + "0" * 64), FakePrometheus(steady(1)))
    assert (found.kind, found.result, found.observed) == ("job", "unknown", None)


def test_slos_become_checks_of_the_version_in_the_stack_file():
    env = load_environment(STACKS, "prod").environment
    checks = default_checks(env)
    assert len(checks) == 4 * len(env.models)
    text = json.dumps([[check.query, check.coverage] for check in checks])
    for model in env.models:
        assert f'version=\\"{model.version}\\"' in text
    limits = {
        (check.name, check.operator, check.threshold) for check in checks if check.name.startswith("fraud-scorer")
    }
    assert limits == {
        ("fraud-scorer: latency p95 in seconds", "<=", 0.15),
        ("fraud-scorer: share of failed requests", "<=", 0.005),
        ("fraud-scorer: accuracy", ">=", 0.92),
        ("fraud-scorer: drift of inputs", "<=", 0.15),
    }


# A Prometheus that asks for a token, as the stack file of an environment on AWS names it

API = "https://prometheus.example.org/prod"


def guarded(token: TokenPlace | None, url: str = API) -> Connection:
    return Connection("unit", AwsConnection("1", "eu-central-1"), None, prometheus=url, prometheus_token=token)


class Guarded(FakePrometheus):
    """Answers those that bring the token, and keeps what was asked."""

    def __init__(self) -> None:
        self.requests: list[httpx.Request] = []
        super().__init__(steady(0.4))

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        if request.headers.get("authorization") != "Bearer s3cret":
            return httpx.Response(401, text="<html>who are you?</html>")
        return super()._answer(request)


@pytest.fixture
def token_file(tmp_path: Path) -> Path:
    file = tmp_path / "token"
    file.write_text("s3cret\n")
    return file


def test_the_token_goes_to_the_address_of_the_stack_file(token_file: Path) -> None:
    prometheus = Guarded()
    assert seen(CHECK, prometheus, guarded(TokenPlace(file=token_file))).result == "pass"
    (request,) = prometheus.requests
    assert str(request.url) == f"{API}/api/v1/query_range"


def test_the_token_may_stand_in_a_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROM_TOKEN", "s3cret")
    assert seen(CHECK, Guarded(), guarded(TokenPlace("PROM_TOKEN"))).result == "pass"


@pytest.mark.parametrize("text", ["", "two words", "t\u00f6ken", None])
def test_where_there_is_no_token_nothing_is_asked_or_known(tmp_path: Path, text: str | None) -> None:
    file, prometheus = tmp_path / "nothing", Guarded()
    if text is not None:
        file.write_text(text)
    found = seen(CHECK, prometheus, guarded(TokenPlace(file=file)))
    assert (found.result, found.detail) == ("unknown", f"the file {file} holds no token for Prometheus")
    assert prometheus.requests == []
    assert "variable NO_SUCH_TOKEN" in seen(CHECK, prometheus, guarded(TokenPlace("NO_SUCH_TOKEN"))).detail


def test_a_token_that_is_wrong_or_missing_is_told_without_it(token_file: Path) -> None:
    token_file.write_text("another")
    wrong = seen(CHECK, Guarded(), guarded(TokenPlace(file=token_file)))
    assert (wrong.result, wrong.detail) == ("unknown", f"Prometheus at {API} does not take the token (HTTP 401)")
    assert "asks for a token" in seen(CHECK, Guarded(), guarded(None)).detail


def test_a_redirect_is_not_followed(token_file: Path) -> None:
    asked: list[str] = []

    def elsewhere(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.host)
        return httpx.Response(307, headers={"location": "https://elsewhere.example.org/"})

    found = seen(CHECK, httpx.MockTransport(elsewhere), guarded(TokenPlace(file=token_file)))
    assert found.result == "unknown"
    assert asked == ["prometheus.example.org"]


def test_on_aws_the_stack_file_says_where_prometheus_answers(tmp_path: Path, token_file: Path) -> None:
    world = FakeWorld.make(tmp_path / "project")
    on_aws(world, "prod")
    assert connect(world.context(), load_environment(world.project.stacks, "prod")).prometheus is None
    world.edit("prod.yaml", "monitoring:\n", f"monitoring:\n  prometheus: {{url: '{API}', token_file: {token_file}}}\n")
    found = connect(world.context(), load_environment(world.project.stacks, "prod"))
    assert (found.prometheus, found.prometheus_token) == (API, TokenPlace(file=token_file))
