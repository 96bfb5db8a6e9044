"""SLOs of the stack file → Prometheus recording and alerting rules. Pure: plain dictionaries in the rule file's format.

Per model one group. It records what dashboards and alerts read (``model:…``), and alerts on latency, error budget, accuracy, drift,
memory, absence, and on an SLO that cannot be measured, so that silence never passes for health. The error budget is watched over two
windows at once, a long one that says how much was burned and a short one that says that it still burns (Google, "The Site
Reliability Workbook", chapter 5, table 5-8: 14.4 × over 1 h and 5 min, 6 × over 6 h and 30 min).
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from mlops_infra.config.model import Environment, Model
from mlops_infra.config.units import duration_seconds, quantity
from mlops_infra.platform.metrics import ACCURACY, FEATURE_PSI, REQUEST_DURATION, REQUESTS, RESIDENT_MEMORY

Rule = dict[str, Any]

CRITICAL: Final = "critical"
WARNING: Final = "warning"

INTERVAL_SECONDS: Final = 30
"""How often rules are evaluated and targets scraped."""

RUNBOOK: Final = "docs/runbooks/model-slo.md"
"""The page that alerts point to; the anchor is the alert's name in lower case."""


@dataclass(frozen=True)
class Burn:
    """Alert when the error budget burns `factor` times too fast over both windows."""

    alert: str
    factor: float
    long: str
    short: str
    severity: str


BURNS: Final = (
    Burn("ModelErrorBudgetFastBurn", 14.4, "1h", "5m", CRITICAL),
    Burn("ModelErrorBudgetSlowBurn", 6.0, "6h", "30m", WARNING),
)

ALERTS: Final = (
    "ModelLatencyHigh",
    *(burn.alert for burn in BURNS),
    "ModelAccuracyLow",
    "ModelInputDrift",
    "ModelMemoryAbnormal",
    "ModelAbsent",
    "ModelSloUnmeasured",
)
"""Every alert that a model has."""

P95: Final = "model:request_duration_seconds:p95"
ERROR_RATIO: Final = "model:request_errors:ratio_rate"
"""Recorded per window: ``…ratio_rate5m`` and so on."""

REQUEST_RATE: Final = "model:requests:rate5m"
ACCURACY_AVERAGE: Final = "model:accuracy:avg"
PSI_MAXIMUM: Final = "model:feature_psi:max"
MEMORY_SHARE: Final = "model:memory:share"


def slo_rules(env: Environment) -> dict[str, dict[str, Any]]:
    """The rule file (``groups: …``) of each model, by the model's name."""
    return {model.name: {"groups": [model_group(model)]} for model in env.models}


def model_group(model: Model) -> dict[str, Any]:
    """The rule group of one model."""
    return {
        "name": f"slo-{model.name}",
        "interval": f"{INTERVAL_SECONDS}s",
        "rules": [*_recorded(model), *_alerts(model)],
    }


def window(model: Model) -> str:
    """The model's window in PromQL."""
    return f"{duration_seconds(model.slo.window)}s"


def burn_threshold(model: Model, burn: Burn) -> float:
    """Error ratio above which `burn` alerts: `factor` times the SLO's error rate, kept below 1, which no ratio exceeds."""
    return min(burn.factor * model.slo.error_rate, (1 + model.slo.error_rate) / 2)


def _selector(model: Model, more: str = "") -> str:
    return f'{{model="{model.name}",team="{model.team}"{more}}}'


def measures(model: Model, over: str, more: str = "") -> dict[str, str]:
    """What an SLO is measured by: PromQL expressions over the window `over`, by the key of the SLO that bounds them.

    `more` are further label matchers, with a comma before each.
    """
    selected, errors = _selector(model, more), _selector(model, f'{more},code=~"5.."')
    return {
        "latency_p95_ms": f"histogram_quantile(0.95, sum by (le) (rate({REQUEST_DURATION}_bucket{selected}[{over}])))",
        # Without any 5xx series there are no errors, which is 0 and not "unknown".
        "error_rate": f"(sum(rate({REQUESTS}{errors}[{over}])) or vector(0)) / sum(rate({REQUESTS}{selected}[{over}]))",
        "accuracy": f"avg(avg_over_time({ACCURACY}{selected}[{over}]))",
        "drift": f"max(avg_over_time({FEATURE_PSI}{selected}[{over}]))",
    }


def _recorded(model: Model) -> list[Rule]:
    selected, over = _selector(model), window(model)
    labels = {"model": model.name, "team": model.team}
    measured = measures(model, over)
    windows = sorted({part for burn in BURNS for part in (burn.long, burn.short)})
    limit = f"{quantity(model.memory).normalize():f}"
    expressions = {
        P95: measured["latency_p95_ms"],
        REQUEST_RATE: f"sum(rate({REQUESTS}{selected}[5m]))",
        **{f"{ERROR_RATIO}{part}": measures(model, part)["error_rate"] for part in windows},
        ACCURACY_AVERAGE: measured["accuracy"],
        PSI_MAXIMUM: measured["drift"],
        MEMORY_SHARE: f"max({RESIDENT_MEMORY}{selected}) / {limit}",
    }
    return [{"record": name, "expr": expression, "labels": labels} for name, expression in expressions.items()]


def _alerts(model: Model) -> list[Rule]:
    slo, selected = model.slo, _selector(model)
    goal = _number(Decimal(slo.latency_p95_ms) / 1000)
    measured = " and ".join(
        f"count({series}{selected})" for series in (f"{REQUEST_DURATION}_bucket", ACCURACY, FEATURE_PSI)
    )
    return [
        _alert(
            model,
            "ModelLatencyHigh",
            f"{P95}{selected} > {goal}",
            "5m",
            WARNING,
            f"95th percentile of response time is {{{{ $value | humanizeDuration }}}}, the goal is {slo.latency_p95_ms} ms.",
        ),
        *(_burn_alert(model, burn) for burn in BURNS),
        _alert(
            model,
            "ModelAccuracyLow",
            f"{ACCURACY_AVERAGE}{selected} < {_number(slo.accuracy)}",
            "10m",
            CRITICAL,
            f"Accuracy is {{{{ $value | humanizePercentage }}}}, the goal is {slo.accuracy:.1%}.",
        ),
        _alert(
            model,
            "ModelInputDrift",
            f"{PSI_MAXIMUM}{selected} > {_number(slo.drift)}",
            "10m",
            WARNING,
            f"The inputs' population stability index is {{{{ $value | humanize }}}}, the goal is at most {slo.drift}.",
        ),
        _alert(
            model,
            "ModelMemoryAbnormal",
            f"{MEMORY_SHARE}{selected} > {_number(slo.memory_share)}",
            "10m",
            WARNING,
            f"A pod uses {{{{ $value | humanizePercentage }}}} of its memory limit ({model.memory}).",
        ),
        _alert(
            model,
            "ModelAbsent",
            f"absent(up{selected} == 1)",
            "5m",
            CRITICAL,
            "No pod of the model answers.",
        ),
        _alert(
            model,
            "ModelSloUnmeasured",
            f"count(up{selected} == 1) unless on () ({measured})",
            "30m",
            WARNING,
            "The model runs, but does not export all that its SLO is measured by.",
        ),
    ]


def _burn_alert(model: Model, burn: Burn) -> Rule:
    selected, limit = _selector(model), _number(burn_threshold(model, burn))
    return _alert(
        model,
        burn.alert,
        f"{ERROR_RATIO}{burn.long}{selected} > {limit} and {ERROR_RATIO}{burn.short}{selected} > {limit}",
        "2m",
        burn.severity,
        f"{{{{ $value | humanizePercentage }}}} of requests failed over {burn.long};"
        f" the goal is at most {model.slo.error_rate:.2%}.",
    )


def _alert(model: Model, name: str, expression: str, lasting: str, severity: str, summary: str) -> Rule:
    return {
        "alert": name,
        "expr": expression,
        "for": lasting,
        "labels": {"severity": severity, "team": model.team, "model": model.name},
        "annotations": {
            "summary": f"{model.name}: {summary}",
            "model_version": model.version,
            "runbook": f"{RUNBOOK}#{name.lower()}",
        },
    }


def _number(value: float | Decimal) -> str:
    """A number as PromQL reads it, without binary noise or an exponent."""
    return f"{Decimal(str(value)).normalize():f}"
