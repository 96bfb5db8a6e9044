"""Pods as Hypothesis makes them: good ones, with a few changes to what the Pod Security Standards look at.

A pod that breaks many rules says little about any of them, so each starts as one that is restricted, or bare, or of Windows, and gets
one to four changes. What is no valid pod at all (the API server says so) is of no use; the changes are chosen so that most are.
https://kubernetes.io/docs/concepts/security/pod-security-standards/
"""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from typing import Any

from hypothesis import strategies as st

IMAGE = "registry.example/app@sha256:" + "0" * 64
KINDS = ("containers", "initContainers", "ephemeralContainers")
UNSET = None
"""In a change: the property is taken away."""

_PROFILES = (
    {"type": "RuntimeDefault"},
    {"type": "Localhost", "localhostProfile": "a/b"},
    {"type": "Unconfined"},
    UNSET,
)
_SELINUX = tuple(
    {part: value}
    for part, values in {
        "type": ("", "container_t", "container_init_t", "container_kvm_t", "container_engine_t", "spc_t"),
        "user": ("", "system_u"),
        "role": ("", "system_r"),
        "level": ("s0:c1,c2",),
    }.items()
    for value in values
)
_EITHER: Mapping[str, tuple[Any, ...]] = {
    "securityContext.runAsNonRoot": (True, False, UNSET),
    "securityContext.runAsUser": (0, 1, 65534, UNSET),
    "securityContext.runAsGroup": (0, 1),
    "securityContext.seccompProfile": _PROFILES,
    "securityContext.appArmorProfile": _PROFILES,
    "securityContext.seLinuxOptions": (*_SELINUX, {}),
    "securityContext.windowsOptions": (
        {},
        {"hostProcess": False},
        {"hostProcess": True},
        {"runAsUserName": "ContainerUser"},
    ),
    "securityContext": (UNSET, {}),
}
"""What may be said of a pod and of a container alike."""
_SYSCTLS = (
    "kernel.shm_rmid_forced",
    "kernel.msgmax",
    "net.ipv4.ip_local_port_range",
    "net.ipv4.ip_local_reserved_ports",
    "net.ipv4.ip_unprivileged_port_start",
    "net.ipv4.ping_group_range",
    "net.ipv4.tcp_syncookies",
    "net.ipv4.tcp_keepalive_time",
    "net.ipv4.tcp_keepalive_intvl",
    "net.ipv4.tcp_keepalive_probes",
    "net.ipv4.tcp_fin_timeout",
    "net.ipv4.tcp_rmem",
    "net.ipv4.tcp_wmem",
    "net.core.somaxconn",
)
_VOLUMES: tuple[Mapping[str, Any], ...] = (
    {},
    {"emptyDir": {}},
    {"emptyDir": {"medium": "Memory"}},
    {"configMap": {"name": "a"}},
    {"secret": {"secretName": "a"}},
    {"downwardAPI": {"items": []}},
    {"projected": {"sources": [{"configMap": {"name": "a"}}]}},
    {"persistentVolumeClaim": {"claimName": "a"}},
    {"csi": {"driver": "a.example"}},
    {
        "ephemeral": {
            "volumeClaimTemplate": {
                "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}
            }
        }
    },
    {"image": {"reference": IMAGE}},
    {"hostPath": {"path": "/var/log"}},
    {"nfs": {"server": "a", "path": "/b"}},
    {"iscsi": {"targetPortal": "10.0.0.1", "iqn": "iqn.2001-04.com.example:storage", "lun": 0}},
    {"cephfs": {"monitors": ["10.0.0.1"]}},
    {"rbd": {"monitors": ["10.0.0.1"], "image": "a"}},
    {"glusterfs": {"endpoints": "a", "path": "b"}},
    {"fc": {"targetWWNs": ["a"], "lun": 1}},
    {"flexVolume": {"driver": "a/b"}},
    {"awsElasticBlockStore": {"volumeID": "a"}},
    {"azureFile": {"secretName": "a", "shareName": "b"}},
    {"gcePersistentDisk": {"pdName": "a"}},
    {"vsphereVolume": {"volumePath": "a"}},
    {"portworxVolume": {"volumeID": "a"}},
    {"quobyte": {"registry": "a:1", "volume": "b"}},
    {"scaleIO": {"gateway": "a", "system": "b", "volumeName": "c", "secretRef": {"name": "d"}}},
    {"storageos": {"volumeName": "a"}},
    {"photonPersistentDisk": {"pdID": "a"}},
    {"cinder": {"volumeID": "a"}},
)
_POD: Mapping[str, tuple[Any, ...]] = {
    **_EITHER,
    "os": ({"name": "linux"}, {"name": "windows"}, UNSET),
    "hostNetwork": (True, False),
    "hostPID": (True, False),
    "hostIPC": (True, False),
    "hostUsers": (False, True, UNSET),
    "shareProcessNamespace": (True,),
    "securityContext.sysctls": tuple([{"name": name, "value": "1"}] for name in _SYSCTLS),
    "securityContext.supplementalGroups": ([0, 1],),
    "volumes": tuple([{"name": "v", **volume}] for volume in _VOLUMES),
}
_HANDLERS = tuple(
    {action: {"port": 80, **host}}
    for action in ("httpGet", "tcpSocket")
    for host in ({}, {"host": ""}, {"host": "example.org"}, {"host": "127.0.0.1"})
)
_CAPABILITIES = (
    *(
        "AUDIT_WRITE",
        "CHOWN",
        "DAC_OVERRIDE",
        "FOWNER",
        "FSETID",
        "KILL",
        "MKNOD",
        "NET_BIND_SERVICE",
        "SETFCAP",
        "SETGID",
    ),
    *("SETPCAP", "SETUID", "SYS_CHROOT", "NET_RAW", "NET_ADMIN", "SYS_TIME", "SYS_PTRACE", "ALL", "net_bind_service"),
)
_CONTAINER: Mapping[str, tuple[Any, ...]] = {
    **_EITHER,
    "securityContext.privileged": (True, False),
    "securityContext.allowPrivilegeEscalation": (True, False, UNSET),
    "securityContext.readOnlyRootFilesystem": (True, False),
    "securityContext.procMount": ("Default", "Unmasked"),
    "securityContext.capabilities": (
        UNSET,
        {},
        {"add": []},
        {"drop": ["all"]},
        {"drop": ["NET_RAW"]},
        {"drop": ["KILL", "ALL"]},
    ),
    "securityContext.capabilities.add": tuple([name] for name in _CAPABILITIES),
}
_MAIN: Mapping[str, tuple[Any, ...]] = {
    **_CONTAINER,
    "ports": tuple([{"containerPort": 80, **host}] for host in ({}, {"hostPort": 0}, {"hostPort": 80})),
    "livenessProbe": (*_HANDLERS, {"exec": {"command": ["a"]}}, {"grpc": {"port": 1}}),
    "readinessProbe": _HANDLERS,
    "startupProbe": _HANDLERS,
    "lifecycle.postStart": (*_HANDLERS, {"sleep": {"seconds": 1}}),
    "lifecycle.preStop": _HANDLERS,
}
"""What only containers may have that are neither of initialisation nor ephemeral."""
_ANNOTATIONS = tuple(
    {"container.apparmor.security.beta.kubernetes.io/containers-0": value}
    for value in ("runtime/default", "localhost/a", "unconfined", "")
)
_GOOD = {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}
_STARTS: tuple[tuple[Mapping[str, Any], Mapping[str, Any]], ...] = (
    (
        {"securityContext": {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}}},
        {"securityContext": _GOOD},
    ),
    ({}, {"securityContext": {**_GOOD, "runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}}}),
    (
        {"hostUsers": False, "securityContext": {"seccompProfile": {"type": "RuntimeDefault"}}},
        {"securityContext": _GOOD},
    ),
    (
        {
            "hostNetwork": True,
            "securityContext": {"windowsOptions": {"hostProcess": True}},
        },
        {},
    ),
    ({"os": {"name": "windows"}, "securityContext": {"runAsNonRoot": True}}, {}),
    ({}, {}),
)
"""What pods and their containers start with."""


GOOD_POD: Mapping[str, Any] = {
    "spec": {**_STARTS[0][0], "containers": [{"name": "containers-0", "image": IMAGE, **_STARTS[0][1]}]}
}
"""What all pods with ephemeral containers are otherwise."""


def changed(properties: Mapping[str, Any], path: str, value: Any) -> dict[str, Any]:
    """`properties` with another value at a dotted path; `UNSET` takes it away."""
    key, _, rest = path.partition(".")
    made = dict(properties)
    if rest:
        made[key] = changed(made.get(key) or {}, rest, value)
    elif value is UNSET:
        made.pop(key, None)
    else:
        made[key] = deepcopy(value)
    return made


@st.composite
def _changes(draw: st.DrawFn, table: Mapping[str, tuple[Any, ...]]) -> tuple[str, Any]:
    # What has many values comes more often.
    path = draw(st.sampled_from([path for path, values in table.items() for _ in range(1 + len(values) // 6)]))
    return path, draw(st.sampled_from(table[path]))


@st.composite
def pods(draw: st.DrawFn, ephemeral: bool = False) -> dict[str, Any]:
    """The metadata and the spec of a pod. With `ephemeral`, only the ephemeral containers differ from a restricted pod."""
    pod, container = draw(st.sampled_from(_STARTS[:1] if ephemeral else _STARTS))
    made: dict[str, list[dict[str, Any]]] = {"containers": [dict(container)]}
    kinds = KINDS[2:] if ephemeral else KINDS[:2]
    if ephemeral or draw(st.booleans()):
        made.setdefault(draw(st.sampled_from(kinds)), []).append(dict(container))
    tables = {"ephemeralContainers": _CONTAINER, "initContainers": _CONTAINER, "containers": _MAIN}
    annotations: dict[str, str] = {}
    for _ in range(draw(st.integers(1, 4))):
        where = draw(st.sampled_from(kinds if ephemeral else ("pod", "annotations", *kinds)))
        if where == "pod":
            pod = changed(pod, *draw(_changes(_POD)))
        elif where == "annotations":
            annotations |= draw(st.sampled_from(_ANNOTATIONS))
        elif where in made:
            place = draw(st.integers(0, len(made[where]) - 1))
            made[where][place] = changed(made[where][place], *draw(_changes(tables[where])))
    found = _pod(pod, made)
    return {**found, "metadata": {"annotations": annotations}} if annotations else found


def single_changes() -> list[dict[str, Any]]:
    """Every change once, to a restricted pod, to one in a user namespace and to a host process of Windows."""
    found = []
    for pod, container in (_STARTS[0], _STARTS[2], _STARTS[3]):
        for path, value in ((path, value) for path, values in _POD.items() for value in values):
            found.append(_pod(changed(pod, path, value), {"containers": [dict(container)]}))
        for path, value in ((path, value) for path, values in _MAIN.items() for value in values):
            found.append(_pod(pod, {"containers": [changed(container, path, value)]}))
    return found


def _pod(pod: Mapping[str, Any], containers: Mapping[str, list[dict[str, Any]]]) -> dict[str, Any]:
    named = {
        kind: [{"name": f"{kind.lower()}-{index}", "image": IMAGE, **one} for index, one in enumerate(found)]
        for kind, found in containers.items()
    }
    return {"metadata": {}, "spec": {**pod, **named}}
