"""Fields that the API server refuses to change, so that a change of them is a replacement.

From the API's own validation (kubernetes ``pkg/apis/*/validation``, v1.35) and, where it is a matter of taste, from the official provider's
table (pulumi-kubernetes ``provider/pkg/provider/diff.go``).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from mlops_infra.graph.model import PropertyPath

Pattern = tuple[str, ...]

_FIELDS: Final[Mapping[tuple[str, str], tuple[Pattern, ...]]] = {
    ("", "PersistentVolume"): (("spec", "persistentVolumeSource"), ("spec", "volumeMode"), ("spec", "csi")),
    ("", "Secret"): (("type",),),
    ("", "Service"): (("spec", "clusterIP"), ("spec", "clusterIPs"), ("spec", "ipFamilies")),
    ("", "ResourceQuota"): (("spec", "scopes"), ("spec", "scopeSelector")),
    ("", "ReplicationController"): (),
    ("apps", "Deployment"): (("spec", "selector"),),
    ("apps", "DaemonSet"): (("spec", "selector"),),
    ("apps", "ReplicaSet"): (("spec", "selector"),),
    ("apps", "StatefulSet"): (
        ("spec", "podManagementPolicy"),
        ("spec", "selector"),
        ("spec", "serviceName"),
        ("spec", "volumeClaimTemplates"),
    ),
    ("batch", "Job"): (
        ("spec", "completionMode"),
        ("spec", "completions"),
        ("spec", "manualSelector"),
        ("spec", "podFailurePolicy"),
        ("spec", "selector"),
        ("spec", "template"),
    ),
    ("rbac.authorization.k8s.io", "RoleBinding"): (("roleRef",),),
    ("rbac.authorization.k8s.io", "ClusterRoleBinding"): (("roleRef",),),
    ("scheduling.k8s.io", "PriorityClass"): (("value",), ("preemptionPolicy",)),
    ("storage.k8s.io", "StorageClass"): (
        ("provisioner",),
        ("parameters",),
        ("reclaimPolicy",),
        ("volumeBindingMode",),
    ),
    ("storage.k8s.io", "VolumeAttachment"): (("spec",),),
    ("storage.k8s.io", "CSIDriver"): (("spec", "attachRequired"), ("spec", "volumeLifecycleModes")),
    ("networking.k8s.io", "IngressClass"): (("spec", "controller"),),
    ("node.k8s.io", "RuntimeClass"): (("handler",),),
    ("apiextensions.k8s.io", "CustomResourceDefinition"): (
        ("spec", "group"),
        ("spec", "scope"),
        ("spec", "names", "kind"),
        ("spec", "names", "plural"),
    ),
}
_CLAIM_MUTABLE: Final[tuple[Pattern, ...]] = (
    ("spec", "resources"),
    ("spec", "volumeAttributesClassName"),
)
_POD_MUTABLE: Final[tuple[Pattern, ...]] = (
    ("spec", "activeDeadlineSeconds"),
    ("spec", "tolerations"),
    ("spec", "terminationGracePeriodSeconds"),
)
_DATA: Final[tuple[Pattern, ...]] = (("data",), ("binaryData",), ("stringData",), ("immutable",))


def forces_replacement(group: str, kind: str, path: PropertyPath, old: Mapping[str, Any]) -> bool:
    """Whether a change at `path` needs a new object. `old` are the inputs that the object was made from."""
    if path in (("kind",), ("metadata", "name"), ("metadata", "namespace")):
        return True
    if (group, kind) == ("", "PersistentVolumeClaim") and path[:1] == ("spec",):
        return not any(_reaches(path, pattern) for pattern in _CLAIM_MUTABLE)
    if (group, kind) == ("", "Pod") and path[:1] == ("spec",):
        image = path[1:2] in (("containers",), ("initContainers",)) and path[3:] == ("image",)
        return not image and not any(_reaches(path, pattern) for pattern in _POD_MUTABLE)
    if kind in ("ConfigMap", "Secret") and group == "" and old.get("immutable") is True:
        return any(_reaches(path, pattern) for pattern in _DATA)
    return any(_reaches(path, pattern) or _reaches(pattern, path) for pattern in _FIELDS.get((group, kind), ()))


def _reaches(path: PropertyPath, pattern: PropertyPath) -> bool:
    """Whether `path` lies at or below `pattern`."""
    return path[: len(pattern)] == pattern
