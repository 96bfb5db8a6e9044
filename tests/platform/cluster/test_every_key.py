"""Every key of the sections that are about the cluster does something there (or is about AWS alone, and named here).

Each key gets a value of its own, and what must be found of it among the objects' inputs stands beside it.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from pydantic import BaseModel

from mlops_infra.config.model import (
    Autoscale,
    BiasEvaluation,
    Environment,
    EthicalRecord,
    Flow,
    Grant,
    Lineage,
    Members,
    Model,
    ModelCard,
    Monitoring,
    Notebook,
    Oversight,
    Quota,
    Registry,
    Slo,
    Team,
)
from mlops_infra.config.model.environment import RoleBinding
from mlops_infra.graph import Unknown

SHA = "sha256:" + "0123456789abcdef" * 4


def image(name: str) -> str:
    return f"registry.example.org/{name}@{SHA}"


VALUES: dict[type[BaseModel], dict[str, tuple[Any, str]]] = {
    Quota: {
        "cpu": ("771", '"requests.cpu": "771"'),
        "memory": ("772Gi", '"requests.memory": "772Gi"'),
        "gpus": (773, '"requests.nvidia.com/gpu": "773"'),
        "pods": (774, '"pods": "774"'),
        "storage": ("775Gi", '"requests.storage": "775Gi"'),
    },
    Notebook: {
        "image": (image("notebook"), image("notebook")),
        "cpu": ("7", '"cpu": "7"'),
        "memory": ("7Gi", '"memory": "7Gi"'),
        "gpus": (7, '"nvidia.com/gpu": "7"'),
        "storage": ("776Gi", '"storage": "776Gi"'),
    },
    Flow: {"to": ("other/app-7", '"app-7"'), "port": (7001, '"port": 7001')},
    Members: {"role": ("auditor", '"mlops-infra-auditor"'), "groups": (["group-7"], '"group-7"')},
    Grant: {"dataset": ("claims-history", "DATASET_CLAIMS_HISTORY_BUCKET")},
    RoleBinding: {"role": ("ci-deployer", '"mlops-infra-ci-deployer"'), "groups": (["group-8"], '"group-8"')},
    Autoscale: {
        "min": (77, '"minReplicas": 77'),
        "max": (78, '"maxReplicas": 78'),
        "cpu_percent": (79, '"averageUtilization": 79'),
    },
    Slo: {
        "latency_p95_ms": (7771, "> 7.771"),
        "error_rate": (0.0125, "> 0.18"),
        "accuracy": (0.7123, "< 0.7123"),
        "drift": (0.1717, "> 0.1717"),
        "memory_share": (0.8181, "> 0.8181"),
        "window": ("PT7777S", "[7777s]"),
    },
    Registry: {
        "image": (image("mlflow"), image("mlflow")),
        "replicas": (17, '"replicas": 17'),
        "cpu": ("781m", '"cpu": "781m"'),
        "memory": ("782Mi", '"memory": "782Mi"'),
    },
    Monitoring: {
        "prometheus_image": (image("prometheus"), image("prometheus")),
        "alertmanager_image": (image("alertmanager"), image("alertmanager")),
        "grafana_image": (image("grafana"), image("grafana")),
        "retention": ("P77D", "6652800s"),
        "storage": ("777Gi", '"storage": "777Gi"'),
    },
    Team: {
        "name": ("team-7", '"name": "team-7"'),
        "owner": ("owner-7@example.org", "owner-7@example.org"),
        "cost_centre": ("CC-7", '"mlops-infra/cost-centre": "CC-7"'),
    },
    Model: {
        "name": ("model-7", '"name": "model-7"'),
        "team": ("team-7", '"mlops-infra/team": "team-7"'),
        "image": (image("model"), image("model")),
        "version": ("7.7.7", '"mlops-infra/model-version": "7.7.7"'),
        "digest": (SHA, f'"mlops-infra/model-digest": "{SHA}"'),
        "dataset": ("claims-history", '"mlops-infra/dataset": "claims-history"'),
        "cpu": ("791m", '"cpu": "791m"'),
        "memory": ("792Mi", '"memory": "792Mi"'),
        "gpus": (6, '"nvidia.com/gpu": "6"'),
        "port": (7901, '"containerPort": 7901'),
    },
    Lineage: {"commit": ("7" * 40, "7" * 40), "data": ("sha256:" + "7" * 64, "7" * 64), "run": ("run-7", "run-7")},
    EthicalRecord: {
        "intended_use": ("Use 7.", '"mlops-infra/intended-use": "Use 7."'),
        "risk_class": ("high", '"mlops-infra/risk-class": "high"'),
        "basis": ("Annex III 7", '"mlops-infra/risk-basis": "Annex III 7"'),
    },
    ModelCard: {
        "location": ("cards/7.md", '"mlops-infra/model-card": "cards/7.md"'),
        "digest": ("sha256:" + "8" * 64, '"mlops-infra/model-card-digest": "sha256:' + "8" * 64),
    },
    BiasEvaluation: {
        "metric": ("calibration-difference", "calibration-difference"),
        "groups": (["group-a7", "group-b7"], "group-b7"),
        "value": (0.0717, "0.0717"),
        "date": ("2026-07-17", "2026-07-17"),
        "dataset": ("dataset-7", "dataset-7"),
    },
    Oversight: {
        "role": ("role-7", "role-7"),
        "contact": ("oversight-7@example.org", "oversight-7@example.org"),
        "how": ("By switching it off 7.", "By switching it off 7."),
    },
}
"""Per section and key: a value, and the text that it must leave in some object."""

NESTED: dict[type[BaseModel], set[str]] = {
    Team: {"quota", "members", "grants", "notebook", "flows"},
    Model: {"scale", "slo", "lineage", "record"},
    EthicalRecord: {"card", "bias", "oversight"},
}
"""Keys that hold a section of their own."""

IN_AWS: dict[type[BaseModel], set[str]] = {
    Team: {"budget", "repositories"},
    Grant: {"access"},
    Registry: {"database"},
    Monitoring: {"log_retention", "alert_emails", "prometheus"},
}
"""Keys that change nothing in the cluster; the tests of the AWS side look at them, those of verification at Prometheus' address."""


def section(kind: type[BaseModel], **more: Any) -> Any:
    return kind(**{key: value for key, (value, _) in VALUES[kind].items()}, **more)


@pytest.fixture(scope="module")
def text(cluster_small: Environment, cluster_objects_of: Callable[..., Any]) -> str:
    """All inputs of all objects of an environment whose every key has its own value."""
    team = section(
        Team,
        budget=1,
        quota=section(Quota),
        members=[section(Members)],
        grants=[section(Grant, access="read")],
        notebook=section(Notebook),
        flows=[section(Flow)],
    )
    record = section(
        EthicalRecord, card=section(ModelCard), bias=[section(BiasEvaluation)], oversight=section(Oversight)
    )
    model = section(Model, scale=section(Autoscale), slo=section(Slo), lineage=section(Lineage), record=record)
    env = cluster_small.model_copy(
        update={
            "access": [section(RoleBinding)],
            "registry": section(Registry),
            "monitoring": section(Monitoring),
            "teams": [team],
            "models": [model],
        }
    )
    inputs = [resource.inputs for resource in cluster_objects_of(env).values()]

    def unknown(value: object) -> str:
        assert isinstance(value, Unknown)
        return "unknown"

    return json.dumps(inputs, default=unknown)


def test_no_key_is_forgotten() -> None:
    for kind, values in VALUES.items():
        assert set(kind.model_fields) == set(values) | NESTED.get(kind, set()) | IN_AWS.get(kind, set())


@pytest.mark.parametrize(
    ("kind", "key"),
    [(kind, key) for kind, keys in VALUES.items() for key in keys],
    ids=lambda one: getattr(one, "__name__", one),
)
def test_a_key_does_something(text: str, kind: type[BaseModel], key: str) -> None:
    assert VALUES[kind][key][1] in text
