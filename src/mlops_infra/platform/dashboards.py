"""Grafana dashboards by grafana-foundation-sdk: one of the platform, one per model. Pure: JSON text from the environment.

They show what the rules record (`monitoring_rules`), so that a picture and an alert never disagree.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from grafana_foundation_sdk.builders import common, prometheus, stat, timeseries
from grafana_foundation_sdk.builders.dashboard import Dashboard, ThresholdsConfig
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.common import GraphTresholdsStyleMode, LegendDisplayMode, LegendPlacement
from grafana_foundation_sdk.models.dashboard import DataSourceRef, Threshold, ThresholdsMode

from mlops_infra.config.model import Environment, Model
from mlops_infra.platform.metrics import FEATURE_PSI, RESIDENT_MEMORY
from mlops_infra.platform.monitoring_rules import (
    ACCURACY_AVERAGE,
    ERROR_RATIO,
    MEMORY_SHARE,
    P95,
    PSI_MAXIMUM,
    REQUEST_RATE,
)

DATASOURCE: Final = DataSourceRef(type_val="prometheus", uid="prometheus")
"""The data source that Grafana is provisioned with (`monitoring`)."""

_COLUMNS: Final = 24
"""Grafana's grid is 24 columns wide."""


@dataclass(frozen=True)
class Curve:
    """A panel with one line per series. `goal` is drawn as a line; `above` says on which side of it things are bad."""

    title: str
    expression: str
    legend: str
    unit: str
    goal: float | None = None
    above: bool = True


def platform_dashboard(env: Environment) -> str:
    """The platform at a glance: firing alerts, and each SLO's measure of all models."""
    firing = 'ALERTS{alertstate="firing"}'
    panels = [
        _figure("Firing alerts", f"count({firing}) or vector(0)", "short"),
        _figure("Model pods that answer", 'sum(up{model!=""})', "short"),
        _figure("Requests per second", f"sum({REQUEST_RATE})", "reqps"),
        _figure("Lowest accuracy", f"min({ACCURACY_AVERAGE})", "percentunit"),
    ]
    curves = [
        Curve("Latency, 95th percentile", P95, "{{model}}", "s"),
        Curve("Failed requests, 1 h", f"{ERROR_RATIO}1h", "{{model}}", "percentunit"),
        Curve("Accuracy", ACCURACY_AVERAGE, "{{model}}", "percentunit"),
        Curve("Drift of inputs (PSI)", PSI_MAXIMUM, "{{model}}", "short"),
        Curve("Memory, share of the limit", MEMORY_SHARE, "{{model}}", "percentunit"),
        Curve("Firing alerts by team", f"count by (team, severity) ({firing})", "{{team}} {{severity}}", "short"),
    ]
    board = _board(f"{env.project} {env.environment}", "platform", ["platform", env.environment])
    for panel in panels:
        board = board.with_panel(panel.span(_COLUMNS // len(panels)).height(5))
    return _text(_with_curves(board, curves))


def model_dashboard(env: Environment, model: Model) -> str:
    """One model against its SLO: latency, errors, accuracy, drift by feature, memory by pod, traffic."""
    slo, selected = model.slo, f'{{model="{model.name}",team="{model.team}"}}'
    curves = [
        Curve("Latency, 95th percentile", f"{P95}{selected}", "p95", "s", slo.latency_p95_ms / 1000),
        Curve("Failed requests, 1 h", f"{ERROR_RATIO}1h{selected}", "errors", "percentunit", slo.error_rate),
        Curve("Accuracy", f"{ACCURACY_AVERAGE}{selected}", "accuracy", "percentunit", slo.accuracy, above=False),
        Curve("Drift by feature (PSI)", f"{FEATURE_PSI}{selected}", "{{feature}}", "short", slo.drift),
        Curve("Memory, share of the limit", f"{MEMORY_SHARE}{selected}", "share", "percentunit", slo.memory_share),
        Curve("Resident memory by pod", f"{RESIDENT_MEMORY}{selected}", "{{pod}}", "bytes"),
        Curve("Requests per second", f"{REQUEST_RATE}{selected}", "requests", "reqps"),
        Curve("Pods that answer", f"sum by (version) (up{selected})", "{{version}}", "short"),
    ]
    title = f"{model.name} {model.version}"
    board = _board(title, f"model-{model.name}", ["model", model.team, env.environment])
    return _text(_with_curves(board, curves))


def _board(title: str, uid: str, tags: list[str]) -> Dashboard:
    return Dashboard(title).uid(uid).tags(tags).time("now-6h", "now").refresh("1m").timezone("utc").readonly()


def _with_curves(board: Dashboard, curves: list[Curve]) -> Dashboard:
    for curve in curves:
        board = board.with_panel(_curve(curve).span(_COLUMNS // 2).height(8))
    return board


def _curve(curve: Curve) -> timeseries.Panel:
    panel = (
        timeseries.Panel()
        .title(curve.title)
        .datasource(DATASOURCE)
        .unit(curve.unit)
        .with_target(_query(curve.expression, curve.legend))
        .legend(
            common.VizLegendOptions()
            .display_mode(LegendDisplayMode.LIST)
            .placement(LegendPlacement.BOTTOM)
            .show_legend(True)
        )
    )
    if curve.goal is None:
        return panel
    good, bad = ("green", "red") if curve.above else ("red", "green")
    steps = [Threshold(value=None, color=good), Threshold(value=curve.goal, color=bad)]
    return panel.thresholds(ThresholdsConfig().mode(ThresholdsMode.ABSOLUTE).steps(steps)).thresholds_style(
        common.GraphThresholdsStyleConfig().mode(GraphTresholdsStyleMode.LINE)
    )


def _figure(title: str, expression: str, unit: str) -> stat.Panel:
    return stat.Panel().title(title).datasource(DATASOURCE).unit(unit).with_target(_query(expression, title))


def _query(expression: str, legend: str) -> prometheus.Dataquery:
    return prometheus.Dataquery().expr(expression).legend_format(legend).ref_id("A")


def _text(board: Dashboard) -> str:
    return JSONEncoder(sort_keys=True).encode(board.build())
