"""What kwokctl is told: an `KwokctlConfiguration`, and the audit policy of the API server. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from mlops_infra.sandbox.processes import LOOPBACK

PROGRAMS: Final = (
    "etcd",
    "kube-apiserver",
    "kube-controller-manager",
    "kube-scheduler",
    "kubectl",
    "kwok",
    "kwokctl",
)
"""The external programs that a cluster needs; nothing is downloaded by kwokctl."""

PROCESSES: Final = ("etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "kwok-controller")
"""The processes of a cluster, by kwokctl's names, in the order of their start."""


@dataclass(frozen=True)
class Ports:
    """The loopback ports of one cluster."""

    etcd: int
    etcd_peer: int
    apiserver: int
    controller_manager: int
    scheduler: int
    kwok: int

    def of(self, process: str) -> int:
        return {
            "etcd": self.etcd,
            "kube-apiserver": self.apiserver,
            "kube-controller-manager": self.controller_manager,
            "kube-scheduler": self.scheduler,
            "kwok-controller": self.kwok,
        }[process]


def kwokctl_configuration(programs: Mapping[str, Path], ports: Ports, audit_policy: Path) -> dict[str, Any]:
    """The configuration of a cluster with RBAC, admission (PodSecurity, quotas and limits are on by default) and audit, on loopback
    only, made of the given programs."""
    return {
        "apiVersion": "config.kwok.x-k8s.io/v1alpha1",
        "kind": "KwokctlConfiguration",
        "options": {
            "runtime": "binary",
            "bindAddress": LOOPBACK,
            "securePort": True,
            "kubeAuthorization": True,
            "kubeAdmission": True,
            "kubeAuditPolicy": str(audit_policy),
            # kwok and its nodes are our own load; the limits only slow down a sandbox that nobody shares.
            "disableQPSLimits": True,
            "components": list(PROCESSES),
            "etcdPort": ports.etcd,
            "etcdPeerPort": ports.etcd_peer,
            "kubeApiserverPort": ports.apiserver,
            "kubeControllerManagerPort": ports.controller_manager,
            "kubeSchedulerPort": ports.scheduler,
            "kwokControllerPort": ports.kwok,
            "etcdBinary": str(programs["etcd"]),
            "kubeApiserverBinary": str(programs["kube-apiserver"]),
            "kubeControllerManagerBinary": str(programs["kube-controller-manager"]),
            "kubeSchedulerBinary": str(programs["kube-scheduler"]),
            "kubectlBinary": str(programs["kubectl"]),
            "kwokControllerBinary": str(programs["kwok"]),
        },
        "componentsPatches": [
            {
                "name": "kube-apiserver",
                "extraArgs": [
                    {"key": "audit-log-maxsize", "value": "50"},
                    {"key": "audit-log-maxbackup", "value": "2"},
                ],
            },
            # There is one of each; waiting for the lease of one that was killed would cost fifteen seconds.
            {
                "name": "kube-controller-manager",
                "extraArgs": [
                    {"key": "leader-elect", "value": "false"},
                    # Simulated nodes do not fail; a busy machine only makes their heartbeats late.
                    {"key": "node-monitor-grace-period", "value": "24h"},
                ],
            },
            {"name": "kube-scheduler", "extraArgs": [{"key": "leader-elect", "value": "false"}]},
            # Nor the nodes' leases: they last minutes, and after a restart nobody's pods would start or go until they run out.
            {"name": "kwok-controller", "extraArgs": [{"key": "node-lease-duration-seconds", "value": "0"}]},
        ],
    }


def audit_policy() -> dict[str, Any]:
    """Who did what, without noise and without the content of secrets (audit.k8s.io/v1 Policy).

    RBAC changes are logged with their bodies; secrets, config maps and tokens never are; control-plane chatter (leases, events, reads by
    the components themselves) is left out.
    """
    return {
        "apiVersion": "audit.k8s.io/v1",
        "kind": "Policy",
        "omitStages": ["RequestReceived"],
        "rules": [
            {
                "level": "None",
                "users": ["system:kube-controller-manager", "system:kube-scheduler", "system:apiserver"],
                "verbs": ["get", "list", "watch"],
            },
            {"level": "None", "resources": [{"group": "coordination.k8s.io"}, {"group": "", "resources": ["events"]}]},
            {"level": "None", "nonResourceURLs": ["/healthz*", "/livez*", "/readyz*", "/version", "/openapi/*"]},
            {
                "level": "Metadata",
                "resources": [
                    {"group": "", "resources": ["secrets", "configmaps", "serviceaccounts/token"]},
                    {"group": "authentication.k8s.io", "resources": ["tokenreviews"]},
                ],
            },
            {
                "level": "RequestResponse",
                "verbs": ["create", "update", "patch", "delete", "deletecollection"],
                "resources": [{"group": "rbac.authorization.k8s.io"}],
            },
            {"level": "Metadata"},
        ],
    }
