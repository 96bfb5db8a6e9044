"""Shared services in and around the cluster: registry, monitoring, alarms."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from mlops_infra.config.model.types import (
    Address,
    DatabaseClass,
    Duration,
    Email,
    FilePath,
    ImageRef,
    Name,
    PostgresVersion,
    Quantity,
    Section,
    Variable,
)

_IMAGE = "registry.example.org/platform/{}@sha256:" + "0123456789abcdef" * 4


class Database(Section):
    """MLflow's PostgreSQL on RDS."""

    instance_class: DatabaseClass = Field(default="db.t4g.medium", examples=["db.t4g.medium"])
    """RDS instance class."""
    engine_version: PostgresVersion = Field(default="16.4", examples=["16.4"])
    """PostgreSQL version; in quotes, it is not a number."""
    storage: Annotated[int, Field(ge=20, le=65536)] = Field(default=50, examples=[200])
    """Allocated storage, GiB (RDS gp3: 20 to 65536)."""
    backup_days: Annotated[int, Field(ge=1, le=35)] = Field(default=14, examples=[35])
    """Days that automatic backups are kept (RDS: at most 35; 0 would switch them off and is refused)."""
    multi_az: bool = Field(default=True, examples=[True])
    """A standby in another zone."""


class Registry(Section):
    """The model registry: an MLflow tracking server."""

    image: ImageRef = Field(examples=[_IMAGE.format("mlflow")])
    """Image of the MLflow server, by digest."""
    replicas: Annotated[int, Field(ge=1, le=20)] = Field(default=2, examples=[2])
    """Number of MLflow pods."""
    cpu: Quantity = Field(default="500m", examples=["500m"])
    """CPU of one pod, in cores."""
    memory: Quantity = Field(default="1Gi", examples=["1Gi"])
    """Memory of one pod."""
    database: Database = Field(default=Database(), examples=[{"instance_class": "db.m7g.large", "storage": 200}])
    """The server's database."""


class PrometheusApi(Section):
    """Where Prometheus' HTTP API answers the machines that promote. The token itself never stands in a stack file."""

    url: Address = Field(examples=["https://prometheus.prod.meridian-health.example"])
    """Its address; `http` only on this machine's own loopback, such as the end of a tunnel."""
    token_variable: Variable | None = Field(default=None, examples=["PROD_PROMETHEUS_TOKEN"])
    """Environment variable that holds a bearer token for it."""
    token_file: FilePath | None = Field(default=None, examples=["/run/secrets/prod-prometheus-token"])
    """File that holds a bearer token for it; not both."""


class Monitoring(Section):
    """Prometheus, Alertmanager and Grafana in the cluster; logs, alarms and the trail in AWS."""

    prometheus_image: ImageRef = Field(examples=[_IMAGE.format("prometheus")])
    """Image of Prometheus, by digest."""
    alertmanager_image: ImageRef = Field(examples=[_IMAGE.format("alertmanager")])
    """Image of Alertmanager, by digest."""
    grafana_image: ImageRef = Field(examples=[_IMAGE.format("grafana")])
    """Image of Grafana, by digest."""
    retention: Duration = Field(default="P15D", examples=["P15D", "P30D"])
    """How long Prometheus keeps samples."""
    storage: Quantity = Field(default="50Gi", examples=["50Gi"])
    """Volume of Prometheus."""
    log_retention: Duration = Field(default="P1Y", examples=["P1Y", "P6Y"])
    """How long CloudWatch log groups keep events."""
    prometheus: PrometheusApi | None = Field(
        default=None,
        examples=[{"url": "https://prometheus.prod.meridian-health.example", "token_variable": "PROM_TOKEN"}],
    )
    """Where verification asks Prometheus on `target: aws`; the sandbox asks its own. Without it PromQL checks are unknown there."""
    alert_emails: list[Email] = Field(default=[], examples=[["ml-platform-oncall@meridian-health.example"]])
    """Subscribers of the SNS topic that alarms and budgets report to."""


class Extension(Section):
    """A component from outside of this project, found by its entry point in the group ``mlops_infra.components``."""

    component: Name = Field(examples=["feature-store"])
    """Name of the entry point."""
    name: Name = Field(examples=["features"])
    """Name of this instance of the component, unique in the environment."""
    part: Literal["foundation", "platform"] = Field(default="platform", examples=["platform"])
    """Part that the component belongs to."""
    settings: dict[Annotated[str, Field(min_length=1, max_length=128)], str | int | float | bool] = Field(
        default={}, examples=[{"shards": 3, "tier": "gold"}]
    )
    """What the component's own schema asks for. Never put a secret here: stack files are not encrypted."""
