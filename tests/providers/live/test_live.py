"""What is taken for the cluster's own, what stays hidden, and to whom changed values refer. (The live APIs: tests/sandbox/governance.)"""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlops_infra.errors import OperationError
from mlops_infra.graph import Resource, Secret
from mlops_infra.graph.model import walk
from mlops_infra.providers.connection import AwsConnection
from mlops_infra.providers.live.aws import AwsReader
from mlops_infra.providers.live.kubernetes import described, is_own
from mlops_infra.providers.live.model import hidden, stranger
from mlops_infra.providers.live.references import referring

BOOT = {"kubernetes.io/bootstrapping": "rbac-defaults"}
MASTERS = {"kind": "Group", "name": "system:masters"}
PERSON = {"kind": "User", "name": "somebody"}
CONTROLLER = {"kind": "ServiceAccount", "namespace": "kube-system", "name": "job-controller"}
ACCOUNT = {"kind": "ServiceAccount", "namespace": "claims-fraud", "name": "system:looks-like-it"}


def live(name: str, namespace: str = "", *, subjects: Any = None, **metadata: Any) -> dict[str, Any]:
    return {"metadata": {"name": name, "namespace": namespace, **metadata}, "subjects": subjects}


@pytest.mark.parametrize(
    ("kind", "item", "own"),
    [
        ("Namespace", live("kube-system"), True),
        ("Namespace", live("default"), True),
        ("Namespace", live("shadow"), False),
        ("Namespace", live("kube-shadow"), False),
        ("Pod", live("etcd", "kube-system"), True),
        ("Pod", live("miner", "default"), False),
        ("Pod", live("web-1", "x", ownerReferences=[{"kind": "ReplicaSet", "controller": True}]), True),
        ("Pod", live("web-1", "x", ownerReferences=[{"kind": "ConfigMap"}]), False),
        ("ServiceAccount", live("default", "x"), True),
        ("ServiceAccount", live("builder", "x"), False),
        ("Service", live("kubernetes", "default"), True),
        ("Service", live("kubernetes", "x"), False),
        ("ClusterRole", live("system:node"), True),
        ("ClusterRole", live("edit", labels=BOOT), True),
        ("ClusterRole", live("eks:addon-manager"), True),
        ("ClusterRole", live("everything"), False),
        ("ClusterRoleBinding", live("cluster-admin", labels=BOOT, subjects=[MASTERS]), True),
        ("ClusterRoleBinding", live("cluster-admin", labels=BOOT, subjects=[MASTERS, PERSON]), False),
        ("ClusterRoleBinding", live("system:controller:job", subjects=[CONTROLLER]), True),
        ("ClusterRoleBinding", live("system:mine", subjects=[ACCOUNT]), False),
        ("ClusterRoleBinding", live("by-hand", subjects=[MASTERS]), False),
        ("ClusterRoleBinding", live("system:node", subjects=None), True),
        ("RoleBinding", live("by-hand", "x", subjects=[PERSON]), False),
    ],
)
def test_what_the_cluster_makes_itself_is_left_alone(kind: str, item: dict[str, Any], own: bool) -> None:
    assert is_own(kind, item) is own


@pytest.mark.parametrize(
    ("known", "now", "shown"),
    [
        ({"a": Secret(None)}, {"a": "x", "b": "y"}, {"a": Secret(None), "b": "y"}),
        ({"a": {"b": Secret(None)}}, {"a": {"b": "x", "c": 1}}, {"a": {"b": Secret(None), "c": 1}}),
        ([{"v": Secret(None)}, 2], [{"v": "x"}, 3], [{"v": Secret(None)}, 3]),
        ([{"v": Secret(None)}], [{"v": "x"}, {"v": "y"}], Secret(None)),
        ([1], [1, 2], [1, 2]),
        (None, {"a": 1}, {"a": 1}),
    ],
)
def test_what_is_secret_in_the_state_stays_hidden(known: Any, now: Any, shown: Any) -> None:
    assert hidden(known, now) == shown


_LEAVES = st.one_of(st.integers(), st.text(max_size=3))
_VALUES = st.recursive(
    _LEAVES,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=2), inner, max_size=3)),
)


@given(_VALUES, st.data())
def test_no_secret_of_the_state_is_ever_shown(value: Any, data: st.DataObject) -> None:

    def masked(item: Any) -> Any:
        if data.draw(st.booleans()):
            return Secret(None)
        if isinstance(item, dict):
            return {key: masked(inner) for key, inner in item.items()}
        return [masked(inner) for inner in item] if isinstance(item, list) else item

    known = masked(value)
    secret = {path for path, leaf in walk(known) if isinstance(leaf, Secret)}
    shown = {path for path, leaf in walk(hidden(known, value)) if not isinstance(leaf, Secret)}
    assert not any(path[: len(at)] == at for at in secret for path in shown)


def test_an_object_is_told_whole_but_for_its_secrets() -> None:
    known = Resource("urn", "kubernetes:core/v1:Secret", "s", "p", {"stringData": Secret(None)})
    now = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "s", "uid": "1", "managedFields": [], "labels": {"by": "hand"}},
        "data": {"password": "aHVudGVyMg=="},
        "type": "Opaque",
    }
    inputs = described(known, now).inputs
    assert inputs["metadata"] == {"name": "s", "labels": {"by": "hand"}}
    assert inputs["data"] == Secret(None)
    assert inputs["type"] == "Opaque"


def resource(urn: str, token: str, resource_id: str, inputs: dict[str, Any], **more: Any) -> Resource:
    return Resource(urn, token, urn, "p", inputs, outputs={"arn": f"arn:{resource_id}"}, id=resource_id, **more)


def test_changed_values_refer_to_whom_they_name_now() -> None:
    keys = [resource(name, "aws:kms/key:Key", f"id-{name}", {}) for name in ("old", "new")]
    before = resource(
        "u", "aws:x:Y", "y", {"key": "arn:id-old", "role": "r"}, property_dependencies={"key": ("old",), "role": ("r",)}
    )
    role = resource("r", "aws:iam/role:Role", "r", {})
    deployed = {item.urn: item for item in (*keys, role, before)}

    def edges(**inputs: Any) -> dict[str, tuple[str, ...]]:
        now = Resource(**{**before.__dict__, "inputs": {**before.inputs, **inputs}})
        *_, found = referring([*keys, role, now], deployed)
        return dict(found.property_dependencies)

    assert edges() == before.property_dependencies
    assert edges(key="arn:id-new") == {"key": ("new",), "role": ("r",)}
    assert edges(key={"nested": ["id-new"]})["key"] == ("new",)
    assert edges(key="somebody else's") == {"role": ("r",)}
    assert edges(role="other") == {"key": ("old",)}


def test_what_is_found_has_a_name_of_its_own_and_belongs_to_no_stack() -> None:
    found = stranger("staging", "aws:s3/bucket:Bucket", "b", "b", inputs={"bucket": "b"})
    assert found.urn == "urn:pulumi:staging-outside::mlops-infra::aws:s3/bucket:Bucket::b"
    assert (found.part, found.protect, found.origin) == ("outside", True, None)


def test_types_that_nobody_can_read_are_no_absence() -> None:
    reader = AwsReader(AwsConnection("1" * 12, "eu-central-1", endpoint="http://127.0.0.1:9"), "staging")
    with pytest.raises(OperationError, match="nobody can read the type aws:x/y:Z"):
        reader.read(resource("u", "aws:x/y:Z", "z", {}))


@pytest.mark.parametrize("token", ["aws:eks/addon:Addon", "aws:secretsmanager/secretVersion:SecretVersion"])
def test_what_is_not_read_is_taken_from_the_state(token: str) -> None:
    reader = AwsReader(AwsConnection("1" * 12, "eu-central-1", endpoint="http://127.0.0.1:9"), "staging")
    known = resource("u", token, "z", {"a": 1})
    assert reader.read(known) is known
