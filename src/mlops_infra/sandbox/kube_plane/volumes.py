"""The EBS CSI driver of the sandbox: gives every claim of its storage classes a volume, as the external provisioner would.

``python -m mlops_infra.sandbox.kube_plane.volumes --kubeconfig FILE``, one process per cluster, started by `cluster`. Nothing is stored
behind a volume: pods are simulated. The scheduler, the volume controller and quota see real PersistentVolumes, so that claims bind and
StatefulSets become ready.

Data flow: watch claims and volumes → `volume_for` / `is_done_with` / `growth` (pure decisions) → create, delete, grow.
"""

from __future__ import annotations

import argparse
import sys
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import httpx

from mlops_infra.sandbox.kube_plane.client import Kube

DRIVER: Final = "ebs.csi.aws.com"
"""Name of the AWS EBS CSI driver, the provisioner of the platform's storage classes."""
PROVISIONER: Final = ("volume.kubernetes.io/storage-provisioner", "volume.beta.kubernetes.io/storage-provisioner")
"""Annotations by which the volume controller asks a provisioner for a volume (older form second)."""
NODE: Final = "volume.kubernetes.io/selected-node"
"""Annotation by which the scheduler says where a WaitForFirstConsumer claim's pod will run."""
ZONE: Final = "topology.kubernetes.io/zone"
CLAIMS: Final = "/api/v1/persistentvolumeclaims"
VOLUMES: Final = "/api/v1/persistentvolumes"
RETRY: Final = 1.0
"""Seconds between two attempts to reach an API server that is away."""


def volume_for(claim: Mapping[str, Any], storage_class: Mapping[str, Any], zone: str | None) -> dict[str, Any] | None:
    """The PersistentVolume that a claim waits for; None where it does not wait for this driver."""
    meta, spec = claim["metadata"], claim["spec"]
    asked = meta.get("annotations", {})
    if spec.get("volumeName") or meta.get("deletionTimestamp") or DRIVER not in map(asked.get, PROVISIONER):
        return None
    late = storage_class.get("volumeBindingMode") == "WaitForFirstConsumer"
    if late and NODE not in asked:
        return None
    name = f"pvc-{meta['uid']}"
    volume: dict[str, Any] = {
        "apiVersion": "v1",
        "kind": "PersistentVolume",
        "metadata": {"name": name, "annotations": {"pv.kubernetes.io/provisioned-by": DRIVER}},
        "spec": {
            "accessModes": spec["accessModes"],
            "capacity": {"storage": spec["resources"]["requests"]["storage"]},
            "claimRef": {
                "apiVersion": "v1",
                "kind": "PersistentVolumeClaim",
                "name": meta["name"],
                "namespace": meta["namespace"],
                "uid": meta["uid"],
            },
            "csi": {
                "driver": DRIVER,
                "volumeHandle": f"vol-{meta['uid'].replace('-', '')[:17]}",
                "fsType": "ext4",
                "volumeAttributes": {"storage.kubernetes.io/csiProvisionerIdentity": "mlops-infra-sandbox"},
            },
            "persistentVolumeReclaimPolicy": storage_class.get("reclaimPolicy", "Delete"),
            "storageClassName": storage_class["metadata"]["name"],
            "volumeMode": spec.get("volumeMode", "Filesystem"),
        },
    }
    if zone:
        here = {"key": ZONE, "operator": "In", "values": [zone]}
        volume["spec"]["nodeAffinity"] = {"required": {"nodeSelectorTerms": [{"matchExpressions": [here]}]}}
    return volume


def is_done_with(volume: Mapping[str, Any]) -> bool:
    """Whether a volume's claim is gone and its class says to delete it then."""
    spec = volume["spec"]
    ours = bool(spec.get("csi", {}).get("driver") == DRIVER)
    return (
        ours
        and spec.get("persistentVolumeReclaimPolicy") == "Delete"
        and volume.get("status", {}).get("phase") == "Released"
    )


def growth(claim: Mapping[str, Any]) -> str | None:
    """The capacity that a bound claim of this driver asks for beyond what it has (the API server lets requests only grow)."""
    asked = claim["metadata"].get("annotations", {})
    status = claim.get("status", {})
    if status.get("phase") != "Bound" or DRIVER not in map(asked.get, PROVISIONER):
        return None
    wanted: str = claim["spec"]["resources"]["requests"]["storage"]
    return wanted if status.get("capacity", {}).get("storage") != wanted else None


class Provisioner:
    """Carries the decisions out on one cluster."""

    def __init__(self, kube: Kube) -> None:
        self._kube = kube

    def claim(self, claim: Mapping[str, Any]) -> None:
        name = claim["spec"].get("storageClassName")
        if name and not claim["spec"].get("volumeName"):
            volume = volume_for(
                claim, self._kube.get(f"/apis/storage.k8s.io/v1/storageclasses/{name}"), self._zone(claim)
            )
            if volume is not None:
                self._kube.apply(f"{VOLUMES}/{volume['metadata']['name']}", volume)
        larger = growth(claim)
        if larger is not None:
            meta, size = claim["metadata"], {"capacity": {"storage": larger}}
            self._kube.merge(f"{VOLUMES}/{claim['spec']['volumeName']}", {"spec": size})
            path = f"/api/v1/namespaces/{meta['namespace']}/persistentvolumeclaims/{meta['name']}/status"
            self._kube.merge(path, {"status": size})

    def volume(self, volume: Mapping[str, Any]) -> None:
        if is_done_with(volume):
            self._kube.delete(f"{VOLUMES}/{volume['metadata']['name']}")

    def _zone(self, claim: Mapping[str, Any]) -> str | None:
        node = claim["metadata"].get("annotations", {}).get(NODE)
        labels = self._kube.get(f"/api/v1/nodes/{node}")["metadata"].get("labels", {}) if node else {}
        zone: str | None = labels.get(ZONE)
        return zone

    def follow(self, path: str) -> None:
        """Look at everything there is, then at what changes, until the API server ends the watch."""
        act = self.claim if path == CLAIMS else self.volume
        listed = self._kube.get(path)
        for item in listed["items"]:
            self._try(act, item)
        for event in self._kube.watch(path, listed["metadata"]["resourceVersion"]):
            if event["type"] == "ERROR":
                return
            if event["type"] != "DELETED":
                self._try(act, event["object"])

    def _try(self, act: Any, item: Mapping[str, Any]) -> None:
        try:
            act(item)
        except httpx.HTTPStatusError as error:
            # One object that the server refuses (its namespace is going, for example) must not stop the others.
            print(f"{item['metadata']['name']}: {error} {error.response.text}", file=sys.stderr, flush=True)


def _follow_for_ever(kubeconfig: Path, path: str) -> None:
    while True:
        try:
            with Kube(kubeconfig) as kube:
                Provisioner(kube).follow(path)
        except httpx.HTTPError as error:
            print(f"{path}: {error}", file=sys.stderr, flush=True)
            time.sleep(RETRY)


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(prog="mlops_infra.sandbox.kube_plane.volumes")
    parser.add_argument("--kubeconfig", type=Path, required=True)
    kubeconfig = parser.parse_args(arguments).kubeconfig
    threading.Thread(target=_follow_for_ever, args=(kubeconfig, VOLUMES), daemon=True).start()
    _follow_for_ever(kubeconfig, CLAIMS)


if __name__ == "__main__":
    main(sys.argv[1:])
