"""Checks of what runs: thresholds on what Prometheus measured, HTTP probes, and Kubernetes Jobs.

Flow: `default_checks` derives checks from the SLOs of an environment's models (the pipeline may name more); `observe` makes them
and says of each what was seen. A check passes or fails only on what was observed: no samples, gaps, not-a-number, an address that
does not answer are `unknown`, and whoever asks must take that for "no".
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Literal, TypeAlias

import httpx

from mlops_infra.config.model import Environment, Model
from mlops_infra.config.units import duration_seconds
from mlops_infra.errors import OperationError
from mlops_infra.promotion.prometheus import Prometheus, UnobservedError, bearer
from mlops_infra.providers.connection import Connection

COVERAGE: Final = 0.9
"""Share of a window in which there must have been samples: leaves room for a restart, not for a model that was hardly watched."""
UNKNOWN_PROMETHEUS: Final = (
    "no Prometheus of this environment is known: `monitoring.prometheus.url` in the stack file names it"
)


Operator: TypeAlias = Literal["<", "<=", ">", ">=", "=="]
Result: TypeAlias = Literal["pass", "fail", "unknown"]


@dataclass(frozen=True)
class Soak:
    """The time that is looked at: `end` and the `seconds` before it."""

    end: datetime
    seconds: int


@dataclass(frozen=True)
class PromQL:
    """A threshold on a PromQL expression, which must hold at every point of the soak.

    In `query` and `coverage` the text ``$window`` stands for the window that one evaluation looks back: `window` seconds, or the
    whole soak where that is shorter. Evaluations start one window after the soak's start, so that none looks at what ran before.
    `coverage` is an expression for the share of the window in which there were samples; below `COVERAGE` the result is unknown.
    """

    name: str
    query: str
    operator: Operator
    threshold: float
    window: int = 300
    coverage: str | None = None


@dataclass(frozen=True)
class Http:
    """An HTTP GET that must answer with `status` within `timeout` seconds."""

    name: str
    url: str
    status: int = 200
    timeout: float = 10.0


@dataclass(frozen=True)
class Job:
    """A Kubernetes Job that must complete within `timeout` seconds; it is deleted afterwards, with its pods.

    `image` by digest; `labels` and `service_account` as the namespace's policies ask for them.
    """

    name: str
    namespace: str
    image: str
    command: Sequence[str] = ()
    timeout: float = 600.0
    service_account: str = "default"
    labels: Mapping[str, str] = field(default_factory=dict)


Check: TypeAlias = PromQL | Http | Job


@dataclass(frozen=True)
class CheckResult:
    """What a check saw. `observed` and `threshold` are for people (``0.91``, ``status 503``, ``exit code 1``); None: nothing was
    observed.
    """

    name: str
    kind: Literal["promql", "http", "job"]
    result: Result
    observed: str | None
    threshold: str
    detail: str = ""


def default_checks(env: Environment) -> tuple[PromQL, ...]:
    """The checks that the SLOs of the environment's models ask for.

    Latency, error rate, accuracy and drift of each model, measured on the version that the stack file names and on no other, over
    the SLO's own window.
    """
    return tuple(check for model in env.models for check in _slo_checks(model))


def observe(
    checks: Sequence[Check], connection: Connection, soak: Soak, *, transport: httpx.BaseTransport | None = None
) -> tuple[CheckResult, ...]:
    """Make the checks, one after the other, and say what each saw. Never raises for what it finds.

    Arguments: `connection` of the environment (`connection.prometheus` for PromQL, its cluster for Jobs); `soak`: the time that PromQL
    looks at; `transport`: how HTTP is spoken, for tests.
    """
    with ExitStack() as stack:
        prometheus: Prometheus | str = UNKNOWN_PROMETHEUS
        if connection.prometheus is not None and any(isinstance(check, PromQL) for check in checks):
            try:
                token = bearer(connection.prometheus_token) if connection.prometheus_token else None
                prometheus = stack.enter_context(Prometheus(connection.prometheus, transport, token))
            except UnobservedError as error:
                prometheus = str(error)
        return tuple(_observed(check, connection, prometheus, soak, transport) for check in checks)


def _observed(
    check: Check,
    connection: Connection,
    prometheus: Prometheus | str,
    soak: Soak,
    transport: httpx.BaseTransport | None,
) -> CheckResult:
    match check:
        case PromQL():
            return _promql(check, prometheus, soak)
        case Http():
            return _http(check, transport)
        case Job():
            return _job(check, connection)


# PromQL

_HOLDS: Final[Mapping[str, Callable[[float, float], bool]]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
}


def _slo_checks(model: Model) -> Sequence[PromQL]:
    from mlops_infra.platform.metrics import ACCURACY, FEATURE_PSI, REQUEST_DURATION, REQUESTS  # noqa: PLC0415 - Pulumi
    from mlops_infra.platform.monitoring_rules import measures  # noqa: PLC0415
    from mlops_infra.platform.objects import label_value  # noqa: PLC0415

    version = f',version="{label_value(model.version)}"'
    selected = f'{{model="{model.name}",team="{model.team}"{version}}}'
    expressions = measures(model, "$window", version)
    slo, window = model.slo, duration_seconds(model.slo.window)
    rows: Sequence[tuple[str, str, Operator, float, str]] = (
        ("latency p95 in seconds", "latency_p95_ms", "<=", slo.latency_p95_ms / 1000, f"{REQUEST_DURATION}_count"),
        ("share of failed requests", "error_rate", "<=", slo.error_rate, REQUESTS),
        ("accuracy", "accuracy", ">=", slo.accuracy, ACCURACY),
        ("drift of inputs", "drift", "<=", slo.drift, FEATURE_PSI),
    )
    return [
        PromQL(f"{model.name}: {words}", expressions[key], sign, limit, window, share_of_time(f"{metric}{selected}"))
        for words, key, sign, limit, metric in rows
    ]


def share_of_time(selector: str) -> str:
    """An expression for the share of ``$window`` in which there was any series of a selector (0 to 1), looking every 30 s."""
    return f"avg_over_time(((count({selector}) > bool 0) or vector(0))[$window:30s])"


def _promql(check: PromQL, prometheus: Prometheus | str, soak: Soak) -> CheckResult:
    """What Prometheus says; a sentence in its place says why it cannot be asked."""
    limit = f"{check.operator} {check.threshold:g}"

    def unknown(why: str, observed: str | None = None) -> CheckResult:
        return CheckResult(check.name, "promql", "unknown", observed, limit, why)

    if isinstance(prometheus, str):
        return unknown(prometheus)
    try:
        seen = prometheus.observe(check.query, soak.end, soak.seconds, check.window)
        holds = _HOLDS[check.operator]
        bad = [value for value in seen.values if not holds(value, check.threshold)]
        worst = f"{_worst(bad or seen.values, check.operator):g}"
        if bad:
            told = f"at {len(bad)} of {len(seen.values)} points"
            return CheckResult(check.name, "promql", "fail", worst, limit, told)
        if seen.gaps:
            return unknown(f"there are no samples at {seen.gaps} of {seen.points} points", worst)
        if check.coverage is not None:
            share = min(prometheus.observe(check.coverage, soak.end, soak.seconds, check.window).values)
            if share < COVERAGE:
                return unknown(f"there were samples in {share:.0%} of the time, {COVERAGE:.0%} is needed", worst)
    except UnobservedError as error:
        return unknown(str(error))
    return CheckResult(check.name, "promql", "pass", worst, limit)


def _worst(values: Sequence[float], sign: Operator) -> float:
    """The value that is farthest on the wrong side."""
    return min(values) if sign in (">", ">=") else max(values)


# HTTP and Jobs


def _http(check: Http, transport: httpx.BaseTransport | None) -> CheckResult:
    wanted = f"status {check.status}"
    try:
        with httpx.Client(timeout=check.timeout, trust_env=False, transport=transport) as client:
            status = client.get(check.url).status_code
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        why = f"{check.url} does not answer ({type(error).__name__})"
        return CheckResult(check.name, "http", "unknown", None, wanted, why)
    return CheckResult(check.name, "http", "pass" if status == check.status else "fail", f"status {status}", wanted)


def _job(check: Job, connection: Connection) -> CheckResult:
    from mlops_infra.promotion.jobs import JobRun, pod_template  # noqa: PLC0415 - brings the Kubernetes client

    wanted = f"completes within {check.timeout:g} s"
    try:
        run = JobRun(connection, check.namespace, check.name)
        template = pod_template(check.image, check.command, check.service_account, check.labels)
        completed, told = run.run(template, check.timeout)
    except OperationError as error:
        return CheckResult(check.name, "job", "unknown", None, wanted, error.what)
    return CheckResult(
        check.name, "job", "pass" if completed else "fail", "completed" if completed else "failed", wanted, told
    )
