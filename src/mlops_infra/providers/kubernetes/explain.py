"""Why an object is not ready, in the words of the cluster: its conditions, its pods, and the warnings of all of them."""

from __future__ import annotations

from typing import Any, Final

from mlops_infra.providers.kubernetes.client import ApiError, Json, KubeClient
from mlops_infra.providers.kubernetes.discovery import Kind
from mlops_infra.providers.wire import UnreachableError

_LINES: Final = 10
_WORKLOADS: Final = frozenset({"Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Job", "Service"})


async def explain(client: KubeClient, kind: Kind, live: Json) -> list[str]:
    """Lines for people, at most ten; empty where the cluster tells nothing."""
    metadata = live["metadata"]
    namespace = metadata.get("namespace", "")
    if not namespace:
        return []
    try:
        owned, pods = await _owned(client, kind, live, namespace)
        uids = {metadata.get("uid"), *owned}
        events = await client.get(f"/api/v1/namespaces/{namespace}/events", fieldSelector="type=Warning", limit="500")
    except (ApiError, UnreachableError) as error:
        return [f"(and the reasons could not be read: {error.what})"]
    lines = [line for pod in pods for line in _pod_lines(pod)]
    for event in events.get("items", ()):
        about = event.get("involvedObject", {})
        if about.get("uid") in uids:
            lines.append(f"{about.get('kind')} {about.get('name')}: {event.get('reason')}: {event.get('message')}")
    return list(dict.fromkeys(lines))[:_LINES]


async def _owned(client: KubeClient, kind: Kind, live: Json, namespace: str) -> tuple[set[str], list[Json]]:
    """The ids of the ReplicaSets and pods of a workload, and its pods."""
    if kind.name not in _WORKLOADS:
        return set(), []
    selector = live.get("spec", {}).get("selector") or {}
    labels = selector.get("matchLabels", {}) if kind.name != "Service" else selector
    if not labels:
        return set(), []
    query = ",".join(f"{key}={value}" for key, value in labels.items())
    pods = (await client.get(f"/api/v1/namespaces/{namespace}/pods", labelSelector=query, limit="50")).get("items", [])
    ids = {pod["metadata"]["uid"] for pod in pods}
    if kind.name == "Deployment":
        path = f"/apis/apps/v1/namespaces/{namespace}/replicasets"
        sets = (await client.get(path, labelSelector=query, limit="50")).get("items", [])
        ids |= {item["metadata"]["uid"] for item in sets}
    return ids, pods


def _pod_lines(pod: Json) -> list[str]:
    name, status = pod["metadata"]["name"], pod.get("status", {})
    lines = []
    for condition in status.get("conditions") or ():
        if condition.get("type") == "PodScheduled" and condition.get("status") == "False":
            lines.append(f"pod {name}: {condition.get('reason')}: {condition.get('message')}")
    for container in (*(status.get("initContainerStatuses") or ()), *(status.get("containerStatuses") or ())):
        waiting: dict[str, Any] = container.get("state", {}).get("waiting") or {}
        if waiting.get("reason") not in (None, "ContainerCreating", "PodInitializing"):
            lines.append(
                f"pod {name}, container {container['name']}: {waiting['reason']}: {waiting.get('message', '')}"
            )
        ended: dict[str, Any] = container.get("lastState", {}).get("terminated") or {}
        if ended.get("exitCode"):
            lines.append(
                f"pod {name}, container {container['name']}: ended with {ended['exitCode']} ({ended.get('reason')})"
            )
    return lines
