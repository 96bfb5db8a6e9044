"""Waiting, on a cluster in memory whose watches end, get lost and grow too old."""

from __future__ import annotations

import asyncio

import pytest

from mlops_infra.errors import OperationError
from mlops_infra.providers.kubernetes.awaiting import Awaiting, NotReadyError
from mlops_infra.providers.kubernetes.client import ApiError
from mlops_infra.providers.kubernetes.discovery import Kind
from mlops_infra.providers.kubernetes.explain import explain

NAMESPACE = Kind("v1", "Namespace", "namespaces", False)
POD = Kind("v1", "Pod", "pods", True)
DEPLOYMENT = Kind("apps/v1", "Deployment", "deployments", True)


class Cluster:
    """Answers lists by path and gives one list of watch events after the other."""

    def __init__(self, lists=None, watches=()):
        self.lists = lists or {}
        self.watches = list(watches)
        self.asked = []

    async def get(self, path, **params):
        self.asked.append(path)
        answer = self.lists.get(path, [])
        if isinstance(answer, Exception):
            raise answer
        return {"metadata": {"resourceVersion": "7"}, "items": answer}

    async def watch(self, path, *, seconds, **params):
        self.asked.append(f"watch {path} {params['resourceVersion']}")
        for event in self.watches.pop(0) if self.watches else []:
            if isinstance(event, Exception):
                raise event
            yield event
        if not self.watches:
            await asyncio.Event().wait()


def pod(phase, name="one", version="1"):
    return {"metadata": {"name": name, "namespace": "a", "resourceVersion": version}, "status": {"phase": phase}}


def ready(cluster, live, seconds=5):
    return asyncio.run(Awaiting(cluster).ready(POD, live, urn="urn", seconds=seconds))


def test_what_is_ready_is_not_asked_for_and_other_kinds_always_are():
    cluster = Cluster()
    assert ready(cluster, pod("Succeeded"))["status"]["phase"] == "Succeeded"
    other = {"metadata": {"name": "x"}}
    settings = Kind("v1", "ConfigMap", "configmaps", True)
    assert asyncio.run(Awaiting(cluster).ready(settings, other, urn="urn", seconds=1)) is other
    assert cluster.asked == []


def test_a_watch_begins_where_the_object_was_seen():
    cluster = Cluster(
        watches=[[("MODIFIED", pod("Pending", version="2")), ("MODIFIED", pod("Succeeded", version="3"))]]
    )
    assert ready(cluster, pod("Pending"))["metadata"]["resourceVersion"] == "3"
    assert cluster.asked == ["watch /api/v1/namespaces/a/pods 1"]


@pytest.mark.parametrize("end", [[], [("ERROR", {"code": 410})], [ApiError(410, {}, "/")]])
def test_a_watch_that_ends_is_begun_anew(end):
    cluster = Cluster({"/api/v1/namespaces/a/pods": [pod("Succeeded", version="5")]}, [end, []])
    assert ready(cluster, pod("Pending"))["metadata"]["resourceVersion"] == "5"


def test_what_fails_what_is_deleted_and_what_takes_too_long_is_told():
    failing = Cluster(watches=[[("MODIFIED", pod("Failed"))]])
    with pytest.raises(NotReadyError, match="the pod failed"):
        ready(failing, pod("Pending"))
    deleted = Cluster(watches=[[("DELETED", pod("Pending"))]])
    with pytest.raises(NotReadyError, match="deleted while we waited"):
        ready(deleted, pod("Pending"))
    with pytest.raises(NotReadyError, match=r"not ready after 0\.05 s"):
        ready(Cluster(), pod("Pending"), seconds=0.05)


def test_a_refused_watch_is_an_error():
    with pytest.raises(ApiError, match="no watching"):
        ready(Cluster(watches=[[ApiError(403, {"message": "no watching"}, "/")]]), pod("Pending"))


def test_deletion_ends_with_the_object_and_names_what_holds_it():
    listed = {"metadata": {"name": "one", "resourceVersion": "1"}, "spec": {"finalizers": ["kubernetes"]}}
    listed["status"] = {"conditions": [{"type": "x", "status": "True", "message": "pods remain"}]}
    gone = Cluster({"/api/v1/namespaces": [listed]}, [[("DELETED", listed)]])
    asyncio.run(Awaiting(gone).gone(NAMESPACE, "", "one", urn="urn", seconds=5))
    with pytest.raises(OperationError, match="still there, held by the finalizers kubernetes\npods remain"):
        asyncio.run(Awaiting(Cluster(gone.lists)).gone(NAMESPACE, "", "one", urn="urn", seconds=0.05))


def test_containers_that_crash_and_images_that_are_not_there_are_told():
    broken = pod("Running")
    broken["metadata"]["uid"] = "u1"
    broken["status"]["containerStatuses"] = [
        {"name": "main", "state": {"waiting": {"reason": "ImagePullBackOff", "message": "not found"}}},
        {"name": "side", "state": {}, "lastState": {"terminated": {"exitCode": 137, "reason": "OOMKilled"}}},
        {"name": "new", "state": {"waiting": {"reason": "ContainerCreating"}}},
    ]
    event = {"involvedObject": {"uid": "u1", "kind": "Pod", "name": "one"}, "reason": "BackOff", "message": "again"}
    lists = {
        "/api/v1/namespaces/a/pods": [broken],
        "/apis/apps/v1/namespaces/a/replicasets": [],
        "/api/v1/namespaces/a/events": [event, {"involvedObject": {"uid": "other"}}],
    }
    live = {"metadata": {"name": "web", "namespace": "a"}, "spec": {"selector": {"matchLabels": {"app": "web"}}}}
    assert asyncio.run(explain(Cluster(lists), DEPLOYMENT, live)) == [
        "pod one, container main: ImagePullBackOff: not found",
        "pod one, container side: ended with 137 (OOMKilled)",
        "Pod one: BackOff: again",
    ]
    forbidden = Cluster({"/api/v1/namespaces/a/pods": ApiError(403, {"message": "forbidden"}, "/")})
    assert asyncio.run(explain(forbidden, DEPLOYMENT, live)) == ["(and the reasons could not be read: forbidden)"]
