"""The configuration files of Prometheus, Alertmanager and Grafana, made from the environment. Pure: plain dictionaries."""

from __future__ import annotations

from typing import Any, Final

from mlops_infra.config.model import Environment
from mlops_infra.platform.metrics import MODEL, SCRAPE_LABEL, TEAM
from mlops_infra.platform.monitoring_rules import INTERVAL_SECONDS
from mlops_infra.platform.names import Names

NAMESPACE: Final = "monitoring"
PROMETHEUS_PORT: Final = 9090
ALERTMANAGER_PORT: Final = 9093
GRAFANA_PORT: Final = 3000

RULES_FOLDER: Final = "/etc/prometheus/rules"
DASHBOARDS_FOLDER: Final = "/var/lib/dashboards"


def address(app: str, port: int) -> str:
    """Host and port of one of the services here."""
    return f"{app}.{NAMESPACE}.svc.cluster.local:{port}"


def prometheus_config(env: Environment) -> dict[str, Any]:
    """``prometheus.yml``: the teams' model servers are found through the API server, namespace by namespace."""
    interval = f"{INTERVAL_SECONDS}s"
    alertmanager = address("alertmanager", ALERTMANAGER_PORT)
    jobs: list[dict[str, Any]] = [
        {"job_name": "prometheus", "static_configs": [{"targets": [f"localhost:{PROMETHEUS_PORT}"]}]},
        {"job_name": "alertmanager", "static_configs": [{"targets": [alertmanager]}]},
    ]
    # An empty list of namespaces would mean all of them.
    if env.teams:
        jobs.append(_models(env))
    return {
        "global": {
            "scrape_interval": interval,
            "evaluation_interval": interval,
            "external_labels": {"project": env.project, "environment": env.environment},
        },
        "rule_files": [f"{RULES_FOLDER}/*.yaml"],
        "alerting": {"alertmanagers": [{"static_configs": [{"targets": [alertmanager]}]}]},
        "scrape_configs": jobs,
    }


def _models(env: Environment) -> dict[str, Any]:
    pod = "__meta_kubernetes_pod"
    labelled = f"{pod}_label_{_meta(SCRAPE_LABEL)}"
    return {
        "job_name": "models",
        # A server with runaway labels loses its own scrape, and nobody else's.
        "sample_limit": 20_000,
        "kubernetes_sd_configs": [
            {"role": "pod", "namespaces": {"names": [Names(env).namespace(team.name) for team in env.teams]}}
        ],
        "relabel_configs": [
            {"source_labels": [labelled], "regex": ".+", "action": "keep"},
            {"source_labels": [f"{pod}_annotation_prometheus_io_scrape"], "regex": "true", "action": "keep"},
            {"source_labels": [f"{pod}_container_port_name"], "regex": "http", "action": "keep"},
            {"source_labels": [f"{pod}_phase"], "regex": "Running", "action": "keep"},
            {"source_labels": [f"{pod}_annotation_prometheus_io_path"], "target_label": "__metrics_path__"},
            {"source_labels": [labelled], "target_label": MODEL},
            {"source_labels": [f"{pod}_label_{_meta('mlops-infra/team')}"], "target_label": TEAM},
            {"source_labels": [f"{pod}_label_{_meta('app.kubernetes.io/version')}"], "target_label": "version"},
            {"source_labels": ["__meta_kubernetes_namespace"], "target_label": "namespace"},
            {"source_labels": [f"{pod}_name"], "target_label": "pod"},
        ],
    }


def _meta(label: str) -> str:
    """A Kubernetes label's name as Prometheus' service discovery writes it."""
    return "".join(character if character.isalnum() else "_" for character in label)


def alertmanager_config(env: Environment) -> dict[str, Any]:
    """``alertmanager.yml``: everything goes to the environment's SNS topic, grouped by model; an absent model silences its own rest."""
    return {
        "route": {
            "receiver": "sns",
            "group_by": ["alertname", "team", "model"],
            "group_wait": "30s",
            "group_interval": "5m",
            "repeat_interval": "12h",
            "routes": [{"receiver": "sns", "matchers": ['severity="critical"'], "repeat_interval": "1h"}],
        },
        "inhibit_rules": [
            {
                "source_matchers": ['alertname="ModelAbsent"'],
                "target_matchers": ['alertname!="ModelAbsent"'],
                "equal": ["team", "model"],
            }
        ],
        "receivers": [
            {
                "name": "sns",
                "sns_configs": [
                    {
                        "topic_arn": Names(env).topic_arn,
                        "sigv4": {"region": env.aws.region},
                        "send_resolved": True,
                        "subject": f"[{env.environment}] "
                        "{{ .Status }}: {{ .GroupLabels.alertname }} {{ .GroupLabels.model }}",
                        "message": "{{ range .Alerts }}{{ .Status }} {{ .Labels.severity }} {{ .Labels.team }}: "
                        "{{ .Annotations.summary }} ({{ .Annotations.runbook }})\n{{ end }}",
                        "attributes": {
                            "severity": "{{ .CommonLabels.severity }}",
                            "team": "{{ .CommonLabels.team }}",
                        },
                    }
                ],
            }
        ],
    }


def grafana_files() -> dict[str, dict[str, Any]]:
    """Grafana's provisioning: one data source, one folder of dashboards."""
    return {
        "datasources.yaml": {
            "apiVersion": 1,
            "datasources": [
                {
                    "name": "Prometheus",
                    "uid": "prometheus",
                    "type": "prometheus",
                    "access": "proxy",
                    "url": f"http://{address('prometheus', PROMETHEUS_PORT)}",
                    "isDefault": True,
                    "editable": False,
                    "jsonData": {"httpMethod": "POST", "timeInterval": f"{INTERVAL_SECONDS}s"},
                }
            ],
        },
        "dashboards.yaml": {
            "apiVersion": 1,
            "providers": [
                {
                    "name": "mlops-infra",
                    "type": "file",
                    "disableDeletion": True,
                    "allowUiUpdates": False,
                    "options": {"path": DASHBOARDS_FOLDER},
                }
            ],
        },
    }


GRAFANA_VARIABLES: Final = {
    # Whoever reaches Grafana got there by `kubectl port-forward`, which RBAC decides; there is no password to store or to lose.
    "GF_AUTH_ANONYMOUS_ENABLED": "true",
    "GF_AUTH_ANONYMOUS_ORG_ROLE": "Viewer",
    "GF_AUTH_DISABLE_LOGIN_FORM": "true",
    "GF_AUTH_BASIC_ENABLED": "false",
    "GF_SECURITY_DISABLE_INITIAL_ADMIN_CREATION": "true",
    "GF_USERS_ALLOW_SIGN_UP": "false",
    "GF_ANALYTICS_REPORTING_ENABLED": "false",
    "GF_ANALYTICS_CHECK_FOR_UPDATES": "false",
    "GF_ANALYTICS_CHECK_FOR_PLUGIN_UPDATES": "false",
    "GF_NEWS_NEWS_FEED_ENABLED": "false",
    "GF_SECURITY_DISABLE_GRAVATAR": "true",
    "GF_SNAPSHOTS_EXTERNAL_ENABLED": "false",
    "GF_PATHS_DATA": "/var/lib/grafana",
    "GF_PATHS_LOGS": "/var/lib/grafana/log",
    "GF_PATHS_PROVISIONING": "/etc/grafana/provisioning",
    "GF_LOG_MODE": "console",
}
"""Grafana's settings, one variable each (Grafana documentation, "Override configuration with environment variables")."""
