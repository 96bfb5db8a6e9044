"""Kinds with something of their own: readiness, immutable fields, secrets, custom resources, spellings."""

from __future__ import annotations

import base64
import uuid

import pytest

from mlops_infra.errors import OperationError
from mlops_infra.graph import Secret
from mlops_infra.providers.wire import InitFailedError, plain_map

pytestmark = pytest.mark.sandbox


def live(kube, api_version, kind, namespace, name):
    return kube.resources.get(api_version=api_version, kind=kind).get(name=name, namespace=namespace).to_dict()


def test_a_deployment_is_ready_when_its_replicas_are(engine, kube, namespace, make_deployment):
    made = engine.create(make_deployment(replicas=2))
    assert live(kube, "apps/v1", "Deployment", namespace, "web")["status"]["availableReplicas"] == 2
    assert plain_map(made.outputs)["status"]["availableReplicas"] == 2
    engine.update(made, make_deployment(replicas=3))
    assert live(kube, "apps/v1", "Deployment", namespace, "web")["status"]["availableReplicas"] == 3
    engine.delete(made)
    assert kube.resources.get(api_version="v1", kind="Pod").get(namespace=namespace).items == []


def test_what_cannot_be_scheduled_says_so_stays_in_the_state_and_is_mended(engine, make_deployment):
    with pytest.raises(InitFailedError, match="not ready after 2 s: 0 of 1 replicas are available") as failed:
        engine.create(make_deployment(cpu="9999", annotations={"pulumi.com/timeoutSeconds": "2"}), timeout=0)
    assert "Unschedulable" in str(failed.value)
    assert failed.value.resource_id.endswith("/web")
    assert plain_map(failed.value.properties)["metadata"]["name"] == "web"
    # The engine updates what it keeps as not ready.
    made = engine.create(make_deployment(cpu="9999", annotations={"pulumi.com/skipAwait": "true"}))
    mended = engine.update(made, make_deployment())
    assert plain_map(mended.outputs)["status"]["availableReplicas"] == 1


def test_a_quota_that_is_full_is_told_with_its_events(engine, kube, namespace, make_deployment):
    quota = {"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": "none"}, "spec": {"hard": {"pods": "0"}}}
    kube.resources.get(api_version="v1", kind="ResourceQuota").create(namespace=namespace, body=quota)
    with pytest.raises(InitFailedError, match=r"FailedCreate: .*exceeded quota: none"):
        engine.create(make_deployment(), timeout=3)


def test_a_failed_job_is_told_at_once(engine, kube, namespace):
    pod = {"containers": [{"name": "main", "image": "registry.test/job:1"}], "restartPolicy": "Never"}
    job = {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": "train", "namespace": namespace},
        "spec": {"template": {"spec": pod}, "activeDeadlineSeconds": 1, "backoffLimit": 0},
    }
    job["spec"]["template"]["spec"]["nodeSelector"] = {"no": "such-node"}
    with pytest.raises(InitFailedError, match="DeadlineExceeded"):
        engine.create(job)


def test_stateful_sets_daemon_sets_and_services_become_ready(engine, kube, namespace, make_deployment):
    stateful = make_deployment("db")
    stateful.update(kind="StatefulSet", spec={**stateful["spec"], "serviceName": "db"})
    daemon = make_deployment("agent")
    daemon.update(kind="DaemonSet", spec={key: value for key, value in daemon["spec"].items() if key != "replicas"})
    service = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "db", "namespace": namespace},
        "spec": {"selector": {"app": "db"}, "ports": [{"port": 80}]},
    }
    assert engine.create(service, "early").id == f"{namespace}/db"
    engine.create(stateful)
    engine.create(daemon)
    assert live(kube, "apps/v1", "StatefulSet", namespace, "db")["status"]["readyReplicas"] == 1
    found = live(kube, "apps/v1", "DaemonSet", namespace, "agent")["status"]
    assert found["numberAvailable"] == found["desiredNumberScheduled"] > 0
    service["metadata"]["name"] = "late"
    engine.create(service, "late")
    slices = kube.resources.get(api_version="discovery.k8s.io/v1", kind="EndpointSlice").get(
        namespace=namespace, label_selector="kubernetes.io/service-name=late"
    )
    assert slices.items[0].endpoints[0].conditions.ready is True


def test_a_claim_that_binds_late_is_not_waited_for(engine, kube, namespace):
    name = f"late-{uuid.uuid4().hex[:6]}"
    storage = {
        "apiVersion": "storage.k8s.io/v1",
        "kind": "StorageClass",
        "metadata": {"name": name},
        "provisioner": "kubernetes.io/no-provisioner",
        "volumeBindingMode": "WaitForFirstConsumer",
    }
    made = engine.create(storage, "class")
    claim = {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": {"name": "data", "namespace": namespace},
        "spec": {
            "storageClassName": name,
            "accessModes": ["ReadWriteOnce"],
            "resources": {"requests": {"storage": "1Gi"}},
        },
    }
    pending = engine.create(claim)
    assert plain_map(pending.outputs)["status"]["phase"] == "Pending"
    bigger = {**claim, "spec": {**claim["spec"], "accessModes": ["ReadWriteMany"]}}
    diff = engine.diff(pending, bigger)
    assert (diff.replaces, diff.delete_before_replace) == (["spec"], True)
    engine.delete(pending)
    engine.delete(made)


def test_immutable_fields_are_replacements(engine, make_deployment):
    made = engine.create(make_deployment())
    other = make_deployment()
    other["spec"]["selector"] = other["spec"]["template"]["metadata"] = {"matchLabels": {"app": "x"}}
    other["spec"]["template"]["metadata"] = {"labels": {"app": "x"}}
    diff = engine.diff(made, other)
    assert (diff.replaces, diff.delete_before_replace) == (["spec"], True)
    assert diff.detailed_diff["spec.selector.matchLabels.app"].kind.name == "UPDATE_REPLACE"
    # The engine previews the new object while the old one is still there.
    assert engine.preview(other)["metadata"]["name"] == "web"
    engine.delete(made)
    engine.create(other)


def test_a_namespace_is_gone_with_all_that_is_in_it(engine, kube):
    name = f"gone-{uuid.uuid4().hex[:8]}"
    namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}
    made = engine.create(namespace)
    inside = engine.create({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "in", "namespace": name}})
    engine.delete(made)
    assert engine.refresh(inside) is None
    assert engine.refresh(made) is None
    engine.delete(inside)


def test_a_definition_and_its_objects_in_one_run(engine, kube, namespace):
    group = f"g{uuid.uuid4().hex[:8]}.test"
    schema = {
        "type": "object",
        "properties": {
            "spec": {"type": "object", "x_kubernetes_preserve_unknown_fields": True},
            "size": {"type": "integer", "minimum": 1},
        },
    }
    open_schema = {**schema, "properties": {**schema["properties"], "spec": {"type": "object"}}}
    definition = {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"widgets.{group}"},
        "spec": {
            "group": group,
            "scope": "Namespaced",
            "names": {"kind": "Widget", "plural": "widgets", "singular": "widget"},
            "versions": [
                {"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": schema}},
            ],
        },
    }
    widget = {
        "apiVersion": f"{group}/v1",
        "kind": "Widget",
        "metadata": {"name": "one", "namespace": namespace},
        "spec": {"any": ["thing"]},
        "size": 3,
    }
    assert engine.preview(widget)["spec"] == {"any": ["thing"]}
    with pytest.raises(OperationError, match="knows no kind Widget"):
        engine.create(widget)
    crd = engine.create(definition)
    assert "x_kubernetes_preserve_unknown_fields" in str(plain_map(crd.outputs))
    made = engine.create(widget)
    assert engine.drift(made) == {}
    assert engine.drift(crd) == {}
    loosened = {"spec": {"versions": definition["spec"]["versions"], "preserveUnknownFields": False}}
    loosened["spec"]["versions"] = [{**loosened["spec"]["versions"][0], "schema": {"openAPIV3Schema": open_schema}}]
    kube.resources.get(api_version="apiextensions.k8s.io/v1", kind="CustomResourceDefinition").patch(
        name=f"widgets.{group}", body=loosened, content_type="application/merge-patch+json"
    )
    assert any("openAPIV3Schema.properties.spec.x_kubernetes" in path for path in engine.drift(crd))
    crd = engine.update(crd, definition)
    with pytest.raises(OperationError, match="should be greater than or equal to 1"):
        engine.update(made, {**widget, "size": 0}, preview=True)
    found = kube.resources.get(api_version=f"{group}/v1", kind="Widget").get(name="one", namespace=namespace)
    assert found.to_dict()["size"] == 3
    engine.delete(made)
    engine.delete(crd)
    assert engine.refresh(made) is None


def test_secrets_stay_secret(engine, kube, namespace, make_config_map):
    password = "correct horse battery staple"
    secret = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "db", "namespace": namespace},
        "stringData": Secret({"password": password}),
    }
    made = engine.create(secret)
    outputs = plain_map(made.outputs)
    assert outputs["data"] == Secret({"password": base64.b64encode(password.encode()).decode()})
    assert password not in str(outputs)
    assert engine.drift(made) == {}
    kube.resources.get(api_version="v1", kind="Secret").patch(
        name="db",
        namespace=namespace,
        body={"stringData": {"password": "changed"}},
        content_type="application/merge-patch+json",
    )
    assert list(engine.drift(made)) == ["stringData.password"]
    assert plain_map(engine.refresh(made).inputs)["stringData"] == Secret({"password": "changed"})

    hidden = make_config_map("hidden", token="x")
    hidden["data"]["token"] = Secret(password)
    assert plain_map(engine.create(hidden).outputs)["data"] == {"token": Secret(password)}


def test_errors_do_not_echo_secrets(engine, make_deployment):
    password = "correct horse battery staple"
    deployment = make_deployment()
    deployment["spec"]["template"]["spec"]["containers"][0]["name"] = Secret(password)
    for attempt in (engine.preview, engine.create):
        with pytest.raises(OperationError, match=r"Invalid value: .*\[secret\]") as refused:
            attempt(deployment)
        assert password not in str(refused.value)


def test_other_spellings_are_no_drift(engine, make_deployment):
    deployment = make_deployment(cpu="1000m")
    pod = deployment["spec"]["template"]["spec"]
    pod.update(hostNetwork=False, nodeSelector={}, volumes=[])
    pod["containers"][0]["resources"]["limits"] = {"memory": "1024Mi"}
    pod["containers"][0]["env"] = [{"name": "EMPTY", "value": ""}, {"name": "FULL", "value": "1"}]
    made = engine.create({**deployment, "metadata": {**deployment["metadata"], "annotations": {}}})
    assert engine.drift(made) == {}


def test_drift_in_lists_is_found_by_name(engine, kube, namespace, make_deployment):
    made = engine.create(make_deployment())
    sidecar = {"spec": {"template": {"spec": {"containers": [{"name": "sidecar", "image": "registry.test/side:1"}]}}}}
    deployments = kube.resources.get(api_version="apps/v1", kind="Deployment")
    change = {"name": "web", "namespace": namespace, "content_type": "application/strategic-merge-patch+json"}
    deployments.patch(body=sidecar, **change)
    assert engine.drift(made) == {}
    image = {"spec": {"template": {"spec": {"containers": [{"name": "main", "image": "registry.test/web:2"}]}}}}
    deployments.patch(body=image, **change)
    assert list(engine.drift(made)) == ["spec.template.spec.containers[0].image"]
