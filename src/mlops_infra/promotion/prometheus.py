"""What Prometheus says about a PromQL expression over a soak; the only module that speaks its HTTP API.

https://prometheus.io/docs/prometheus/latest/querying/api/ (range queries, format of results). Redirects are not followed and no proxy is
asked, so that a token goes nowhere but to the address of the stack file; certificates are checked against this machine's trust store.
"""

from __future__ import annotations

import math
import os
import re
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import httpx

from mlops_infra.providers.connection import TokenPlace

TIMEOUT: Final = 30.0
"""Seconds for one query."""
POINTS: Final = 60
"""Evaluations of one expression over a soak: one a minute over an hour, which no breach of five minutes slips through."""
FINEST: Final = 15
"""Seconds between two evaluations at the least: the shortest scrape interval in use."""
_TOKEN: Final = re.compile(r"[\x21-\x7e]{1,16384}")


class UnobservedError(Exception):
    """Nothing was observed, for the reason given. Not an error of the user's: the result is unknown."""


@dataclass(frozen=True)
class Observation:
    """Values of an expression over a soak, every series and point; `gaps`: points of time without any sample, of `points`."""

    values: tuple[float, ...]
    gaps: int
    points: int


def bearer(place: TokenPlace) -> str:
    """The token at a place. Raises `UnobservedError`, which names the place, where there is none."""
    if place.variable is not None:
        where, text = f"the variable {place.variable}", os.environ.get(place.variable)
    else:
        file = (place.file or Path()).expanduser()
        where = f"the file {file}"
        try:
            text = file.read_text(encoding="ascii")
        except (OSError, ValueError):
            text = None
    token = (text or "").strip()
    if not _TOKEN.fullmatch(token):
        raise UnobservedError(f"{where} holds no token for Prometheus")
    return token


class Prometheus:
    """One Prometheus. `token` is sent as a bearer token (RFC 6750); `transport` is for tests."""

    def __init__(self, url: str, transport: httpx.BaseTransport | None = None, token: str | None = None) -> None:
        self._url = url
        self._client = httpx.Client(
            base_url=url,
            timeout=TIMEOUT,
            trust_env=False,
            follow_redirects=False,
            transport=transport,
            headers={"Authorization": f"Bearer {token}"} if token else {},
            verify=ssl.create_default_context() if url.startswith("https:") else False,
        )

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
            if answer.status_code in (httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN):
                raise UnobservedError(self._unwelcome(answer.status_code))
            told = answer.json()
        except httpx.HTTPError as error:
            raise UnobservedError(f"Prometheus does not answer at {self._url} ({type(error).__name__})") from None
        except ValueError:
            raise UnobservedError(f"what answers at {self._url} is no Prometheus") from None
        if not isinstance(told, dict) or told.get("status") != "success":
            why = told.get("error") if isinstance(told, dict) else None
            raise UnobservedError(f"Prometheus refuses the expression: {why or f'HTTP {answer.status_code}'}")
        return told.get("data")

    def _unwelcome(self, status: int) -> str:
        told = f"Prometheus at {self._url} asks for a token (HTTP {status}): `monitoring.prometheus` in the stack file says where it is"
        sent = "Authorization" in self._client.headers
        return f"Prometheus at {self._url} does not take the token (HTTP {status})" if sent else told


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
