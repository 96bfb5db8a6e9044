"""What `sandbox simulate` asks for, made into simulations: what is not said is what a model that keeps its SLO exports."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from mlops_infra.config.units import quantity
from mlops_infra.errors import UsageError

if TYPE_CHECKING:
    from mlops_infra.config.model import Environment, Model
    from mlops_infra.sandbox.monitoring_plane.simulation import Simulation

LONGEST: Final = 7 * 24 * 3600
"""Seconds that a simulation may last or lie back: the longest window of an SLO."""
FASTEST: Final = 0.001
SLOWEST: Final = 120.0
"""Seconds: the latencies that the simulated histogram has buckets for."""


@dataclass(frozen=True)
class Wish:
    """What a simulated model is to export; None: what keeps its SLO.

    `latency_p95` in seconds, `error_rate` and `accuracy` 0 to 1, `drift` a population stability index, `version` as the label has
    it. The simulation starts `ago` seconds before now and lasts `seconds`.
    """

    seconds: int = 600
    ago: int = 0
    latency_p95: float | None = None
    error_rate: float | None = None
    accuracy: float | None = None
    drift: float | None = None
    version: str | None = None


def simulations(env: Environment, models: tuple[str, ...], wish: Wish, now: float) -> tuple[Simulation, ...]:
    """One simulation for each of the models, for all of the environment where none is named.

    Raises `UsageError` for a model that there is not, and for numbers that cannot be.
    """
    _refuse_nonsense(wish)
    known = {model.name: model for model in env.models}
    unknown = [name for name in models if name not in known]
    if unknown or not known:
        raise UsageError(
            f"there is no model {unknown[0]!r}" if unknown else "the environment has no models",
            where=f"stacks/{env.environment}.yaml",
            hint=f"its models are: {', '.join(known) or 'none'}",
        )
    return tuple(_simulation(known[name], wish, now) for name in models or known)


def _simulation(model: Model, wish: Wish, now: float) -> Simulation:
    from mlops_infra.platform import metrics  # noqa: PLC0415 - brings Pulumi
    from mlops_infra.platform.objects import label_value  # noqa: PLC0415
    from mlops_infra.sandbox.monitoring_plane.simulation import Labels, Names, Simulation  # noqa: PLC0415

    slo = model.slo
    return Simulation(
        labels=Labels(
            model=model.name,
            team=model.team,
            namespace=model.team,
            pod=f"{model.name}-simulated",
            version=label_value(wish.version or model.version),
        ),
        names=Names(
            request_duration=metrics.REQUEST_DURATION,
            requests=metrics.REQUESTS,
            accuracy=metrics.ACCURACY,
            feature_psi=metrics.FEATURE_PSI,
            resident_memory=metrics.RESIDENT_MEMORY,
        ),
        start=now - wish.ago,
        seconds=wish.seconds,
        latency_p95=wish.latency_p95 if wish.latency_p95 is not None else max(FASTEST, 0.6 * slo.latency_p95_ms / 1000),
        error_rate=wish.error_rate if wish.error_rate is not None else 0.2 * slo.error_rate,
        accuracy=wish.accuracy if wish.accuracy is not None else (1 + slo.accuracy) / 2,
        drift=wish.drift if wish.drift is not None else 0.5 * slo.drift,
        memory=0.5 * slo.memory_share * float(quantity(model.memory)),
    )


def _refuse_nonsense(wish: Wish) -> None:
    def share(value: float | None) -> bool:
        return value is None or 0 <= value <= 1

    mistakes = {
        "--for": 0 < wish.seconds <= LONGEST,
        "--ago": 0 <= wish.ago <= LONGEST,
        "--latency": wish.latency_p95 is None or FASTEST <= wish.latency_p95 <= SLOWEST,
        "--error-rate": share(wish.error_rate),
        "--accuracy": share(wish.accuracy),
        "--drift": wish.drift is None or 0 <= wish.drift <= 100,
    }
    wrong = [option for option, fine in mistakes.items() if not fine]
    if wrong:
        raise UsageError(
            f"{', '.join(wrong)}: such a value cannot be",
            hint="times go from 1s to 7d, latencies from 1ms to 120s, --error-rate and --accuracy from 0 to 1, --drift from 0 to 100",
        )


_UNITS: Final = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def time_span(text: str) -> int:
    """The seconds of a span of time as people type it: ``90s``, ``10m``, ``1h30m``, ``2d``. Raises `UsageError` for anything else."""
    if not re.fullmatch(r"([0-9]{1,6}[smhd])+", text):
        raise UsageError(f"{text!r} is no span of time", hint="say 90s, 10m, 1h30m or 2d")
    return sum(int(number) * _UNITS[unit] for number, unit in re.findall(r"([0-9]+)([smhd])", text))


def latency(text: str) -> float:
    """The seconds of a 95th percentile: ``p95=900ms``, ``p95=1.5s``. Raises `UsageError` for anything else."""
    match = re.fullmatch(r"p95=([0-9]{1,6}(?:\.[0-9]{1,3})?)(ms|s)", text)
    if match is None:
        raise UsageError(f"{text!r} is no latency", hint="say p95=900ms or p95=1.5s")
    return float(match[1]) / (1000 if match[2] == "ms" else 1)
