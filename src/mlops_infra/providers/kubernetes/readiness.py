"""When an object counts as ready, by kind: pure functions of the live object.

The conditions are those of ``kubectl rollout status`` and ``kubectl wait`` (kubectl ``pkg/polymorphichelpers/rollout_status.go``).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

Live = Mapping[str, Any]


@dataclass(frozen=True)
class Readiness:
    """`ready`, or what is missing. `failed`: it will not become ready by waiting."""

    ready: bool
    text: str = ""
    failed: bool = False


READY: Final = Readiness(True)
Judge = Callable[[Live], Readiness]


def judge_of(group: str, kind: str) -> Judge | None:
    """The judge of a kind; None for kinds that are ready as soon as they exist."""
    return _JUDGES.get((group, kind))


def _condition(live: Live, name: str) -> Mapping[str, Any]:
    conditions = live.get("status", {}).get("conditions") or ()
    return next((one for one in conditions if one.get("type") == name), {})


def _observed(live: Live) -> bool:
    generation = live.get("metadata", {}).get("generation", 0)
    return bool(live.get("status", {}).get("observedGeneration", 0) >= generation)


def _deployment(live: Live) -> Readiness:
    spec, status = live.get("spec", {}), live.get("status", {})
    if spec.get("paused"):
        return READY
    if not _observed(live):
        return Readiness(False, "the controller has not seen it yet")
    progress = _condition(live, "Progressing")
    if progress.get("reason") == "ProgressDeadlineExceeded":
        return Readiness(False, str(progress.get("message", "the progress deadline is exceeded")), failed=True)
    wanted = spec.get("replicas", 1)
    updated, available = status.get("updatedReplicas", 0), status.get("availableReplicas", 0)
    old = status.get("replicas", 0) - updated
    if updated < wanted:
        text = f"{updated} of {wanted} replicas are updated"
    elif old > 0:
        text = f"{old} old replicas are still there"
    else:
        text = f"{available} of {wanted} replicas are available"
    return READY if updated >= wanted and old <= 0 and available >= wanted else Readiness(False, text)


def _stateful_set(live: Live) -> Readiness:
    spec, status = live.get("spec", {}), live.get("status", {})
    strategy = spec.get("updateStrategy", {})
    if strategy.get("type") == "OnDelete":
        return READY
    if not _observed(live):
        return Readiness(False, "the controller has not seen it yet")
    wanted = spec.get("replicas", 1)
    ready = status.get("readyReplicas", 0)
    if ready < wanted:
        return Readiness(False, f"{ready} of {wanted} replicas are ready")
    partition = strategy.get("rollingUpdate", {}).get("partition", 0)
    updated = status.get("updatedReplicas", 0)
    if updated < wanted - partition:
        return Readiness(False, f"{updated} of {wanted - partition} replicas are updated")
    if not partition and wanted and status.get("currentRevision") != status.get("updateRevision"):
        return Readiness(False, "the rollout is not complete")
    return READY


def _daemon_set(live: Live) -> Readiness:
    status = live.get("status", {})
    if live.get("spec", {}).get("updateStrategy", {}).get("type") == "OnDelete":
        return READY
    if not _observed(live):
        return Readiness(False, "the controller has not seen it yet")
    wanted = status.get("desiredNumberScheduled", 0)
    for field, text in (("updatedNumberScheduled", "updated"), ("numberAvailable", "available")):
        if status.get(field, 0) < wanted:
            return Readiness(False, f"{status.get(field, 0)} of {wanted} pods are {text}")
    return READY


def _replica_set(live: Live) -> Readiness:
    wanted, available = live.get("spec", {}).get("replicas", 1), live.get("status", {}).get("availableReplicas", 0)
    if _observed(live) and available >= wanted:
        return READY
    return Readiness(False, f"{available} of {wanted} replicas are available")


def _job(live: Live) -> Readiness:
    if live.get("spec", {}).get("suspend"):
        return READY
    failed = _condition(live, "Failed")
    if failed.get("status") == "True":
        return Readiness(False, f"{failed.get('reason', 'it failed')}: {failed.get('message', '')}", failed=True)
    if _condition(live, "Complete").get("status") == "True":
        return READY
    status = live.get("status", {})
    return Readiness(False, f"{status.get('succeeded', 0)} pods succeeded, {status.get('active', 0)} run")


def _pod(live: Live) -> Readiness:
    phase = live.get("status", {}).get("phase")
    if phase == "Failed":
        return Readiness(False, str(live["status"].get("message") or "the pod failed"), failed=True)
    if phase == "Succeeded" or _condition(live, "Ready").get("status") == "True":
        return READY
    return Readiness(False, f"the pod is {phase or 'not scheduled'}")


def _claim(live: Live) -> Readiness:
    phase = live.get("status", {}).get("phase")
    if phase == "Lost":
        return Readiness(False, "its volume is lost", failed=True)
    return READY if phase == "Bound" else Readiness(False, f"the claim is {phase or 'new'}")


def _namespace(live: Live) -> Readiness:
    phase = live.get("status", {}).get("phase")
    return READY if phase == "Active" else Readiness(False, f"the namespace is {phase or 'new'}")


def _definition(live: Live) -> Readiness:
    names = _condition(live, "NamesAccepted")
    if names.get("status") == "False":
        return Readiness(False, f"its names are not accepted: {names.get('message', '')}", failed=True)
    return (
        READY if _condition(live, "Established").get("status") == "True" else Readiness(False, "it is not established")
    )


def _api_service(live: Live) -> Readiness:
    available = _condition(live, "Available")
    return (
        READY if available.get("status") == "True" else Readiness(False, str(available.get("message", "not available")))
    )


def _service(live: Live) -> Readiness:
    if live.get("spec", {}).get("type") != "LoadBalancer" or live.get("status", {}).get("loadBalancer", {}).get(
        "ingress"
    ):
        return READY
    return Readiness(False, "the load balancer has no address yet")


_JUDGES: Final[Mapping[tuple[str, str], Judge]] = {
    ("", "Namespace"): _namespace,
    ("", "PersistentVolumeClaim"): _claim,
    ("", "Pod"): _pod,
    ("", "Service"): _service,
    ("apps", "DaemonSet"): _daemon_set,
    ("apps", "Deployment"): _deployment,
    ("apps", "ReplicaSet"): _replica_set,
    ("apps", "StatefulSet"): _stateful_set,
    ("batch", "Job"): _job,
    ("apiextensions.k8s.io", "CustomResourceDefinition"): _definition,
    ("apiregistration.k8s.io", "APIService"): _api_service,
}


def endpoints_ready(slices: Mapping[str, Live]) -> Readiness:
    """Whether any endpoint in these EndpointSlices takes traffic."""
    endpoints = [one for found in slices.values() for one in found.get("endpoints") or ()]
    if any((one.get("conditions") or {}).get("ready") is not False for one in endpoints):
        return READY
    return Readiness(False, f"none of its {len(endpoints)} endpoints is ready" if endpoints else "it has no endpoints")
