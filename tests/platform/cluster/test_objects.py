"""What holds for every Kubernetes object of an environment."""

from __future__ import annotations

from typing import Any

from mlops_infra.config.load import LoadedEnvironment
from mlops_infra.config.model import Environment
from mlops_infra.config.units import quantity
from mlops_infra.graph import Resource

Objects = Any


def of_kind(objects: Objects, *kinds: str) -> list[Resource]:
    return [resource for (kind, _, _), resource in objects.items() if kind in kinds]


def pod_specs(objects: Objects) -> list[tuple[Resource, dict[str, Any]]]:
    return [
        (found, found.inputs["spec"]["template"]["spec"]) for found in of_kind(objects, "Deployment", "StatefulSet")
    ]


def test_every_object_has_its_labels_and_an_origin(cluster_objects: Objects, cluster_loaded: LoadedEnvironment) -> None:
    for resource in cluster_objects.values():
        labels = resource.inputs["metadata"]["labels"]
        assert labels["app.kubernetes.io/managed-by"] == "mlops-infra"
        assert labels["mlops-infra/environment"] == "staging"
        assert resource.config_path, resource.urn
        assert cluster_loaded.origin(resource.config_path).file.startswith("stacks/")


def test_only_the_cloud_s_own_values_are_unknown(cluster_objects: Objects) -> None:
    unknown = {key: len(resource.unknowns) for key, resource in cluster_objects.items() if resource.unknowns}
    assert unknown == {("Deployment", "mlflow", "mlflow"): 2, ("StorageClass", "", "gp3"): 1}


def test_every_pod_is_restricted(cluster_objects: Objects) -> None:
    for _, spec in pod_specs(cluster_objects):
        assert spec["securityContext"]["runAsNonRoot"] is True
        assert spec["securityContext"]["runAsUser"] > 0
        assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        for container in spec["containers"]:
            context = container["securityContext"]
            assert context["allowPrivilegeEscalation"] is False
            assert context["readOnlyRootFilesystem"] is True
            assert context["capabilities"] == {"drop": ["ALL"]}
            assert container["resources"]["requests"] == container["resources"]["limits"]
            assert "@sha256:" in container["image"]
            assert {"startupProbe", "readinessProbe", "livenessProbe"} <= set(container)


def test_only_prometheus_has_a_token(cluster_objects: Objects) -> None:
    with_token = [
        found.inputs["metadata"]["name"]
        for found, spec in pod_specs(cluster_objects)
        if spec["automountServiceAccountToken"]
    ]
    assert with_token == ["prometheus"]
    for account in of_kind(cluster_objects, "ServiceAccount"):
        assert account.inputs["automountServiceAccountToken"] is False


def test_every_pod_has_its_own_service_account(cluster_objects: Objects) -> None:
    accounts = {
        (found.inputs["metadata"]["namespace"], spec["serviceAccountName"])
        for found, spec in pod_specs(cluster_objects)
    }
    assert len(accounts) == len(pod_specs(cluster_objects))
    assert all(("ServiceAccount", *account) in cluster_objects for account in accounts)


def test_every_namespace_denies_what_is_not_declared(cluster_objects: Objects) -> None:
    namespaces = of_kind(cluster_objects, "Namespace")
    assert len(namespaces) == 5
    for namespace in namespaces:
        labels = namespace.inputs["metadata"]["labels"]
        for mode in ("enforce", "audit", "warn"):
            assert labels[f"pod-security.kubernetes.io/{mode}"] == "restricted"
            assert labels[f"pod-security.kubernetes.io/{mode}-version"] == "v1.35"
        deny = cluster_objects["NetworkPolicy", namespace.inputs["metadata"]["name"], "default-deny"].inputs["spec"]
        assert deny == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}


def test_no_policy_opens_to_the_whole_world(cluster_objects: Objects, cluster_staging: Environment) -> None:
    inside = {*cluster_staging.network.private_cidrs, "169.254.170.23/32", "172.20.0.1/32"}
    for policy in of_kind(cluster_objects, "NetworkPolicy"):
        spec = policy.inputs["spec"]
        for direction, side in (("ingress", "from"), ("egress", "to")):
            for rule in spec.get(direction, []):
                assert rule[side]
                assert rule["ports"]
                for peer in rule[side]:
                    assert peer.get("ipBlock", {}).get("cidr", "172.20.0.1/32") in inside
                    assert "ipBlock" in peer or "podSelector" in peer or "namespaceSelector" in peer


def test_no_service_is_reachable_from_outside(cluster_objects: Objects) -> None:
    for service in of_kind(cluster_objects, "Service"):
        assert service.inputs["spec"].get("type", "ClusterIP") == "ClusterIP"


def test_data_is_protected(cluster_objects: Objects) -> None:
    claims = of_kind(cluster_objects, "PersistentVolumeClaim")
    assert len(claims) == 3
    assert all(claim.protect for claim in claims)
    assert cluster_objects["StorageClass", "", "gp3"].inputs["parameters"]["encrypted"] == "true"


def test_workloads_come_after_the_fence(cluster_objects: Objects) -> None:
    for found, _ in pod_specs(cluster_objects):
        namespace = found.inputs["metadata"]["namespace"]
        fence = [
            resource.urn
            for (kind, place, name), resource in cluster_objects.items()
            if (
                place == namespace
                and (name in ("default-deny", "allow-dns") or kind in ("ResourceQuota", "LimitRange"))
            )
            or (kind == "Namespace" and name == namespace)
        ]
        assert len(fence) >= 3
        assert set(fence) <= set(found.dependencies)


def test_what_a_team_runs_fits_its_quota_and_the_nodes(cluster_objects: Objects) -> None:
    for team in ("claims-fraud", "clinical-nlp", "underwriting"):
        hard = cluster_objects["ResourceQuota", team, "quota"].inputs["spec"]["hard"]
        container, _ = cluster_objects["LimitRange", team, "limits"].inputs["spec"]["limits"]
        for resource in ("cpu", "memory", "nvidia.com/gpu"):
            total = 0
            for found, spec in pod_specs(cluster_objects):
                if found.inputs["metadata"]["namespace"] == team:
                    asked = quantity(spec["containers"][0]["resources"]["requests"].get(resource, "0"))
                    scaler = cluster_objects.get(("HorizontalPodAutoscaler", team, found.inputs["metadata"]["name"]))
                    total += asked * (scaler.inputs["spec"]["maxReplicas"] if scaler else 1)
                    assert resource not in container["max"] or asked <= quantity(container["max"][resource])
            assert total <= quantity(hard[f"requests.{resource}"])
