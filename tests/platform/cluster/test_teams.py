"""What a team's lines in the stack file do in the cluster."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mlops_infra.config.model import Environment, Flow, Members, Team

Objects = Any
ObjectsOf = Callable[..., Objects]


def changed(env: Environment, **update: Any) -> Environment:
    """The small environment with other lines of its one team."""
    return env.model_copy(update={"teams": [env.teams[0].model_copy(update=update)]})


def spec(objects: Objects, kind: str, namespace: str, name: str) -> dict[str, Any]:
    found: dict[str, Any] = objects[kind, namespace, name].inputs["spec"]
    return found


def test_a_team_has_its_quota(cluster_objects: Objects) -> None:
    assert spec(cluster_objects, "ResourceQuota", "clinical-nlp", "quota")["hard"] == {
        "requests.cpu": "64",
        "requests.memory": "256Gi",
        "requests.nvidia.com/gpu": "2",
        "requests.storage": "1Ti",
        "pods": "80",
        "services.loadbalancers": "0",
        "services.nodeports": "0",
    }


def test_no_container_is_larger_than_a_node(cluster_objects: Objects) -> None:
    container, claim = spec(cluster_objects, "LimitRange", "clinical-nlp", "limits")["limits"]
    assert container["max"] == container["default"] == {"cpu": "16", "memory": "64Gi"}
    assert claim["max"] == {"storage": "1Ti"}


def test_members_hold_their_role_in_their_namespace_only(cluster_objects: Objects) -> None:
    bindings = {
        (namespace, name): resource.inputs
        for (kind, namespace, name), resource in cluster_objects.items()
        if kind == "RoleBinding" and name != "prometheus"
    }
    assert set(bindings) == {
        (team, role)
        for team in ("claims-fraud", "clinical-nlp", "underwriting")
        for role in ("ml-engineer", "data-scientist")
    }
    binding = bindings["underwriting", "data-scientist"]
    assert binding["roleRef"]["name"] == "mlops-infra-data-scientist"
    assert [subject["name"] for subject in binding["subjects"]] == ["actuaries"]


def test_two_entries_of_one_role_are_two_bindings(cluster_small: Environment, cluster_objects_of: ObjectsOf) -> None:
    members = [Members(role="auditor", groups=["first"]), Members(role="auditor", groups=["second"])]
    found = cluster_objects_of(changed(cluster_small, members=members), "teams-00")
    assert ("RoleBinding", "clinical-nlp", "auditor") in found
    assert ("RoleBinding", "clinical-nlp", "auditor-1") in found


def test_a_declared_flow_opens_both_ends(cluster_small: Environment, cluster_objects_of: ObjectsOf) -> None:
    flows = [
        Flow(to="mlflow/mlflow", port=5000),
        Flow(to="10.99.0.0/24", port=8443),
        Flow(to="clinical-nlp/notes-coder", port=8080),
        Flow(to="clinical-nlp/notebook", port=8888),
        Flow(to="monitoring/grafana", port=3000),
    ]
    found = cluster_objects_of(changed(cluster_small, flows=flows))
    outside = spec(found, "NetworkPolicy", "clinical-nlp", "allow-10-99-0-0-24-8443")
    assert outside["egress"] == [
        {"to": [{"ipBlock": {"cidr": "10.99.0.0/24"}}], "ports": [{"port": 8443, "protocol": "TCP"}]}
    ]
    inside = spec(found, "NetworkPolicy", "clinical-nlp", "allow-clinical-nlp-notes-coder-8080")
    assert inside["egress"][0]["to"][0]["podSelector"] == {"matchLabels": {"app.kubernetes.io/name": "notes-coder"}}
    called = spec(found, "NetworkPolicy", "clinical-nlp", "notes-coder-ingress")
    assert called["ingress"][0]["from"][-1]["namespaceSelector"]["matchExpressions"][0]["values"] == ["clinical-nlp"]
    for namespace, name, port in (
        ("mlflow", "allow-teams", 5000),
        ("clinical-nlp", "notebook-ingress", 8888),
        ("monitoring", "grafana", 3000),
    ):
        (rule,) = spec(found, "NetworkPolicy", namespace, name)["ingress"]
        assert rule["from"][0]["namespaceSelector"]["matchExpressions"][0]["values"] == ["clinical-nlp"]
        assert rule["ports"] == [{"port": port, "protocol": "TCP"}]


def test_without_flows_nobody_comes_in(cluster_small: Environment, cluster_objects_of: ObjectsOf) -> None:
    found = cluster_objects_of(changed(cluster_small, flows=[]))
    assert ("NetworkPolicy", "mlflow", "allow-teams") not in found
    assert ("NetworkPolicy", "clinical-nlp", "notebook-ingress") not in found
    assert "ingress" not in spec(found, "NetworkPolicy", "monitoring", "grafana")
    called = spec(found, "NetworkPolicy", "clinical-nlp", "notes-coder-ingress")
    assert [peer["namespaceSelector"]["matchLabels"] for peer in called["ingress"][0]["from"]] == [
        {"kubernetes.io/metadata.name": "monitoring"}
    ]
    notebook = spec(found, "StatefulSet", "clinical-nlp", "notebook")["template"]["spec"]["containers"][0]
    assert "MLFLOW_TRACKING_URI" not in {variable["name"] for variable in notebook["env"]}


def test_a_notebook_knows_what_its_team_was_granted(cluster_objects: Objects) -> None:
    notebook = spec(cluster_objects, "StatefulSet", "claims-fraud", "notebook")["template"]["spec"]["containers"][0]
    variables = {variable["name"]: variable["value"] for variable in notebook["env"]}
    assert variables["DATASET_CLAIMS_HISTORY_BUCKET"] == "meridian-staging-data-claims-history-111100000032"
    assert variables["ARTIFACT_BUCKET"] == "meridian-staging-artifacts-claims-fraud-111100000032"
    assert variables["MLFLOW_TRACKING_URI"] == "http://mlflow.mlflow.svc.cluster.local:5000"
    assert {name for name in variables if name.startswith("DATASET_")} == {
        "DATASET_CLAIMS_HISTORY_BUCKET",
        "DATASET_FRAUD_LABELS_BUCKET",
        "DATASET_PROVIDER_DIRECTORY_BUCKET",
    }


def test_gpus_are_asked_for_and_tolerated(cluster_objects: Objects) -> None:
    for name, kind in (("notebook", "StatefulSet"), ("notes-coder", "Deployment")):
        pod = spec(cluster_objects, kind, "clinical-nlp", name)["template"]["spec"]
        assert pod["containers"][0]["resources"]["limits"]["nvidia.com/gpu"] == "1"
        assert pod["tolerations"] == [
            {"key": "nvidia.com/gpu", "operator": "Equal", "value": "present", "effect": "NoSchedule"}
        ]
    without = spec(cluster_objects, "StatefulSet", "claims-fraud", "notebook")["template"]["spec"]
    assert "tolerations" not in without


def test_only_who_asks_has_a_notebook(cluster_objects: Objects) -> None:
    assert {namespace for kind, namespace, name in cluster_objects if name == "notebook"} == {
        "claims-fraud",
        "clinical-nlp",
    }


def test_a_namespace_says_whose_it_is_and_how_sensitive(cluster_objects: Objects, cluster_staging: Environment) -> None:
    metadata = cluster_objects["Namespace", "", "claims-fraud"].inputs["metadata"]
    (team,) = [team for team in cluster_staging.teams if team.name == "claims-fraud"]
    assert isinstance(team, Team)
    assert metadata["labels"]["mlops-infra/data-classification"] == "phi"
    assert metadata["labels"]["mlops-infra/cost-centre"] == team.cost_centre
    assert metadata["annotations"]["mlops-infra/owner"] == team.owner
