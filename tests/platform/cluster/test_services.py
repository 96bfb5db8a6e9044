"""Serving, the model registry and monitoring in the cluster."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml

from mlops_infra.config.model import Environment
from mlops_infra.platform import metrics
from mlops_infra.platform.dashboards import model_dashboard, platform_dashboard
from mlops_infra.platform.mlflow_start import database_uri, read_secret

Objects = Any
ObjectsOf = Callable[..., Objects]


def model_changed(env: Environment, **update: Any) -> Environment:
    return env.model_copy(update={"models": [env.models[0].model_copy(update=update)]})


def spec(objects: Objects, kind: str, namespace: str, name: str) -> dict[str, Any]:
    found: dict[str, Any] = objects[kind, namespace, name].inputs["spec"]
    return found


def test_a_model_can_be_traced_to_what_was_approved(cluster_objects: Objects, cluster_staging: Environment) -> None:
    for model in cluster_staging.models:
        template = spec(cluster_objects, "Deployment", model.team, model.name)["template"]
        assert template["spec"]["containers"][0]["image"] == model.image
        annotations = template["metadata"]["annotations"]
        assert annotations["mlops-infra/model-version"] == model.version
        assert annotations["mlops-infra/model-digest"] == model.digest
        assert annotations["mlops-infra/dataset"] == model.dataset


def test_a_version_that_is_no_label_is_still_a_version(
    cluster_small: Environment, cluster_objects_of: ObjectsOf
) -> None:
    found = cluster_objects_of(model_changed(cluster_small, version="1.0.0+build." + "7" * 50 + "-"), "teams-00")
    metadata = spec(found, "Deployment", "clinical-nlp", "notes-coder")["template"]["metadata"]
    assert metadata["labels"]["app.kubernetes.io/version"] == "1.0.0_build." + "7" * 50
    assert metadata["annotations"]["mlops-infra/model-version"].endswith("-")


def test_the_page_about_images_says_what_a_server_gets_and_exports(
    cluster_objects: Objects, cluster_staging: Environment
) -> None:
    page = (Path(__file__).parents[3] / "docs" / "images.md").read_text()
    model = cluster_staging.models[0]
    container = spec(cluster_objects, "Deployment", model.team, model.name)["template"]["spec"]["containers"][0]
    told = {variable["name"] for variable in container["env"]} - {"AWS_DEFAULT_REGION", "AWS_STS_REGIONAL_ENDPOINTS"}
    contract = {value for name, value in vars(metrics).items() if name.isupper() and name not in ("SCRAPE_LABEL",)}
    assert len(contract) == 10
    for word in told | contract:
        assert f"`{word}`" in page or f"`GET {word}`" in page


def test_the_autoscaler_alone_decides_on_replicas(cluster_objects: Objects, cluster_staging: Environment) -> None:
    for model in cluster_staging.models:
        assert "replicas" not in spec(cluster_objects, "Deployment", model.team, model.name)
        scaler = spec(cluster_objects, "HorizontalPodAutoscaler", model.team, model.name)
        assert (scaler["minReplicas"], scaler["maxReplicas"]) == (model.scale.min, model.scale.max)
        assert scaler["metrics"][0]["resource"]["target"]["averageUtilization"] == model.scale.cpu_percent
        assert (("PodDisruptionBudget", model.team, model.name) in cluster_objects) is (model.scale.min > 1)


def test_an_update_needs_no_gpu_more_than_the_quota_has(cluster_objects: Objects) -> None:
    rolling = spec(cluster_objects, "Deployment", "clinical-nlp", "notes-coder")["strategy"]["rollingUpdate"]
    assert rolling == {"maxSurge": 0, "maxUnavailable": 1}
    rolling = spec(cluster_objects, "Deployment", "underwriting", "risk-pricer")["strategy"]["rollingUpdate"]
    assert rolling == {"maxSurge": 1, "maxUnavailable": 0}


def test_the_registry_gets_its_password_from_its_secret(cluster_objects: Objects) -> None:
    container = spec(cluster_objects, "Deployment", "mlflow", "mlflow")["template"]["spec"]["containers"][0]
    names = {variable["name"] for variable in container["env"]}
    assert "DATABASE_SECRET_ARN" in names
    assert not {name for name in names if "PASSWORD" in name}
    assert container["command"] == ["python", "/opt/mlops-infra/start.py"]
    script = cluster_objects["ConfigMap", "mlflow", "mlflow-start"].inputs["data"]["start.py"]
    compile(script, "start.py", "exec")


def test_any_password_makes_a_valid_address() -> None:
    class Secrets:
        def get_secret_value(self, *, SecretId: str) -> dict[str, str]:  # noqa: N803 - boto3's name
            held = json.dumps({"username": "mlflow", "password": "p@ss/w:rd%?"})
            return {"VersionId": f"1 of {SecretId}", "SecretString": held}

    version, user, password = read_secret(Secrets(), "arn")
    assert version == "1 of arn"
    variables = {
        "DATABASE_HOST": "db.example",
        "DATABASE_PORT": "5432",
        "DATABASE_NAME": "mlflow",
        "DATABASE_CA": "/etc/ca.pem",
    }
    assert database_uri(variables, user, password) == (
        "postgresql://mlflow:p%40ss%2Fw%3Ard%25%3F@db.example:5432/mlflow?sslmode=verify-full&sslrootcert=/etc/ca.pem"
    )


def test_one_replica_has_no_disruption_budget(cluster_small: Environment, cluster_objects_of: ObjectsOf) -> None:
    registry = cluster_small.registry.model_copy(update={"replicas": 1})
    found = cluster_objects_of(cluster_small.model_copy(update={"registry": registry}), "platform")
    assert spec(found, "Deployment", "mlflow", "mlflow")["replicas"] == 1
    assert ("PodDisruptionBudget", "mlflow", "mlflow") not in found


def test_prometheus_looks_into_the_teams_namespaces_only(
    cluster_objects: Objects, cluster_staging: Environment
) -> None:
    text = cluster_objects["ConfigMap", "monitoring", "prometheus-config"].inputs["data"]["prometheus.yml"]
    jobs = {job["job_name"]: job for job in yaml.safe_load(text)["scrape_configs"]}
    teams = [team.name for team in cluster_staging.teams]
    assert jobs["models"]["kubernetes_sd_configs"] == [{"role": "pod", "namespaces": {"names": teams}}]
    bound = {namespace for kind, namespace, name in cluster_objects if (kind, name) == ("RoleBinding", "prometheus")}
    assert bound == set(teams)
    assert not [name for kind, _, name in cluster_objects if kind == "ClusterRoleBinding" and "prometheus" in name]


def test_prometheus_keeps_what_the_stack_file_says(cluster_objects: Objects) -> None:
    pod = spec(cluster_objects, "StatefulSet", "monitoring", "prometheus")["template"]["spec"]
    arguments = pod["containers"][0]["args"]
    assert "--storage.tsdb.retention.time=1296000s" in arguments
    assert "--storage.tsdb.retention.size=40960MB" in arguments


def test_without_teams_there_is_nothing_to_scrape(cluster_small: Environment, cluster_objects_of: ObjectsOf) -> None:
    found = cluster_objects_of(cluster_small.model_copy(update={"teams": [], "models": []}), "platform")
    text = found["ConfigMap", "monitoring", "prometheus-config"].inputs["data"]["prometheus.yml"]
    assert "kubernetes_sd_configs" not in text
    assert {namespace for _, namespace, _ in found} == {"", "mlflow", "monitoring"}


def test_alerts_go_to_the_topic(cluster_objects: Objects) -> None:
    text = cluster_objects["ConfigMap", "monitoring", "alertmanager-config"].inputs["data"]["alertmanager.yml"]
    (receiver,) = yaml.safe_load(text)["receivers"]
    assert receiver["sns_configs"][0]["topic_arn"] == "arn:aws:sns:eu-central-1:111100000032:meridian-staging-alerts"


def test_every_model_has_rules_and_a_dashboard(cluster_objects: Objects, cluster_staging: Environment) -> None:
    for model in cluster_staging.models:
        rules = cluster_objects["ConfigMap", "monitoring", f"rules-{model.name}"].inputs["data"]
        assert yaml.safe_load(rules[f"{model.name}.yaml"])["groups"][0]["name"] == f"slo-{model.name}"
        board = cluster_objects["ConfigMap", "monitoring", f"dashboard-{model.name}"].inputs["data"]
        assert json.loads(board[f"model-{model.name}.json"])["uid"] == f"model-{model.name}"


def test_dashboards_show_every_measure_and_its_goal(cluster_staging: Environment) -> None:
    model = cluster_staging.models[0]
    panels = json.loads(model_dashboard(cluster_staging, model))["panels"]
    goals = {
        panel["title"]: panel["fieldConfig"]["defaults"]["thresholds"]["steps"][1]["value"]
        for panel in panels
        if "thresholds" in panel["fieldConfig"]["defaults"]
    }
    assert goals == {
        "Latency, 95th percentile": 0.15,
        "Failed requests, 1 h": 0.005,
        "Accuracy": 0.92,
        "Drift by feature (PSI)": 0.15,
        "Memory, share of the limit": 0.9,
    }
    for panel in [*panels, *json.loads(platform_dashboard(cluster_staging))["panels"]]:
        assert panel["datasource"]["uid"] == "prometheus"
        assert all(target["expr"] for target in panel["targets"])
