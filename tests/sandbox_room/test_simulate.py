"""What is asked of `sandbox simulate`, and the metrics that come of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from mlops_infra.config import load_environment
from mlops_infra.errors import UsageError
from mlops_infra.sandbox.monitoring_plane.simulation import BUCKETS, metrics, openmetrics
from mlops_infra.sandbox.simulate import Wish, latency, simulations, time_span

NOW = 1_800_000_000.0
ENV = load_environment(Path(__file__).parents[2] / "stacks", "dev").environment


@pytest.mark.parametrize(("text", "seconds"), [("90s", 90), ("10m", 600), ("1h30m", 5400), ("2d", 172800), ("0s", 0)])
def test_spans_of_time(text: str, seconds: int):
    assert time_span(text) == seconds


@pytest.mark.parametrize("text", ["", "10", "m", "-5m", "1.5h", "10 m", "PT10M"])
def test_what_is_no_span_of_time(text: str):
    with pytest.raises(UsageError, match="no span of time"):
        time_span(text)


@pytest.mark.parametrize(("text", "seconds"), [("p95=900ms", 0.9), ("p95=1.5s", 1.5)])
def test_latencies(text: str, seconds: float):
    assert latency(text) == seconds


@pytest.mark.parametrize("text", ["", "900ms", "p99=1s", "p95=1m", "p95="])
def test_what_is_no_latency(text: str):
    with pytest.raises(UsageError, match="no latency"):
        latency(text)


def test_what_is_not_said_keeps_the_slo():
    for simulation, model in zip(simulations(ENV, (), Wish(), NOW), ENV.models, strict=True):
        assert simulation.latency_p95 < model.slo.latency_p95_ms / 1000
        assert simulation.error_rate < model.slo.error_rate
        assert simulation.accuracy > model.slo.accuracy
        assert simulation.drift < model.slo.drift
        assert simulation.labels.version == model.version


@pytest.mark.parametrize(
    "wish",
    [
        Wish(seconds=0),
        Wish(ago=-1),
        Wish(seconds=8 * 86400),
        Wish(latency_p95=0),
        Wish(latency_p95=0.0005),
        Wish(latency_p95=500),
        Wish(error_rate=1.1),
        Wish(accuracy=-0.1),
        Wish(accuracy=float("nan")),
        Wish(drift=-1),
    ],
)
def test_what_cannot_be_is_refused(wish: Wish):
    with pytest.raises(UsageError, match="cannot be"):
        simulations(ENV, (), wish, NOW)


def test_an_unknown_model_is_named():
    with pytest.raises(UsageError, match="'nope'"):
        simulations(ENV, ("nope",), Wish(), NOW)


@pytest.mark.parametrize("p95", [0.001, 0.07, 0.9, 1.0, 60.0, 120.0])
def test_the_histogram_interpolates_to_the_percentile(p95: float):
    (simulation,) = simulations(ENV, ("fraud-scorer",), Wish(latency_p95=p95), NOW)
    family = next(iter(metrics(simulation, [NOW + 1000], past=False)))
    counts = [sample.value for sample in family.samples if sample.name.endswith("_bucket")]
    assert counts == sorted(counts)
    rank, low, below = 0.95 * counts[-1], 0.0, 0.0
    for high, count in zip(BUCKETS, counts, strict=False):
        if count >= rank:
            assert low + (high - low) * (rank - below) / (count - below) == pytest.approx(p95)
            return
        low, below = high, count
    raise AssertionError("the percentile lies in no bucket")


def test_the_past_is_openmetrics_of_all_models_up_to_now():
    text = openmetrics(simulations(ENV, (), Wish(seconds=600, ago=300), NOW), NOW).decode()
    samples = [line for line in text.splitlines() if not line.startswith("#")]
    for model in ENV.models:
        assert any(f'model="{model.name}"' in sample for sample in samples)
    times = {float(sample.rsplit(" ", 1)[1]) for sample in samples}
    assert (min(times), max(times)) == (NOW - 300, NOW)
    assert len(times) == 21
    assert text.endswith("# EOF\n")
