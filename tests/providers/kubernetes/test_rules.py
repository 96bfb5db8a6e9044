"""The provider's pure rules: names, differences, immutable fields, ownership, readiness, discovery."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlops_infra.graph import UNKNOWN, Secret
from mlops_infra.providers.kubernetes.client import ApiError
from mlops_infra.providers.kubernetes.difference import differences, printed
from mlops_infra.providers.kubernetes.discovery import Kind, kinds_in, stale_versions
from mlops_infra.providers.kubernetes.immutable import forces_replacement
from mlops_infra.providers.kubernetes.manifest import (
    asked_of,
    imported_inputs,
    outputs_of,
    refusal,
    revealed,
    wire_form,
)
from mlops_infra.providers.kubernetes.naming import generated_name, object_id, split_id, with_name
from mlops_infra.providers.kubernetes.ownership import field_conflicts, holds, managers_of
from mlops_infra.providers.kubernetes.projection import project
from mlops_infra.providers.kubernetes.readiness import endpoints_ready, judge_of
from mlops_infra.providers.wire import plain_map

URN = "urn:pulumi:dev-platform::mlops-infra::kubernetes:core/v1:ConfigMap::Team_A.map"
JSON = st.recursive(
    st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=10,
)
OBJECTS = st.dictionaries(st.text(max_size=5), JSON, max_size=4)


# Names


@given(st.text(), st.text())
def test_generated_names_are_valid_labels_and_follow_from_urn_and_predecessor(prefix, previous):
    name = generated_name(prefix, URN, previous)
    assert len(name) <= 63
    assert all(char.isdigit() or char in "abcdefghijklmnopqrstuvwxyz-" for char in name)
    assert name[0] != "-" != name[-1]
    assert name == generated_name(prefix, URN, previous) != generated_name(prefix, URN, previous + "x")


def test_a_name_is_given_kept_generated_or_left_unknown():
    named = {"metadata": {"name": "given"}}
    assert with_name(named, {}, URN, "") is named
    made = with_name({}, {}, URN, "")
    assert made["metadata"]["name"].startswith("team-a-map-")
    assert with_name({"metadata": {"labels": {}}}, made, URN, "")["metadata"]["name"] == made["metadata"]["name"]
    assert with_name({"metadata": {"generateName": "job-"}}, named, URN, "")["metadata"]["name"].startswith("job-")
    assert "generateName" not in with_name({"metadata": {"generateName": "job-"}}, {}, URN, "")["metadata"]
    for unknown in ({"metadata": UNKNOWN}, {"metadata": {"generateName": UNKNOWN}}, {"metadata": {"name": UNKNOWN}}):
        assert with_name(unknown, {}, URN, "") == unknown


@pytest.mark.parametrize(("namespace", "name"), [("a", "b"), ("", "system:auditor")])
def test_ids_are_split_as_they_were_made(namespace, name):
    assert split_id(object_id(namespace, name)) == (namespace, name)


# Differences


@given(OBJECTS)
def test_nothing_differs_from_itself(value):
    assert differences(value, value) == []


@given(OBJECTS, OBJECTS)
def test_differences_are_there_exactly_where_objects_differ(old, new):
    assert bool(differences(old, new)) == (repr(_typed(old)) != repr(_typed(new)))


def _typed(value):
    """A form in which True and 1 differ and the order of keys does not matter."""
    if isinstance(value, dict):
        return sorted((key, _typed(item)) for key, item in value.items())
    return [_typed(item) for item in value] if isinstance(value, list) else value


def test_what_is_not_known_is_a_change_and_the_default_namespace_is_none():
    assert [one.kind for one in differences({"a": 1}, {"a": UNKNOWN})] == ["update"]
    assert differences({"metadata": {"namespace": "default"}}, {"metadata": {}}) == []
    assert [one.kind for one in differences({"metadata": {"namespace": "x"}}, {"metadata": {}})] == ["delete"]


def test_paths_are_printed_as_the_engine_reads_them():
    assert printed(("spec", "ports", 0, "name")) == "spec.ports[0].name"
    assert printed(("metadata", "labels", 'a/"b"')) == 'metadata.labels["a/\\"b\\""]'
    assert printed(("a.b",)) == '["a.b"]'


@pytest.mark.parametrize(
    ("group", "kind", "path", "replaced"),
    [
        ("", "ConfigMap", ("metadata", "name"), True),
        ("", "ConfigMap", ("metadata", "labels", "name"), False),
        ("", "ConfigMap", ("data", "key"), False),
        ("", "PersistentVolumeClaim", ("spec", "resources", "requests", "storage"), False),
        ("", "PersistentVolumeClaim", ("spec", "storageClassName"), True),
        ("", "Pod", ("spec", "containers", 0, "image"), False),
        ("", "Pod", ("spec", "containers", 0, "command"), True),
        ("", "Service", ("spec", "clusterIP"), True),
        ("", "Service", ("spec", "ports", 0, "port"), False),
        ("apps", "Deployment", ("spec", "selector", "matchLabels", "app"), True),
        ("apps", "Deployment", ("spec", "replicas"), False),
        ("apps", "StatefulSet", ("spec", "volumeClaimTemplates", 0, "spec"), True),
        ("batch", "Job", ("spec", "template", "spec", "containers", 0, "image"), True),
        ("batch", "Job", ("spec", "parallelism"), False),
        ("rbac.authorization.k8s.io", "RoleBinding", ("roleRef", "name"), True),
        ("rbac.authorization.k8s.io", "RoleBinding", ("subjects", 0), False),
        ("storage.k8s.io", "StorageClass", ("parameters", "type"), True),
        ("example.test", "Deployment", ("spec", "selector"), False),
    ],
)
def test_immutable_fields(group, kind, path, replaced):
    assert forces_replacement(group, kind, path, {}) is replaced


def test_data_of_immutable_objects_is_immutable():
    assert forces_replacement("", "Secret", ("stringData", "key"), {"immutable": True})
    assert forces_replacement("", "ConfigMap", ("immutable",), {"immutable": True})
    assert not forces_replacement("", "ConfigMap", ("immutable",), {})


# Ownership


@pytest.mark.parametrize(
    ("field", "held"),
    [
        (".metadata.labels.app.kubernetes.io/name", True),
        (".metadata.labels.app", True),
        (".metadata.labels.app.kubernetes.io/part-of", False),
        ('.spec.containers[name="main"].image', True),
        ('.spec.containers[name="side"].image', False),
        ('.spec.containers[name="main"].ports[containerPort=80,protocol="TCP"].name', True),
        ('.spec.containers[name="main"].ports[containerPort=81,protocol="TCP"].name', False),
        ('.metadata.finalizers[="a]b"]', True),
        (".spec.args[1]", True),
        (".spec.args[2]", False),
        (".spec.args.x", False),
    ],
)
def test_the_fields_of_conflicts_are_found_in_what_we_applied(field, held):
    applied = {
        "metadata": {"labels": {"app": "x", "app.kubernetes.io/name": "x"}, "finalizers": ["a]b"]},
        "spec": {
            "args": ["a", "b"],
            "containers": [{"name": "main", "image": "x", "ports": [{"containerPort": 80, "name": "http"}]}],
        },
    }
    assert holds(applied, field) is held


def test_conflicts_name_manager_and_field():
    cause = {"reason": "FieldManagerConflict", "message": 'conflict with "kubectl" using v1', "field": ".data.a"}
    error = ApiError(409, {"details": {"causes": [cause, {"reason": "Other"}]}}, "/api")
    assert field_conflicts(error) == (("kubectl", ".data.a"),)
    assert not error.transient
    assert ApiError(409, {"message": "the object has been modified"}, "/api").transient
    live = {
        "metadata": {"managedFields": [{"manager": "a"}, {"manager": "b", "subresource": "status"}, {"manager": "a"}]}
    }
    assert managers_of(live) == "a"
    assert managers_of({}) == "nobody known"


# Manifests


def test_secrets_and_unknowns_are_taken_out_and_secrets_come_back_as_such():
    inputs = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "x", "namespace": None},
        "data": {"token": Secret("hunter2"), "later": UNKNOWN, "open": "text"},
    }
    asked = asked_of(inputs)
    assert asked.body["data"] == {"token": "hunter2", "open": "text"}
    assert asked.unknown == {("data", "later")}
    assert asked.redact("token hunter2, aHVudGVyMg==") == "token [secret], [secret]"
    assert "hunter2" not in repr(asked).replace(repr(asked.body), "")
    live = {**asked.body, "metadata": {"name": "x", "managedFields": [], "annotations": {"copied": "hunter2"}}}
    outputs = plain_map(outputs_of(live, asked))
    assert outputs["data"] == {"token": Secret("hunter2"), "open": "text"}
    assert outputs["metadata"] == {"name": "x", "annotations": {"copied": Secret("hunter2")}}


def test_the_data_of_a_secret_is_secret_though_nobody_says_so():
    secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "x"}, "data": {"a": "aHVudGVyMg=="}}
    asked = asked_of(secret)
    assert asked.redact("hunter2") == "[secret]"
    assert plain_map(outputs_of(secret, asked))["data"] == Secret({"a": "aHVudGVyMg=="})
    assert imported_inputs(secret)["data"] == Secret({"a": "aHVudGVyMg=="})
    assert asked_of({**secret, "data": "not a map"}).body["data"] == "not a map"


def test_only_definitions_spell_vendor_extensions_with_underscores():
    data = {"x_kubernetes_thing": "1", "x-kubernetes-thing": "2"}
    plain = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "x"}, "data": data}
    assert asked_of(plain).body["data"] == data
    assert plain_map(outputs_of(plain, asked_of(plain)))["data"] == data
    definition = {**plain, "kind": "CustomResourceDefinition", "spec": {"x_kubernetes_map_type": "atomic"}}
    assert asked_of(definition).body["spec"] == {"x-kubernetes-map-type": "atomic"}
    assert wire_form(asked_of(definition).body)["spec"] == definition["spec"]


def test_a_name_that_is_spelled_like_a_secret_stays_a_name():
    secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "mlflow"}, "stringData": {"user": "mlflow"}}
    assert plain_map(outputs_of(secret, asked_of(secret)))["metadata"] == {"name": "mlflow"}


def test_unknowns_in_lists_and_secrets_are_left_out():
    asked = asked_of({"spec": {"args": ["a", UNKNOWN, Secret(UNKNOWN)], "key": Secret(UNKNOWN)}})
    assert asked.body == {"spec": {"args": ["a"]}}
    assert asked.unknown == {("spec", "args", 1), ("spec", "args", 2), ("spec", "key")}


def test_what_is_not_an_object_is_refused_by_name():
    object_inputs = {"apiVersion": "v1", "kind": "ConfigMap"}
    assert refusal("kubernetes:core/v1:ConfigMap", object_inputs) is None
    assert "providers: official" in (refusal("kubernetes:core/v1:ConfigMapPatch", object_inputs) or "")
    assert "one by one" in (refusal("kubernetes:core/v1:ConfigMapList", {**object_inputs, "items": []}) or "")
    waiting = {**object_inputs, "metadata": {"annotations": {"pulumi.com/waitFor": "x"}}}
    assert "pulumi.com/waitFor" in (refusal("kubernetes:core/v1:ConfigMap", waiting) or "")


# What is live in the shape of what was asked


@given(OBJECTS)
def test_what_is_as_asked_is_projected_to_itself(asked):
    assert project(asked, asked) == asked
    assert project(asked, {**asked, "more": 1}) == asked
    assert project(asked, asked, asked) == asked


def test_a_dry_run_decides_what_is_only_another_spelling():
    asked = {"cpu": "1000m", "list": [{"name": "a", "value": ""}], "empty": {}, "mode": "x"}
    live = {"cpu": "1", "list": [{"name": "a"}, {"name": "foreign"}], "mode": "y", "atomic": 1}
    applied = {"cpu": "1", "list": [{"name": "a"}, {"name": "foreign"}], "mode": "x"}
    assert project(asked, live, applied) == {**asked, "mode": "y", "atomic": 1}
    gone = {**applied, "list": [{"name": "a"}]}
    assert project(asked, live, gone)["list"] == [{"name": "a", "value": ""}, {"name": "foreign"}]


def test_string_data_is_compared_where_the_server_keeps_it():
    asked = {"kind": "Secret", "stringData": Secret({"a": "x", "b": "y"})}
    live = {"kind": "Secret", "data": {"a": "eA==", "b": "eg==", "c": "foreign"}}
    assert project(asked, live) == {"kind": "Secret", "stringData": Secret({"a": "x", "b": "z"})}
    assert revealed(project(asked, {**live, "data": {"a": "eA=="}})) == {"kind": "Secret", "stringData": {"a": "x"}}


# Readiness and discovery


def _conditions(*pairs):
    return {"conditions": [{"type": name, "status": status, "message": "why"} for name, status in pairs]}


@pytest.mark.parametrize(
    ("kind", "live", "ready"),
    [
        (("apps", "Deployment"), {"metadata": {"generation": 2}, "status": {"observedGeneration": 1}}, False),
        (("apps", "Deployment"), {"status": {"replicas": 1, "updatedReplicas": 1, "availableReplicas": 1}}, True),
        (("apps", "Deployment"), {"status": {"replicas": 2, "updatedReplicas": 1, "availableReplicas": 2}}, False),
        (("apps", "Deployment"), {"spec": {"replicas": 0}}, True),
        (("apps", "Deployment"), {"spec": {"paused": True}}, True),
        (("apps", "StatefulSet"), {"status": {"readyReplicas": 1, "updatedReplicas": 0}}, False),
        (("apps", "StatefulSet"), {"spec": {"updateStrategy": {"type": "OnDelete"}}}, True),
        (("apps", "DaemonSet"), {"status": {"desiredNumberScheduled": 1}}, False),
        (("apps", "DaemonSet"), {"status": {}}, True),
        (("batch", "Job"), {"status": _conditions(("Complete", "True"))}, True),
        (("batch", "Job"), {"status": _conditions(("Failed", "True"))}, None),
        (("batch", "Job"), {"spec": {"suspend": True}}, True),
        (("", "Pod"), {"status": {"phase": "Running", **_conditions(("Ready", "False"))}}, False),
        (("", "Pod"), {"status": {"phase": "Failed"}}, None),
        (("", "PersistentVolumeClaim"), {"status": {"phase": "Bound"}}, True),
        (("", "PersistentVolumeClaim"), {"status": {"phase": "Lost"}}, None),
        (("", "Namespace"), {"status": {"phase": "Terminating"}}, False),
        (("", "Service"), {"spec": {"type": "LoadBalancer"}}, False),
        (("", "Service"), {}, True),
        (("apiextensions.k8s.io", "CustomResourceDefinition"), {"status": {"conditions": None}}, False),
        (
            ("apiextensions.k8s.io", "CustomResourceDefinition"),
            {"status": _conditions(("NamesAccepted", "False"))},
            None,
        ),
        (("apiregistration.k8s.io", "APIService"), {"status": _conditions(("Available", "True"))}, True),
    ],
)
def test_readiness(kind, live, ready):
    judge = judge_of(*kind)
    assert judge is not None
    found = judge(live)
    assert (None if found.failed else found.ready) is ready
    assert found.ready or found.text


def test_kinds_without_a_judge_are_ready_and_services_need_one_endpoint():
    assert judge_of("", "ConfigMap") is None
    assert not endpoints_ready({}).ready
    assert not endpoints_ready({"a": {"endpoints": [{"conditions": {"ready": False}}]}}).ready
    assert endpoints_ready({"a": {"endpoints": None}, "b": {"endpoints": [{}]}}).ready


def test_discovery_gives_kinds_and_their_paths():
    def resource(kind, plural, scope, *verbs):
        return {"resource": plural, "responseKind": {"kind": kind}, "scope": scope, "verbs": list(verbs)}

    core = [
        resource("Namespace", "namespaces", "Cluster", "patch"),
        resource("Binding", "bindings", "Namespaced", "create"),
    ]
    apps = [resource("Deployment", "deployments", "Namespaced", "patch")]
    answer = {
        "items": [
            {"metadata": {}, "versions": [{"version": "v1", "resources": core}]},
            {"metadata": {"name": "apps"}, "versions": [{"version": "v1", "resources": apps}]},
            {"metadata": {"name": "down"}, "versions": [{"version": "v1", "freshness": "Stale"}]},
        ]
    }
    assert stale_versions(answer) == ["down/v1"]
    namespace, deployment = kinds_in(answer)
    assert namespace == Kind("v1", "Namespace", "namespaces", False)
    assert namespace.path("", "a") == "/api/v1/namespaces/a"
    assert deployment.path("a", "system:b/c") == "/apis/apps/v1/namespaces/a/deployments/system:b%2Fc"


@pytest.mark.parametrize(
    "message", ['Invalid value: "no key: gr\\"ün-geheim"', 'Invalid value: "no key: gr\\"\\u00fcn-geheim"']
)
def test_a_secret_that_a_message_quotes_is_hidden(message):
    asked = asked_of({"apiVersion": "v1", "kind": "ConfigMap", "data": {"token": Secret('gr"ün-geheim')}})
    assert asked.redact(message) == 'Invalid value: "no key: [secret]"'
