"""The Kubernetes plane is a real control plane: nodes, scheduling, volumes, RBAC, admission, audit."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import psutil
import pytest
from kubernetes.client.exceptions import ApiException
from kubernetes.dynamic.exceptions import ForbiddenError

from mlops_infra.sandbox import Sandbox
from mlops_infra.sandbox.processes import wait_until
from mlops_infra.toolchain import ensure

pytestmark = pytest.mark.sandbox

SAFE = {
    "allowPrivilegeEscalation": False,
    "capabilities": {"drop": ["ALL"]},
    "runAsNonRoot": True,
    "seccompProfile": {"type": "RuntimeDefault"},
}


def pod(**more):
    return {"containers": [{"name": "main", "image": "registry.example.org/x:1", "securityContext": SAFE}], **more}


def resource(kube, kind, version="v1"):
    return kube.resources.get(api_version=version, kind=kind)


def test_nodes_have_the_capacity_labels_and_taints_of_their_pools(kube, cloud_environment):
    found = {node.metadata.name: node for node in resource(kube, "Node").get().items}
    pools = cloud_environment.cluster.node_pools
    assert set(found) == {f"{pool.name}-{number}" for pool in pools for number in range(pool.desired)}
    gpu = found["gpu-0"].to_dict()
    assert gpu["status"]["allocatable"]["nvidia.com/gpu"] == "1"
    assert gpu["status"]["allocatable"]["memory"] == "32Gi"
    assert [taint["key"] for taint in gpu["spec"]["taints"]] == ["nvidia.com/gpu"]
    for node in found.values():
        assert "True" in [each.status for each in node.status.conditions if each.type == "Ready"]


def test_a_stateful_set_with_volumes_becomes_ready_and_its_volumes_go_with_it(kube, namespace):
    classes, sets, claims = (
        resource(kube, "StorageClass", "storage.k8s.io/v1"),
        resource(kube, "StatefulSet", "apps/v1"),
        resource(kube, "PersistentVolumeClaim"),
    )
    classes.server_side_apply(
        {
            "apiVersion": "storage.k8s.io/v1",
            "kind": "StorageClass",
            "metadata": {"name": "test-gp3"},
            "provisioner": "ebs.csi.aws.com",
            "volumeBindingMode": "WaitForFirstConsumer",
        },
        field_manager="test",
    )
    labels = {"app": "notebook"}
    request = {
        "storageClassName": "test-gp3",
        "accessModes": ["ReadWriteOnce"],
        "resources": {"requests": {"storage": "1Gi"}},
    }
    sets.create(
        namespace=namespace,
        body={
            "metadata": {"name": "notebook"},
            "spec": {
                "serviceName": "notebook",
                "selector": {"matchLabels": labels},
                "template": {"metadata": {"labels": labels}, "spec": pod()},
                "volumeClaimTemplates": [{"metadata": {"name": "home"}, "spec": request}],
            },
        },
    )
    assert wait_until(lambda: sets.get(name="notebook", namespace=namespace).status.readyReplicas == 1, 20)
    volume = claims.get(name="home-notebook-0", namespace=namespace).spec.volumeName
    assert volume in [each.metadata.name for each in resource(kube, "PersistentVolume").get().items]
    sets.delete(name="notebook", namespace=namespace)
    claims.delete(name="home-notebook-0", namespace=namespace)
    assert wait_until(
        lambda: volume not in [each.metadata.name for each in resource(kube, "PersistentVolume").get().items], 20
    )


def test_jobs_complete_and_pods_that_do_not_tolerate_gpus_stay_off(kube, namespace):
    jobs = resource(kube, "Job", "batch/v1")
    jobs.create(
        namespace=namespace,
        body={"metadata": {"name": "train"}, "spec": {"template": {"spec": pod(restartPolicy="Never")}}},
    )
    assert wait_until(lambda: jobs.get(name="train", namespace=namespace).status.succeeded == 1, 20)
    (ran,) = resource(kube, "Pod").get(namespace=namespace, label_selector="job-name=train").items
    assert ran.spec.nodeName.startswith("cpu-")


def test_admission_enforces_pod_security_and_quota(kube, namespace):
    resource(kube, "Namespace").patch(
        name=namespace, body={"metadata": {"labels": {"pod-security.kubernetes.io/enforce": "restricted"}}}
    )
    pods = resource(kube, "Pod")
    bad = {"metadata": {"name": "bad"}, "spec": {**pod(), "hostNetwork": True}}
    with pytest.raises(ForbiddenError, match="PodSecurity"):
        pods.create(namespace=namespace, body=bad)
    quotas = resource(kube, "ResourceQuota")
    quotas.create(namespace=namespace, body={"metadata": {"name": "q"}, "spec": {"hard": {"pods": "0"}}})
    assert wait_until(lambda: quotas.get(name="q", namespace=namespace).status.hard is not None, 10)
    with pytest.raises(ForbiddenError, match="quota"):
        pods.create(namespace=namespace, body={"metadata": {"name": "good"}, "spec": pod()})


def test_rbac_says_no_to_strangers(kube, namespace):
    review = {
        "user": "somebody",
        "groups": ["some-group"],
        "resourceAttributes": {"namespace": namespace, "verb": "get", "resource": "pods"},
    }
    reviews = resource(kube, "SubjectAccessReview", "authorization.k8s.io/v1")
    assert reviews.create(body={"spec": review}).status.allowed is False
    roles = {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "view"}
    group = {"apiGroup": "rbac.authorization.k8s.io", "kind": "Group", "name": "some-group"}
    resource(kube, "RoleBinding", "rbac.authorization.k8s.io/v1").create(
        namespace=namespace, body={"metadata": {"name": "view"}, "roleRef": roles, "subjects": [group]}
    )
    assert wait_until(lambda: reviews.create(body={"spec": review}).status.allowed is True, 10)


def test_the_audit_log_names_secrets_and_never_shows_them(cloud, kube, namespace):
    resource(kube, "Secret").create(
        namespace=namespace, body={"metadata": {"name": "audited-secret"}, "stringData": {"password": "hunter-two"}}
    )
    log = cloud.kubeconfig.parent / "logs" / "audit.log"
    assert wait_until(lambda: f"{namespace}/secrets" in log.read_text(), 10)
    text = log.read_text()
    assert "hunter-two" not in text
    assert "aHVudGVyLXR3bw" not in text


def test_everything_listens_on_loopback_only(cloud_root):
    (status,) = Sandbox(cloud_root, lambda _: {}).status()
    assert status.running
    for one in status.processes:
        listening = [
            each.laddr.ip for each in psutil.Process(one.pid).net_connections() if each.status == psutil.CONN_LISTEN
        ]
        assert set(listening) <= {"127.0.0.1"}, one.name
        assert one.memory
        assert one.log.exists()


def test_plain_kubectl_works_with_the_variables(cloud, cloud_root):
    variables = Sandbox(cloud_root, lambda _: {}).variables(cloud.environment)
    kubectl = ensure(["kubectl"])["kubectl"].path
    done = subprocess.run(
        [kubectl, "get", "nodes", "--output=name"],
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        check=True,
    )
    assert "node/gpu-0" in done.stdout.split()


def test_the_kubeconfig_is_private(cloud: object, cloud_root: Path):
    for path in [cloud_root / "sandbox", *cloud_root.rglob("pki"), *cloud_root.rglob("admin.key")]:
        assert path.stat().st_mode & 0o077 == 0, path


def test_an_unknown_object_is_not_found(kube, namespace):
    with pytest.raises(ApiException, match="404"):
        resource(kube, "ConfigMap").get(name="none", namespace=namespace)
