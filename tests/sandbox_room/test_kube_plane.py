"""Pure parts of the Kubernetes plane: what kwokctl is told, nodes from node pools, volumes from claims."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from mlops_infra.config import load_environment
from mlops_infra.sandbox.kube_plane.config import PROCESSES, PROGRAMS, Ports, audit_policy, kwokctl_configuration
from mlops_infra.sandbox.kube_plane.nodes import nodes
from mlops_infra.sandbox.kube_plane.volumes import DRIVER, NODE, growth, is_done_with, volume_for

STACKS = Path(__file__).parents[2] / "stacks"
STORAGE = {"metadata": {"name": "gp3"}, "provisioner": DRIVER, "volumeBindingMode": "WaitForFirstConsumer"}


def claim(**annotations: str) -> dict[str, Any]:
    return {
        "metadata": {
            "name": "data-0",
            "namespace": "team",
            "uid": "91a4b491-7c86-4312-ad37-644a90bd4d6f",
            "annotations": {"volume.kubernetes.io/storage-provisioner": DRIVER, **annotations},
        },
        "spec": {
            "accessModes": ["ReadWriteOnce"],
            "resources": {"requests": {"storage": "5Gi"}},
            "storageClassName": "gp3",
        },
    }


def test_everything_binds_loopback_and_rbac_admission_and_audit_are_on():
    programs = {name: Path("/bin") / name for name in PROGRAMS}
    options = kwokctl_configuration(programs, Ports(1, 2, 3, 4, 5, 6), Path("/audit"))["options"]
    assert options["bindAddress"] == "127.0.0.1"
    assert options["securePort"] is options["kubeAuthorization"] is options["kubeAdmission"] is True
    assert options["kubeAuditPolicy"] == "/audit"
    assert options["components"] == list(PROCESSES)
    assert {value for key, value in options.items() if key.endswith("Binary")} == {
        str(path) for name, path in programs.items() if name != "kwokctl"
    }
    assert Ports(1, 2, 3, 4, 5, 6).of("kwok-controller") == 6


def test_secrets_are_audited_without_bodies_and_rbac_with():
    rules = audit_policy()["rules"]

    def level(group: str, resource: str, verb: str) -> str:
        for rule in rules:
            groups = rule.get("resources")
            matches = groups is None or any(
                one["group"] == group and resource in one.get("resources", [resource]) for one in groups
            )
            if matches and verb in rule.get("verbs", [verb]) and "users" not in rule and "nonResourceURLs" not in rule:
                return rule["level"]
        raise AssertionError

    assert level("", "secrets", "create") == level("", "serviceaccounts/token", "create") == "Metadata"
    assert level("rbac.authorization.k8s.io", "roles", "patch") == "RequestResponse"
    assert level("", "events", "create") == "None"
    assert level("apps", "deployments", "get") == "Metadata"


def test_nodes_come_from_the_pools():
    env = load_environment(STACKS, "staging").environment
    found = {node["metadata"]["name"]: node for node in nodes(env)}
    assert list(found) == ["cpu-0", "cpu-1", "cpu-2", "gpu-0", "gpu-1"]
    zones = [node["metadata"]["labels"]["topology.kubernetes.io/zone"] for node in found.values()]
    assert zones == [*env.network.zones, *env.network.zones[:2]]
    gpu = found["gpu-0"]
    assert gpu["status"]["capacity"]["nvidia.com/gpu"] == "1"
    assert gpu["spec"]["taints"] == [{"key": "nvidia.com/gpu", "value": "present", "effect": "NoSchedule"}]
    assert gpu["metadata"]["labels"]["workload"] == "gpu"
    assert gpu["metadata"]["labels"]["eks.amazonaws.com/nodegroup"] == "gpu"
    assert gpu["metadata"]["labels"]["node.kubernetes.io/instance-type"] == "g6.4xlarge"
    assert "nvidia.com/gpu" not in found["cpu-0"]["status"]["capacity"]
    assert found["cpu-0"]["spec"]["taints"] == []


def test_a_claim_waits_for_the_scheduler_and_then_gets_a_volume_in_its_zone():
    assert volume_for(claim(), STORAGE, None) is None
    made = volume_for(claim(**{NODE: "cpu-0"}), STORAGE, "eu-central-1a")
    assert made is not None
    assert made["spec"]["claimRef"]["uid"] == claim()["metadata"]["uid"]
    assert made["spec"]["capacity"] == {"storage": "5Gi"}
    assert made["spec"]["persistentVolumeReclaimPolicy"] == "Delete"
    (term,) = made["spec"]["nodeAffinity"]["required"]["nodeSelectorTerms"]
    assert term["matchExpressions"][0]["values"] == ["eu-central-1a"]
    assert made["metadata"]["name"] == "pvc-91a4b491-7c86-4312-ad37-644a90bd4d6f"


def test_an_immediate_class_does_not_wait():
    made = volume_for(claim(), {**STORAGE, "volumeBindingMode": "Immediate", "reclaimPolicy": "Retain"}, None)
    assert made is not None
    assert made["spec"]["persistentVolumeReclaimPolicy"] == "Retain"
    assert "nodeAffinity" not in made["spec"]


@pytest.mark.parametrize("other", ["bound", "going", "somebody else's"])
def test_other_claims_get_none(other):
    one = claim(**{NODE: "cpu-0"})
    if other == "bound":
        one["spec"]["volumeName"] = "pvc-1"
    elif other == "going":
        one["metadata"]["deletionTimestamp"] = "2026-11-24T06:00:00Z"
    else:
        one["metadata"]["annotations"]["volume.kubernetes.io/storage-provisioner"] = "efs.csi.aws.com"
    assert volume_for(one, STORAGE, None) is None


@pytest.mark.parametrize(
    ("phase", "policy", "driver", "done"),
    [
        ("Released", "Delete", DRIVER, True),
        ("Bound", "Delete", DRIVER, False),
        ("Released", "Retain", DRIVER, False),
        ("Released", "Delete", "efs.csi.aws.com", False),
    ],
)
def test_volumes_go_with_their_claims(phase, policy, driver, done):
    volume = {
        "spec": {"csi": {"driver": driver}, "persistentVolumeReclaimPolicy": policy},
        "status": {"phase": phase},
    }
    assert is_done_with(volume) is done


def test_bound_claims_grow():
    one = {**claim(), "status": {"phase": "Bound", "capacity": {"storage": "5Gi"}}}
    assert growth(one) is None
    one["spec"]["resources"]["requests"]["storage"] = "8Gi"
    assert growth(one) == "8Gi"
    assert growth({**one, "status": {"phase": "Pending"}}) is None
