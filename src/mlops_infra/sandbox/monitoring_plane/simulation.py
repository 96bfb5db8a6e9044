"""What a simulated model exports, as a pure function of time: served live by `exporter`, or written out for times that have passed.

The metrics are those that the generated rules read (`platform.metrics`); their counts grow steadily from the simulation's start.
Buckets of the histogram are the same for every simulation, and filled so that Prometheus' interpolation gives exactly the 95th
percentile asked for.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from prometheus_client import CollectorRegistry, Metric
from prometheus_client.openmetrics.exposition import generate_latest
from prometheus_client.registry import Collector

REQUESTS_PER_SECOND: Final = 50.0
STEP: Final = 15
"""Seconds between two samples of the past; Prometheus looks back 5 min for a sample at most."""

BUCKETS: Final = tuple(round(0.001 * 1.5**power, 6) for power in range(32))
"""Upper bounds in seconds, 1 ms to 288 s."""

_TAIL: Final = 0.05
"""Share of requests in the bucket of the 95th percentile."""


@dataclass(frozen=True)
class Labels:
    """What scraping adds to every series of a model server (`platform.metrics`)."""

    model: str
    team: str
    namespace: str
    pod: str
    version: str

    def pairs(self) -> dict[str, str]:
        return {
            "model": self.model,
            "team": self.team,
            "namespace": self.namespace,
            "pod": self.pod,
            "version": self.version,
        }


@dataclass(frozen=True)
class Names:
    """Names of the metrics, from `platform.metrics`; plain data, so that the exporter's process needs nothing of the platform."""

    request_duration: str
    requests: str
    accuracy: str
    feature_psi: str
    resident_memory: str


@dataclass(frozen=True)
class Simulation:
    """One simulated model. `start` in seconds since the epoch; `seconds` it lasts; `latency_p95` in seconds, `memory` in bytes."""

    labels: Labels
    names: Names
    start: float
    seconds: int
    latency_p95: float
    error_rate: float
    accuracy: float
    drift: float
    memory: float

    @property
    def end(self) -> float:
        return self.start + self.seconds


def metrics(simulation: Simulation, moments: Sequence[float], *, past: bool) -> Iterator[Metric]:
    """The metric families at these moments (seconds since the epoch).

    With `past`, samples carry their moment and the labels that a scrape would add; otherwise there is one moment, which is now.
    """
    names, shares = simulation.names, _shares(simulation.latency_p95)
    families = {
        "duration": Metric(names.request_duration, "Response time.", "histogram"),
        "requests": Metric(names.requests.removesuffix("_total"), "Requests by status.", "counter"),
        "accuracy": Metric(names.accuracy, "Share of right predictions.", "gauge"),
        "psi": Metric(names.feature_psi, "Population stability index.", "gauge"),
        "memory": Metric(names.resident_memory, "Resident memory in bytes.", "gauge"),
    }
    if past:
        families["up"] = Metric("up", "Whether the scrape succeeded.", "gauge")
    labels = {**simulation.labels.pairs(), "job": "models", "instance": simulation.labels.pod} if past else {}

    def add(family: str, name: str, value: float, at: float | None, **more: str) -> None:
        families[family].add_sample(name, {**labels, **more}, value, at)

    for moment in moments:
        at = moment if past else None
        requests = max(0.0, moment - simulation.start) * REQUESTS_PER_SECOND
        for bound, share in zip((*map(str, BUCKETS), "+Inf"), shares, strict=True):
            add("duration", f"{names.request_duration}_bucket", requests * share, at, le=bound)
        add("duration", f"{names.request_duration}_count", requests, at)
        add("duration", f"{names.request_duration}_sum", requests * simulation.latency_p95 / 2, at)
        add("requests", names.requests, requests * (1 - simulation.error_rate), at, code="200")
        add("requests", names.requests, requests * simulation.error_rate, at, code="500")
        add("accuracy", names.accuracy, simulation.accuracy, at)
        add("psi", names.feature_psi, simulation.drift, at, feature="simulated")
        add("memory", names.resident_memory, simulation.memory, at)
        if past:
            add("up", "up", 1.0, at)
    yield from families.values()


def openmetrics(simulations: Sequence[Simulation], until: float) -> bytes:
    """What was exported from each simulation's start to `until` (or its end), in the OpenMetrics format with times."""
    registry = CollectorRegistry(auto_describe=False)
    families: dict[str, Metric] = {}
    for simulation in simulations:
        end = min(until, simulation.end)
        count = int((end - simulation.start) // STEP)
        # The end itself too, so that whoever looks at that moment sees it.
        moments = [*(simulation.start + number * STEP for number in range(count)), end]
        for family in metrics(simulation, moments, past=True):
            families.setdefault(family.name, family)
            if families[family.name] is not family:
                families[family.name].samples.extend(family.samples)
    registry.register(_Fixed(families.values()))
    return bytes(generate_latest(registry))


class _Fixed(Collector):
    def __init__(self, families: Iterable[Metric]) -> None:
        self._families = tuple(families)

    def collect(self) -> Iterable[Metric]:
        return self._families


def _shares(p95: float) -> list[float]:
    """Share of requests at or below each bucket's bound, ``+Inf`` included.

    Prometheus interpolates linearly inside of a bucket: with `_TAIL` of the requests in the bucket (low, high] around the
    percentile, and 0.95 - `_TAIL` × (p95 - low) / (high - low) of them below it, ``histogram_quantile(0.95, …)`` is `p95` itself.
    """
    low, shares = 0.0, []
    for high in BUCKETS:
        if high < p95:
            shares.append(0.0)
        elif low < p95:
            below = 0.95 - _TAIL * (p95 - low) / (high - low)
            # The rest of the fast requests lies evenly below.
            shares = [below * (number + 1) / len(shares) for number in range(len(shares))]
            shares.append(below + _TAIL)
        else:
            shares.append(1.0)
        low = high
    return [*shares, 1.0]
