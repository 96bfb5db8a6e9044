"""SLOs → rules, by the rules' structure; that they mean what they say is tested with promtool in tests/sandbox/monitoring."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlops_infra.config.load import load_environment
from mlops_infra.config.model import Environment, Model
from mlops_infra.platform.monitoring_rules import ALERTS, BURNS, burn_threshold, model_group, slo_rules

STACKS = Path(__file__).parents[3] / "stacks"


@pytest.fixture(scope="module")
def staging() -> Environment:
    return load_environment(STACKS, "staging").environment


def alerts(model: Model) -> dict[str, dict[str, Any]]:
    return {rule["alert"]: rule for rule in model_group(model)["rules"] if "alert" in rule}


def with_slo(model: Model, **changes: Any) -> Model:
    return model.model_copy(update={"slo": model.slo.model_copy(update=changes)})


def test_every_model_has_every_alert(staging: Environment) -> None:
    rules = slo_rules(staging)
    assert list(rules) == [model.name for model in staging.models]
    for model in staging.models:
        assert tuple(alerts(model)) == ALERTS


def test_alerts_say_whose_they_are_and_what_to_do(staging: Environment) -> None:
    for model in staging.models:
        for name, alert in alerts(model).items():
            assert alert["labels"]["severity"] in ("critical", "warning")
            assert (alert["labels"]["team"], alert["labels"]["model"]) == (model.team, model.name)
            assert alert["annotations"]["summary"].startswith(f"{model.name}: ")
            assert alert["annotations"]["runbook"].endswith(f"#{name.lower()}")
            assert alert["annotations"]["model_version"] == model.version


@pytest.mark.parametrize(
    ("key", "value", "alert", "written"),
    [
        ("latency_p95_ms", 1250, "ModelLatencyHigh", "> 1.25"),
        ("error_rate", 0.01, "ModelErrorBudgetFastBurn", "> 0.144"),
        ("error_rate", 0.01, "ModelErrorBudgetSlowBurn", "> 0.06"),
        ("accuracy", 0.8125, "ModelAccuracyLow", "< 0.8125"),
        ("drift", 0.3, "ModelInputDrift", "> 0.3"),
        ("memory_share", 0.75, "ModelMemoryAbnormal", "> 0.75"),
    ],
)
def test_each_goal_is_its_alerts_threshold(
    staging: Environment, key: str, value: float, alert: str, written: str
) -> None:
    assert written in alerts(with_slo(staging.models[0], **{key: value}))[alert]["expr"]


def test_the_window_is_the_slos(staging: Environment) -> None:
    group = model_group(with_slo(staging.models[0], window="PT2H"))
    assert sum("[7200s]" in rule["expr"] for rule in group["rules"]) == 3


def test_memory_is_measured_against_the_limit(staging: Environment) -> None:
    model = staging.models[0].model_copy(update={"memory": "1500Mi"})
    (rule,) = [rule for rule in model_group(model)["rules"] if rule.get("record") == "model:memory:share"]
    assert rule["expr"].endswith(f"/ {1500 * 1024**2}")


def test_the_runbook_has_a_section_for_every_alert() -> None:
    page = (STACKS.parent / "docs" / "runbooks" / "model-slo.md").read_text()
    assert [line.removeprefix("## ") for line in page.splitlines() if line.startswith("## Model")] == list(ALERTS)


@given(rate=st.floats(min_value=1e-6, max_value=0.999999))
def test_every_burn_can_happen(staging: Environment, rate: float) -> None:
    model = with_slo(staging.models[0], error_rate=rate)
    for burn in BURNS:
        assert rate < burn_threshold(model, burn) < 1
