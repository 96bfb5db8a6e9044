"""What Prometheus says about a PromQL expression over a soak; the only module that speaks its HTTP API.

https://prometheus.io/docs/prometheus/latest/querying/api/ (range queries, format of results).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import httpx

TIMEOUT: Final = 30.0
"""Seconds for one query."""
POINTS: Final = 60
"""Evaluations of one expression over a soak: one a minute over an hour, which no breach of five minutes slips through."""
FINEST: Final = 15
"""Seconds between two evaluations at the least: the shortest scrape interval in use."""


class UnobservedError(Exception):
    """Nothing was observed, for the reason given. Not an error of the user's: the result is unknown."""


@dataclass(frozen=True)
class Observation:
    """Values of an expression over a soak, every series and point; `gaps`: points of time without any sample, of `points`."""

    values: tuple[float, ...]
    gaps: int
    points: int


class Prometheus:
    """One Prometheus. `transport` is for tests."""

    def __init__(self, url: str, transport: httpx.BaseTransport | None = None) -> None:
        self._url = url
        self._client = httpx.Client(base_url=url, timeout=TIMEOUT, trust_env=False, transport=transport)

    def __enter__(self) -> Prometheus:
        return self

    def __exit__(self, *exc: object) -> None:
        self._client.close()

    def observe(self, query: str, end: datetime, seconds: int, window: int) -> Observation:
        """Evaluate an expression at points from one `window` after the start of the soak to its end.

        Arguments: `seconds` of the soak before `end`; `window` seconds that the expression looks back. In `query`, ``$window`` is
        that window.
        Raises `UnobservedError` where Prometheus does not answer, refuses the expression, or has no number to give.
        """
        window = min(window, seconds)
        span = seconds - window
        step = max(FINEST, -(-span // POINTS)) if span else 1
        # The last point is the end itself; what does not fit a whole step is left out at the start.
        start = end.timestamp() - (span // step) * step
        answer = self._ask(
            {
                "query": query.replace("$window", f"{window}s"),
                "start": f"{start:.3f}",
                "end": f"{end.timestamp():.3f}",
                "step": str(step),
            }
        )
        points = span // step + 1
        return _observation(answer, points)

    def _ask(self, parameters: Mapping[str, str]) -> Any:
        try:
            answer = self._client.post("/api/v1/query_range", data=dict(parameters))
            told = answer.json()
        except httpx.HTTPError as error:
            raise UnobservedError(f"Prometheus does not answer at {self._url} ({type(error).__name__})") from None
        except ValueError:
            raise UnobservedError(f"what answers at {self._url} is no Prometheus") from None
        if not isinstance(told, dict) or told.get("status") != "success":
            why = told.get("error") if isinstance(told, dict) else None
            raise UnobservedError(f"Prometheus refuses the expression: {why or f'HTTP {answer.status_code}'}")
        return told.get("data")


def _observation(data: Any, points: int) -> Observation:
    try:
        samples = [(float(at), float(value)) for series in data["result"] for at, value in series["values"]]
    except (KeyError, TypeError, ValueError):
        raise UnobservedError("Prometheus answered in a form that is not understood") from None
    if not samples:
        raise UnobservedError("there are no samples")
    if any(math.isnan(value) for _, value in samples):
        raise UnobservedError("there were times without a number (no requests, for example)")
    return Observation(tuple(value for _, value in samples), points - len({at for at, _ in samples}), points)
