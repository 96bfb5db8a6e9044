"""Simulated nodes from the stack file's node pools, labelled and tainted as EKS does it."""

from __future__ import annotations

from typing import Any, Final

from mlops_infra.config.model import Environment
from mlops_infra.config.model.cluster import NodePool
from mlops_infra.sandbox.kube_plane.client import Kube

POOL_LABEL: Final = "eks.amazonaws.com/nodegroup"
MAX_PODS: Final = "110"
"""Pods per node (Kubernetes' scalability limit; kubelet's default)."""


def nodes(env: Environment) -> list[dict[str, Any]]:
    """The Node objects of an environment: `desired` per pool, spread over the zones in order."""
    return [_node(env, pool, number) for pool in env.cluster.node_pools for number in range(pool.desired)]


def _node(env: Environment, pool: NodePool, number: int) -> dict[str, Any]:
    name = f"{pool.name}-{number}"
    zones = env.network.zones
    zone = zones[number % len(zones)]
    labels = {
        **pool.labels,
        POOL_LABEL: pool.name,
        "eks.amazonaws.com/capacityType": "ON_DEMAND",
        "kubernetes.io/arch": "amd64",
        "kubernetes.io/hostname": name,
        "kubernetes.io/os": "linux",
        "node.kubernetes.io/instance-type": pool.instance_type,
        "topology.kubernetes.io/region": env.aws.region,
        "topology.kubernetes.io/zone": zone,
    }
    capacity = {
        "cpu": pool.cpu,
        "memory": pool.memory,
        "ephemeral-storage": f"{pool.disk}Gi",
        "pods": MAX_PODS,
    }
    if pool.gpus:
        capacity["nvidia.com/gpu"] = str(pool.gpus)
    # Said even where empty: a taint that the stack file no longer has goes away (the list is atomic in Kubernetes' schema).
    taints = [
        {"key": taint.key, "effect": taint.effect, **({"value": taint.value} if taint.value else {})}
        for taint in pool.taints
    ]
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": name, "labels": labels, "annotations": {"kwok.x-k8s.io/node": "fake"}},
        "spec": {"providerID": f"aws:///{zone}/{name}", "taints": taints},
        "status": {"capacity": capacity, "allocatable": capacity},
    }


def keep_in_step(kube: Kube, env: Environment) -> None:
    """Make, change and remove nodes so that the cluster has just those of the stack file."""
    wanted = {node["metadata"]["name"]: node for node in nodes(env)}
    for node in kube.get("/api/v1/nodes", labelSelector=POOL_LABEL)["items"]:
        if node["metadata"]["name"] not in wanted:
            kube.delete(f"/api/v1/nodes/{node['metadata']['name']}")
    for name, node in wanted.items():
        meta = {"apiVersion": "v1", "kind": "Node", "metadata": {"name": name}}
        kube.apply(f"/api/v1/nodes/{name}", {key: value for key, value in node.items() if key != "status"})
        kube.apply(f"/api/v1/nodes/{name}/status", {**meta, "status": node["status"]})
