"""Monitoring in the cluster: Prometheus with the rules of every SLO, Alertmanager to the SNS topic, Grafana with the dashboards.

Data flow: model servers' ``/metrics`` → Prometheus (found in the teams' namespaces only) → rules → Alertmanager → SNS; Grafana reads
Prometheus. Nobody else may talk to any of them but teams that declare a flow; people come by ``kubectl port-forward``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final

import pulumi
import yaml
from pulumi_kubernetes.apps.v1 import (
    Deployment,
    DeploymentSpecArgs,
    DeploymentStrategyArgs,
    StatefulSet,
    StatefulSetSpecArgs,
)
from pulumi_kubernetes.core.v1 import ConfigMap, Service, ServicePortArgs, ServiceSpecArgs
from pulumi_kubernetes.meta.v1 import LabelSelectorArgs, LabelSelectorRequirementArgs
from pulumi_kubernetes.networking.v1 import NetworkPolicyPeerArgs

from mlops_infra.config.model import Environment, Monitoring
from mlops_infra.config.units import duration_seconds, quantity
from mlops_infra.platform.dashboards import model_dashboard, platform_dashboard
from mlops_infra.platform.fence import FenceArgs, fence
from mlops_infra.platform.flows import (
    NAMESPACE_LABEL,
    api_server,
    application,
    aws_endpoints,
    callers,
    from_,
    policy,
    to,
)
from mlops_infra.platform.metrics import SCRAPE_LABEL
from mlops_infra.platform.monitoring_config import (
    ALERTMANAGER_PORT,
    DASHBOARDS_FOLDER,
    GRAFANA_PORT,
    GRAFANA_VARIABLES,
    NAMESPACE,
    PROMETHEUS_PORT,
    RULES_FOLDER,
    alertmanager_config,
    grafana_files,
    prometheus_config,
)
from mlops_infra.platform.monitoring_rules import slo_rules
from mlops_infra.platform.notebook import claim
from mlops_infra.platform.objects import Scope
from mlops_infra.platform.part import Part, at
from mlops_infra.platform.pods import PodRoleArgs, pod_role
from mlops_infra.platform.policies import allow
from mlops_infra.platform.shared import PLATFORM_PRIORITY, Shared
from mlops_infra.platform.team_cluster import service_account
from mlops_infra.platform.workload import Folder, Probes, Size, Workload, pod_template

PROMETHEUS: Final = "prometheus"
ALERTMANAGER: Final = "alertmanager"
GRAFANA: Final = "grafana"

_TMP: Final = "/tmp"  # noqa: S108 - a folder in the containers


@dataclass(frozen=True)
class MonitoringArgs:
    part: Part


class ClusterMonitoring(pulumi.ComponentResource):
    """Prometheus, Alertmanager and Grafana. `prometheus` is the address of Prometheus."""

    prometheus: pulumi.Output[str]

    def __init__(self, name: str, args: MonitoringArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("mlops:platform:ClusterMonitoring", name, None, opts)
        part, asked = args.part, args.part.env.monitoring
        made = fence(FenceArgs(part, NAMESPACE, ("monitoring",)), self)
        scope = Scope(
            part,
            self,
            app="monitoring",
            namespace=NAMESPACE,
            component="monitoring",
            after=(made, *part.made(Shared).needed),
        )
        rules, boards = self._models(scope)
        self._network(scope)
        with at("monitoring", "prometheus_image"):
            service = self._prometheus(scope.of(PROMETHEUS), asked, rules)
        with at("monitoring", "alertmanager_image"):
            self._alertmanager(scope.of(ALERTMANAGER), asked)
        with at("monitoring", "grafana_image"):
            self._grafana(scope.of(GRAFANA), asked, boards)
        self.prometheus = service.metadata.name.apply(
            lambda found: f"http://{found}.{NAMESPACE}.svc.cluster.local:{PROMETHEUS_PORT}"
        )
        self.register_outputs({"prometheus": self.prometheus})

    def _models(self, scope: Scope) -> tuple[list[ConfigMap], list[ConfigMap]]:
        """A ConfigMap of rules and one of the dashboard for each model, since one map holds at most 1 MiB."""
        env, rules, boards = scope.part.env, [], []
        written = slo_rules(env)
        for model in env.models:
            with at("models", model.name, "slo"):
                text = {f"{model.name}.yaml": _yaml(written[model.name])}
                rules.append(config_map(scope.of(PROMETHEUS), f"rules-{model.name}", text))
            with at("models", model.name):
                board = {f"model-{model.name}.json": model_dashboard(env, model)}
                boards.append(config_map(scope.of(GRAFANA), f"dashboard-{model.name}", board))
        boards.append(config_map(scope.of(GRAFANA), "dashboards", {"platform.json": platform_dashboard(env)}))
        return rules, boards

    def _network(self, scope: Scope) -> None:
        env = scope.part.env
        prometheus, alertmanager, grafana = (scope.of(app) for app in (PROMETHEUS, ALERTMANAGER, GRAFANA))
        peers = {app: application(NAMESPACE, app) for app in (PROMETHEUS, ALERTMANAGER, GRAFANA)}
        policy(
            prometheus,
            PROMETHEUS,
            select=prometheus.select,
            ingress=[
                from_([peers[GRAFANA], *callers(scope.part, NAMESPACE, PROMETHEUS, PROMETHEUS_PORT)], PROMETHEUS_PORT)
            ],
            egress=[
                to([peers[ALERTMANAGER]], ALERTMANAGER_PORT),
                # To find pods.
                api_server(env),
                *([to([_models_of(env)], *sorted({model.port for model in env.models}))] if env.models else []),
            ],
        )
        policy(
            alertmanager,
            ALERTMANAGER,
            select=alertmanager.select,
            ingress=[
                from_(
                    [peers[PROMETHEUS], *callers(scope.part, NAMESPACE, ALERTMANAGER, ALERTMANAGER_PORT)],
                    ALERTMANAGER_PORT,
                )
            ],
            egress=aws_endpoints(env),
        )
        viewers = callers(scope.part, NAMESPACE, GRAFANA, GRAFANA_PORT)
        policy(
            grafana,
            GRAFANA,
            select=grafana.select,
            ingress=[from_(viewers, GRAFANA_PORT)] if viewers else [],
            egress=[to([peers[PROMETHEUS]], PROMETHEUS_PORT)],
        )

    def _prometheus(self, scope: Scope, asked: Monitoring, rules: list[ConfigMap]) -> Service:
        account = service_account(scope, PROMETHEUS)
        env = scope.part.env
        with at("teams"):
            config = config_map(scope, "prometheus-config", {"prometheus.yml": _yaml(prometheus_config(env))})
        with at("monitoring", "storage"):
            data = claim(scope, "prometheus-data", asked.storage)
        service = _service(scope, PROMETHEUS_PORT)
        work = Workload(
            image=asked.prometheus_image,
            service_account=PROMETHEUS,
            port=PROMETHEUS_PORT,
            size=Size("500m", "2Gi"),
            # Replaying the write-ahead log takes minutes after a crash.
            probes=Probes(ready="/-/ready", alive="/-/healthy", startup_seconds=900),
            priority=PLATFORM_PRIORITY,
            arguments=(
                "--config.file=/etc/prometheus/prometheus.yml",
                "--storage.tsdb.path=/prometheus",
                f"--storage.tsdb.retention.time={duration_seconds(asked.retention)}s",
                # The rest of the volume is for the write-ahead log and for compaction.
                f"--storage.tsdb.retention.size={int(quantity(asked.storage) * 8 / 10) // 2**20}MB",
                # Changed rules and targets are read without a restart.
                "--enable-feature=auto-reload-config",
            ),
            folders=(
                Folder("data", "/prometheus", claim="prometheus-data"),
                Folder("config", "/etc/prometheus", config_maps=("prometheus-config",)),
                *([Folder("rules", RULES_FOLDER, config_maps=_rule_maps(env))] if rules else []),
            ),
            user=65534,
            token=True,
        )
        StatefulSet(
            scope.key(PROMETHEUS),
            metadata=scope.meta(PROMETHEUS),
            spec=StatefulSetSpecArgs(
                service_name=PROMETHEUS, replicas=1, selector=scope.selector, template=pod_template(scope, work)
            ),
            opts=scope.options(account, data, config, *rules),
        )
        return service

    def _alertmanager(self, scope: Scope, asked: Monitoring) -> None:
        account = service_account(scope, ALERTMANAGER)
        text = _yaml(alertmanager_config(scope.part.env))
        config = config_map(scope, "alertmanager-config", {"alertmanager.yml": text})
        _service(scope, ALERTMANAGER_PORT)
        region = scope.part.env.aws.region
        work = Workload(
            image=asked.alertmanager_image,
            service_account=ALERTMANAGER,
            port=ALERTMANAGER_PORT,
            size=Size("100m", "256Mi"),
            probes=Probes(ready="/-/ready", alive="/-/healthy"),
            priority=PLATFORM_PRIORITY,
            arguments=(
                "--config.file=/etc/alertmanager/alertmanager.yml",
                "--storage.path=/alertmanager",
                # One server has nobody to gossip with.
                "--cluster.listen-address=",
            ),
            variables={"AWS_REGION": region, "AWS_STS_REGIONAL_ENDPOINTS": "regional"},
            folders=(
                Folder("data", "/alertmanager", scratch="1Gi"),
                Folder("config", "/etc/alertmanager", config_maps=("alertmanager-config",)),
            ),
            user=65534,
            # It reads its configuration at the start only.
            annotations={"mlops-infra/config": sha256(text.encode()).hexdigest()},
        )
        _single(scope, work, account, config)
        self._alertmanager_role(scope)

    def _alertmanager_role(self, scope: Scope) -> None:
        """What Alertmanager's pods may do in AWS: publish to the environment's topic, which its key encrypts."""
        part, names = scope.part, scope.names
        key = part.take("keys.platform.arn")
        pod_role(
            ALERTMANAGER,
            PodRoleArgs(
                names=names,
                role=names.role(ALERTMANAGER),
                description="Alertmanager",
                namespace=NAMESPACE,
                service_account=ALERTMANAGER,
                boundary=part.take("boundary.arn"),
                cluster=part.take("cluster.name"),
                tags=names.tags(names.role(ALERTMANAGER)),
                statements=[
                    allow("Publish", ["sns:Publish"], [names.topic_arn]),
                    allow(
                        "TopicKey",
                        ["kms:Decrypt", "kms:GenerateDataKey"],
                        [key],
                        condition={"StringEquals": {"kms:ViaService": names.endpoint("sns")}},
                    ),
                ],
            ),
            self,
        )

    def _grafana(self, scope: Scope, asked: Monitoring, boards: list[ConfigMap]) -> None:
        account = service_account(scope, GRAFANA)
        provisioning = {name: _yaml(content) for name, content in grafana_files().items()}
        maps = [
            config_map(scope, f"grafana-{name.removesuffix('.yaml')}", {name: text})
            for name, text in provisioning.items()
        ]
        _service(scope, GRAFANA_PORT)
        names = (*(f"dashboard-{model.name}" for model in scope.part.env.models), "dashboards")
        work = Workload(
            image=asked.grafana_image,
            service_account=GRAFANA,
            port=GRAFANA_PORT,
            size=Size("200m", "512Mi"),
            probes=Probes(ready="/api/health", alive="/api/health"),
            priority=PLATFORM_PRIORITY,
            variables=GRAFANA_VARIABLES,
            folders=(
                Folder("data", "/var/lib/grafana", scratch="1Gi"),
                Folder("tmp", _TMP, scratch="256Mi"),
                Folder("datasources", "/etc/grafana/provisioning/datasources", config_maps=("grafana-datasources",)),
                Folder("providers", "/etc/grafana/provisioning/dashboards", config_maps=("grafana-dashboards",)),
                Folder("dashboards", DASHBOARDS_FOLDER, config_maps=names),
            ),
            user=472,
            annotations={"mlops-infra/config": sha256(json.dumps(provisioning).encode()).hexdigest()},
        )
        _single(scope, work, account, *maps, *boards)


def monitoring(part: Part) -> None:
    """Make the monitoring in the cluster."""
    with at("monitoring"):
        ClusterMonitoring("monitoring", MonitoringArgs(part))


def config_map(scope: Scope, name: str, data: Mapping[str, str]) -> ConfigMap:
    """Files for a pod."""
    return ConfigMap(scope.key(name), metadata=scope.meta(name), data=dict(data), opts=scope.options())


def _single(scope: Scope, work: Workload, *after: pulumi.Resource) -> Deployment:
    """A Deployment of one pod, which goes before its successor comes."""
    return Deployment(
        scope.key(scope.app),
        metadata=scope.meta(scope.app),
        spec=DeploymentSpecArgs(
            replicas=1,
            selector=scope.selector,
            strategy=DeploymentStrategyArgs(type="Recreate"),
            revision_history_limit=5,
            template=pod_template(scope, work),
        ),
        opts=scope.options(*after),
    )


def _service(scope: Scope, port: int) -> Service:
    return Service(
        scope.key(scope.app),
        metadata=scope.meta(scope.app),
        spec=ServiceSpecArgs(
            type="ClusterIP",
            selector=scope.select,
            ports=[ServicePortArgs(name="http", port=port, target_port="http", protocol="TCP")],
        ),
        opts=scope.options(),
    )


def _models_of(env: Environment) -> NetworkPolicyPeerArgs:
    """The model servers of all teams."""
    return NetworkPolicyPeerArgs(
        namespace_selector=LabelSelectorArgs(
            match_expressions=[
                LabelSelectorRequirementArgs(
                    key=NAMESPACE_LABEL, operator="In", values=sorted({model.team for model in env.models})
                )
            ]
        ),
        pod_selector=LabelSelectorArgs(
            match_expressions=[LabelSelectorRequirementArgs(key=SCRAPE_LABEL, operator="Exists")]
        ),
    )


def _rule_maps(env: Environment) -> tuple[str, ...]:
    return tuple(f"rules-{model.name}" for model in env.models)


def _yaml(content: Any) -> str:
    return yaml.safe_dump(content, sort_keys=False, width=4096)
