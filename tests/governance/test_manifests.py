"""Kubernetes manifests as a graph with places."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from mlops_infra.config.node import plain
from mlops_infra.config.reader import read_documents
from mlops_infra.errors import UsageError
from mlops_infra.governance.foreign import Foreign, read_manifests
from mlops_infra.graph import Secret

SHOP = """\
# a shop
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  namespace: shop
spec:
  template:
    spec:
      hostNetwork: yes
      containers:
        - name: web
          image: nginx:latest
          securityContext: {privileged: on}
      volumes:
        - name: c
          configMap: {name: c, defaultMode: 0644}
---
---
apiVersion: v1
kind: List
items:
  - apiVersion: rbac.authorization.k8s.io/v1
    kind: ClusterRole
    metadata: {name: all}
    rules: []
  - apiVersion: v1
    kind: Secret
    metadata: {name: s, namespace: shop}
    stringData: {password: hunter2}
    status: {x: 1}
"""
WEB = "manifests::kubernetes:apps/v1:Deployment::shop/web"


@pytest.fixture
def shop(tmp_path: Path) -> Foreign:
    (tmp_path / "deploy").mkdir()
    (tmp_path / "deploy" / "a.yaml").write_text(SHOP)
    (tmp_path / "deploy" / "b.json").write_text(
        '{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop"}}'
    )
    (tmp_path / "deploy" / "notes.txt").write_text("no manifest")
    return read_manifests(tmp_path / "deploy", tmp_path)


def test_documents_lists_and_json_are_objects(shop: Foreign) -> None:
    assert [(item.type, item.name) for item in shop.graph] == [
        ("kubernetes:apps/v1:Deployment", "shop/web"),
        ("kubernetes:rbac.authorization.k8s.io/v1:ClusterRole", "all"),
        ("kubernetes:core/v1:Secret", "shop/s"),
        ("kubernetes:core/v1:Namespace", "shop"),
    ]


def test_switches_and_octal_numbers_are_what_the_cluster_reads(shop: Foreign) -> None:
    spec = shop.graph[WEB].inputs["spec"]["template"]["spec"]
    assert spec["hostNetwork"] is True
    assert spec["containers"][0]["securityContext"]["privileged"] is True
    assert spec["volumes"][0]["configMap"]["defaultMode"] == 0o644


def test_secrets_are_not_read_and_status_is_left_out(shop: Foreign) -> None:
    inputs = shop.graph["manifests::kubernetes:core/v1:Secret::shop/s"].inputs
    assert isinstance(inputs["stringData"], Secret)
    assert "status" not in inputs


@pytest.mark.parametrize(
    ("path", "place"),
    [
        (("spec", "template", "spec", "containers", 0, "image"), "deploy/a.yaml:13:18"),
        (("spec", "template", "spec", "hostPID"), "deploy/a.yaml:9:5"),
        (("spec", "template", "spec", "containers", 0, "resources", "limits"), "deploy/a.yaml:12:11"),
        ((), "deploy/a.yaml:2:1"),
    ],
)
def test_places(shop: Foreign, path: tuple[str | int, ...], place: str) -> None:
    assert str(shop.origin(WEB, path)) == place
    assert shop.origin("of nothing", path) is None


@pytest.mark.parametrize(
    ("text", "told", "where"),
    [
        ("replicaCount: 2\n", "no object", "m.yaml:1:1"),
        ("- 1\n", "no object", "m.yaml:1:1"),
        ("apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n", "kustomization", "m.yaml:1:1"),
        ("apiVersion: v1\nkind: Pod\nmetadata: {}\n", "has no name", "m.yaml:1:1"),
        ("apiVersion: v1\nkind: Pod\nmetadata: {name: {{ .Values.name }}}\n", "", "m.yaml:3:"),
        ("apiVersion: v1\nkind: Pod\n\tmetadata: 1\n", "tab", "m.yaml:3:"),
        ("kind: Pod\nkind: Pod\n", "twice", "m.yaml:2:1"),
        ("# nothing\n", "no object", ""),
        ("apiVersion: v1\nkind: List\nitems: [{kind: Pod}]\n", "no object", "m.yaml:3:9"),
        ("apiVersion: v1\nkind: Pod\nmetadata: {name: a}\n---\napiVersion: v1\nkind: Pod\nmetadata: {name: a}\n", "first at", "m.yaml:5:1"),
    ],
)  # fmt: skip
def test_what_is_no_object_is_an_error_with_its_place(tmp_path: Path, text: str, told: str, where: str) -> None:
    (tmp_path / "m.yaml").write_text(text)
    with pytest.raises(UsageError) as caught:
        read_manifests(tmp_path, tmp_path)
    assert told in caught.value.what
    assert where in str(caught.value.where)


def test_folders_that_are_not_there_or_empty(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no such folder"):
        read_manifests(tmp_path / "none", tmp_path)
    with pytest.raises(UsageError, match="no manifest"):
        read_manifests(tmp_path, tmp_path)


_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.text("ab:#-?'\"\\ é0", max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text("abyn0", min_size=1, max_size=4), inner, max_size=3)
    ),
    max_leaves=10,
)


@given(st.dictionaries(st.text("abc", min_size=1, max_size=3), _values, min_size=1, max_size=3))
def test_what_is_written_is_read(content: dict[str, object]) -> None:
    (document,) = read_documents(yaml.safe_dump(content, allow_unicode=True).encode(), file="x.yaml")
    assert plain(document) == content
