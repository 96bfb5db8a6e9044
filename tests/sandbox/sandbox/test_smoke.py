"""The session's cloud answers on both planes."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.sandbox


def test_both_planes_answer(cloud, kube, boto, namespace):
    nodes = kube.resources.get(api_version="v1", kind="Node").get()
    assert {node.metadata.name for node in nodes.items} == {"cpu-0", "cpu-1", "gpu-0"}
    assert boto("sts").get_caller_identity()["Account"] == cloud.aws.account
    assert kube.resources.get(api_version="v1", kind="Namespace").get(name=namespace).status.phase == "Active"
