"""Checks of what runs: thresholds on what Prometheus measured, HTTP probes, and Kubernetes Jobs.

Flow: `default_checks` derives checks from the SLOs of an environment's models (the pipeline may name more); `observe` makes them
and says of each what was seen. A check passes or fails only on what was observed: no samples, gaps, not-a-number, an address that
does not answer are `unknown`, and whoever asks must take that for "no".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from mlops_infra.config.model import Environment
    from mlops_infra.providers.connection import Connection

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
    """The checks that the SLOs of the environment's models ask for: latency, error rate, accuracy and drift of the version that the
    stack file names.
    """
    raise NotImplementedError


def observe(checks: Sequence[Check], connection: Connection, soak: Soak) -> tuple[CheckResult, ...]:
    """Make the checks, one after the other, and say what each saw. Never raises for what it finds.

    Arguments: `connection` of the environment (`connection.prometheus` for PromQL, its cluster for Jobs); `soak`: the time that
    PromQL looks at.
    """
    raise NotImplementedError
