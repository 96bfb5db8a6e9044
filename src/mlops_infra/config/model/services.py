"""Shared services in and around the cluster: registry, monitoring, alarms."""

from __future__ import annotations

from mlops_infra.config.model.types import Duration, Email, ImageRef, Name, Quantity, Section


class Database(Section):
    """MLflow's PostgreSQL on RDS."""

    instance_class: str = "db.t4g.medium"
    engine_version: str = "16.4"
    storage: int = 50
    """GiB."""
    backup_days: int = 14
    multi_az: bool = True


class Registry(Section):
    """The model registry: an MLflow tracking server."""

    image: ImageRef
    replicas: int = 2
    cpu: Quantity = "500m"
    memory: Quantity = "1Gi"
    database: Database = Database()


class Monitoring(Section):
    """Prometheus, Alertmanager and Grafana in the cluster; logs, alarms and the trail in AWS."""

    prometheus_image: ImageRef
    alertmanager_image: ImageRef
    grafana_image: ImageRef
    retention: Duration = "P15D"
    """Prometheus retention."""
    storage: Quantity = "50Gi"
    log_retention: Duration = "P1Y"
    """CloudWatch log groups."""
    alert_emails: list[Email] = []
    """Subscribers of the SNS topic."""


class Extension(Section):
    """A component from outside of this project, found by its entry point in the group ``mlops_infra.components``."""

    component: Name
    name: Name
    part: str = "platform"
    settings: dict[str, str | int | float | bool] = {}
