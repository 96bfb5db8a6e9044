"""What each role may do in the cluster: plain data, turned into ClusterRoles by `shared`.

The API server lets nobody grant what they do not hold (unless they may ``escalate`` or ``bind``, which no role here may), so
platform-admin, who manages roles, holds what all others hold; a test keeps that true. ci-deployer changes workloads and their
surroundings but no RBAC: such a change is applied by a platform-admin. No rule has a wildcard, nobody may impersonate.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from mlops_infra.config.model.types import RoleName

READ: Final = ("get", "list", "watch")
WRITE: Final = ("create", "update", "patch", "delete")
MANAGE: Final = (*READ, *WRITE)


@dataclass(frozen=True)
class Rule:
    """API groups × resources × verbs (Kubernetes PolicyRule)."""

    groups: tuple[str, ...]
    resources: tuple[str, ...]
    verbs: tuple[str, ...]


def cluster_role(role: RoleName) -> str:
    """Name of a role's ClusterRole."""
    return f"mlops-infra-{role}"


_RBAC = ("rbac.authorization.k8s.io",)
_RBAC_KINDS = ("roles", "rolebindings", "clusterroles", "clusterrolebindings")
_ADMISSION = ("admissionregistration.k8s.io",)
_ADMISSION_KINDS = (
    "mutatingwebhookconfigurations",
    "validatingwebhookconfigurations",
    "validatingadmissionpolicies",
    "validatingadmissionpolicybindings",
)

_EVENTS = Rule(("", "events.k8s.io"), ("events",), READ)
_TEAM_VIEW = (
    _EVENTS,
    Rule(
        ("",),
        ("services", "endpoints", "serviceaccounts", "persistentvolumeclaims", "resourcequotas", "limitranges"),
        READ,
    ),
    Rule(("apps",), ("deployments", "statefulsets", "daemonsets", "replicasets"), READ),
    Rule(("autoscaling",), ("horizontalpodautoscalers",), READ),
    Rule(("policy",), ("poddisruptionbudgets",), READ),
    Rule(("networking.k8s.io",), ("networkpolicies",), READ),
)

_ML_ENGINEER = (
    *_TEAM_VIEW,
    Rule(("",), ("pods",), (*READ, "create", "delete")),
    Rule(("",), ("pods/log",), ("get",)),
    # `get` for clients that open the stream with a WebSocket upgrade.
    Rule(("",), ("pods/exec", "pods/portforward"), ("get", "create")),
    Rule(("",), ("configmaps",), MANAGE),
    # No list and no watch: each secret is asked for by its name.
    Rule(("",), ("secrets",), ("get", *WRITE)),
    Rule(("batch",), ("jobs", "cronjobs"), MANAGE),
)

_DATA_SCIENTIST = (
    *_TEAM_VIEW,
    Rule(("",), ("pods", "configmaps"), READ),
    Rule(("",), ("pods/log",), ("get",)),
    Rule(("",), ("pods/portforward",), ("get", "create")),
    Rule(("batch",), ("jobs",), (*READ, "create", "delete")),
    Rule(("batch",), ("cronjobs",), READ),
)

# Logs and secrets may hold personal data, so an auditor sees neither.
_AUDITOR = (
    *_TEAM_VIEW,
    Rule(("",), ("namespaces", "nodes", "persistentvolumes", "pods", "configmaps"), READ),
    Rule(("batch",), ("jobs", "cronjobs"), READ),
    Rule(_RBAC, _RBAC_KINDS, READ),
    Rule(("storage.k8s.io",), ("storageclasses", "volumeattachments"), READ),
    Rule(("scheduling.k8s.io",), ("priorityclasses",), READ),
    Rule(_ADMISSION, _ADMISSION_KINDS, READ),
)

_CI_DEPLOYER = (
    _EVENTS,
    Rule(
        ("",),
        (
            "namespaces",
            "configmaps",
            "services",
            "serviceaccounts",
            "persistentvolumeclaims",
            "resourcequotas",
            "limitranges",
        ),
        MANAGE,
    ),
    Rule(("",), ("pods", "endpoints", "nodes"), READ),
    Rule(("discovery.k8s.io",), ("endpointslices",), READ),
    Rule(("apps",), ("deployments", "statefulsets"), MANAGE),
    Rule(("apps",), ("replicasets", "controllerrevisions"), READ),
    Rule(("autoscaling",), ("horizontalpodautoscalers",), MANAGE),
    Rule(("policy",), ("poddisruptionbudgets",), MANAGE),
    Rule(("networking.k8s.io",), ("networkpolicies",), MANAGE),
    Rule(("storage.k8s.io",), ("storageclasses",), MANAGE),
    Rule(("scheduling.k8s.io",), ("priorityclasses",), MANAGE),
    Rule(_RBAC, _RBAC_KINDS, READ),
)

_PLATFORM_ADMIN = (
    _EVENTS,
    Rule(
        ("",),
        (
            "namespaces",
            "configmaps",
            "secrets",
            "services",
            "serviceaccounts",
            "persistentvolumeclaims",
            "persistentvolumes",
            "resourcequotas",
            "limitranges",
            "pods",
        ),
        MANAGE,
    ),
    Rule(("",), ("pods/log",), ("get",)),
    Rule(("",), ("pods/exec", "pods/portforward"), ("get", "create")),
    Rule(("",), ("pods/eviction",), ("create",)),
    Rule(("",), ("nodes",), (*READ, "update", "patch")),
    Rule(("",), ("endpoints",), READ),
    Rule(("discovery.k8s.io",), ("endpointslices",), READ),
    Rule(("apps",), ("deployments", "statefulsets", "daemonsets", "replicasets", "controllerrevisions"), MANAGE),
    Rule(("apps",), ("deployments/scale", "statefulsets/scale"), ("get", "update", "patch")),
    Rule(("batch",), ("jobs", "cronjobs"), MANAGE),
    Rule(("autoscaling",), ("horizontalpodautoscalers",), MANAGE),
    Rule(("policy",), ("poddisruptionbudgets",), MANAGE),
    Rule(("networking.k8s.io",), ("networkpolicies",), MANAGE),
    Rule(("storage.k8s.io",), ("storageclasses", "volumeattachments"), MANAGE),
    Rule(("scheduling.k8s.io",), ("priorityclasses",), MANAGE),
    Rule(_RBAC, _RBAC_KINDS, MANAGE),
    Rule(_ADMISSION, _ADMISSION_KINDS, MANAGE),
)

CLUSTER_ROLES: Final[Mapping[RoleName, tuple[Rule, ...]]] = {
    "platform-admin": _PLATFORM_ADMIN,
    "ml-engineer": _ML_ENGINEER,
    "data-scientist": _DATA_SCIENTIST,
    "auditor": _AUDITOR,
    "ci-deployer": _CI_DEPLOYER,
}
"""Every role's rules. A role that is bound in a team's namespace holds them there only."""
