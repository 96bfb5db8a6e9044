"""promtool accepts the rules of every shipped environment, and each alert fires when its goal is missed and only then."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from mlops_infra.config.load import load_environment
from mlops_infra.config.model import Model
from mlops_infra.config.units import quantity
from mlops_infra.platform.monitoring_config import prometheus_config
from mlops_infra.platform.monitoring_rules import ALERTS, slo_rules
from mlops_infra.toolchain import ensure

pytestmark = pytest.mark.sandbox

STACKS = Path(__file__).parents[3] / "stacks"
MINUTES = 8 * 60
"""Longer than the longest window (six hours)."""

STEP = 2
"""Minutes between samples: three in the shortest window."""

Series = dict[str, str]


def promtool(*arguments: str) -> str:
    program = ensure(["promtool"])["promtool"].path
    done = subprocess.run([str(program), *arguments], capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def steady(value: float) -> str:
    return f"{value:g}x{MINUTES // STEP}"


def growing(each_minute: float) -> str:
    return f"0+{each_minute * STEP:g}x{MINUTES // STEP}"


def healthy(model: Model) -> Series:
    """What a model within its SLO exports, by selector without the common labels."""
    slo = model.slo
    goal = slo.latency_p95_ms / 1000
    return {
        "up": steady(1),
        f'model_request_duration_seconds_bucket,le="{goal / 2:g}"': growing(100_000),
        f'model_request_duration_seconds_bucket,le="{goal * 4:g}"': growing(100_000),
        'model_request_duration_seconds_bucket,le="+Inf"': growing(100_000),
        'model_requests_total,code="200"': growing(100_000),
        'model_requests_total,code="500"': growing(100_000 * slo.error_rate / 2),
        "model_accuracy": steady((1 + slo.accuracy) / 2),
        'model_feature_psi,feature="age"': steady(slo.drift / 2),
        "process_resident_memory_bytes": steady(float(quantity(model.memory)) * slo.memory_share / 2),
    }


def failing(model: Model, factor: float) -> Series:
    return {'model_requests_total,code="500"': growing(100_000 * model.slo.error_rate * factor)}


def without(model: Model, *names: str) -> Series:
    return dict.fromkeys((key for key in healthy(model) if key.split(",")[0] in names), "")


BROKEN: dict[str, tuple[Callable[[Model], Series], set[str]]] = {
    "healthy": (lambda _: {}, set()),
    "no errors at all": (lambda _: {'model_requests_total,code="500"': ""}, set()),
    "no traffic": (
        lambda model: {key: steady(0) for key in healthy(model) if "request" in key},
        set(),
    ),
    "slow": (
        lambda model: {f'model_request_duration_seconds_bucket,le="{model.slo.latency_p95_ms / 2000:g}"': growing(0)},
        {"ModelLatencyHigh"},
    ),
    "failing much": (lambda model: failing(model, 20), {"ModelErrorBudgetFastBurn", "ModelErrorBudgetSlowBurn"}),
    "failing for long": (lambda model: failing(model, 8), {"ModelErrorBudgetSlowBurn"}),
    "inaccurate": (lambda model: {"model_accuracy": steady(model.slo.accuracy * 0.95)}, {"ModelAccuracyLow"}),
    "drifting": (
        lambda model: {'model_feature_psi,feature="bmi"': steady(model.slo.drift * 1.5)},
        {"ModelInputDrift"},
    ),
    "leaking": (
        lambda model: {"process_resident_memory_bytes": steady(float(quantity(model.memory)))},
        {"ModelMemoryAbnormal"},
    ),
    "gone": (lambda model: {**dict.fromkeys(healthy(model), ""), "up": steady(0)}, {"ModelAbsent"}),
    "never seen": (lambda model: dict.fromkeys(healthy(model), ""), {"ModelAbsent"}),
    "unmeasured": (lambda model: without(model, "model_accuracy"), {"ModelSloUnmeasured"}),
}
"""What is wrong, the series that differ from a healthy model's (empty: missing), and the alerts that must fire."""


def scenario(model: Model, series: Series, expected: set[str]) -> dict[str, Any]:
    common = f'model="{model.name}",team="{model.team}",pod="a"'
    return {
        "name": f"{model.name}: {sorted(expected)}",
        "interval": f"{STEP}m",
        "input_series": [
            {"series": f"{name}{{{','.join([*labels, common])}}}", "values": values}
            for (name, *labels), values in ((key.split(","), values) for key, values in series.items())
            if values
        ],
        "promql_expr_test": [
            {
                "expr": 'count by (alertname, model, team) (ALERTS{alertstate="firing"})',
                "eval_time": f"{MINUTES - 10}m",
                "exp_samples": [
                    {"labels": f'{{alertname="{name}",model="{model.name}",team="{model.team}"}}', "value": 1}
                    for name in sorted(expected)
                ],
            }
        ],
    }


@pytest.mark.parametrize("environment", ["dev", "staging", "prod"])
def test_promtool_accepts_the_rules(environment: str, tmp_path: Path) -> None:
    for name, rules in slo_rules(load_environment(STACKS, environment).environment).items():
        (tmp_path / f"{name}.yaml").write_text(yaml.safe_dump(rules))
    promtool("check", "rules", "--lint=all", "--lint-fatal", *map(str, sorted(tmp_path.iterdir())))


@pytest.mark.parametrize("environment", ["dev", "staging", "prod"])
def test_promtool_accepts_the_configuration(environment: str, tmp_path: Path) -> None:
    config = tmp_path / "prometheus.yml"
    config.write_text(yaml.safe_dump(prometheus_config(load_environment(STACKS, environment).environment)))
    promtool("check", "config", "--syntax-only", str(config))


def test_alerts_fire_when_a_goal_is_missed_and_only_then(tmp_path: Path) -> None:
    assert set().union(*(expected for _, expected in BROKEN.values())) == set(ALERTS)
    environment = load_environment(STACKS, "staging").environment
    for model in environment.models:
        rules, tests = tmp_path / f"{model.name}.yaml", tmp_path / f"{model.name}-test.yaml"
        rules.write_text(yaml.safe_dump(slo_rules(environment)[model.name]))
        scenarios = [scenario(model, {**healthy(model), **broken(model)}, fire) for broken, fire in BROKEN.values()]
        tests.write_text(yaml.safe_dump({"rule_files": [rules.name], "evaluation_interval": "5m", "tests": scenarios}))
        promtool("test", "rules", str(tests))
