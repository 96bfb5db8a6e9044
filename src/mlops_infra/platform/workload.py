"""Pods as this platform runs them: they pass the restricted Pod Security Standard whatever the component.

No root, no privilege escalation, no capabilities, the runtime's seccomp profile, a read-only root file system with named writable
folders, requests equal to limits, no API token unless asked for. Components say what differs: image, ports, probes, folders.
(Kubernetes documentation, "Pod Security Standards", profile Restricted.)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pulumi
from pulumi_kubernetes.core.v1 import (
    CapabilitiesArgs,
    ConfigMapProjectionArgs,
    ContainerArgs,
    ContainerPortArgs,
    EmptyDirVolumeSourceArgs,
    EnvVarArgs,
    HTTPGetActionArgs,
    PersistentVolumeClaimVolumeSourceArgs,
    PodSecurityContextArgs,
    PodSpecArgs,
    PodTemplateSpecArgs,
    ProbeArgs,
    ProjectedVolumeSourceArgs,
    ResourceRequirementsArgs,
    SeccompProfileArgs,
    SecurityContextArgs,
    TolerationArgs,
    TopologySpreadConstraintArgs,
    VolumeArgs,
    VolumeMountArgs,
    VolumeProjectionArgs,
)
from pulumi_kubernetes.meta.v1 import ObjectMetaArgs

from mlops_infra.config.model import Environment
from mlops_infra.platform.objects import Scope

GPU = "nvidia.com/gpu"
"""The extended resource that NVIDIA's device plugin offers."""


@dataclass(frozen=True)
class Size:
    """What one pod requests and is limited to: cores, memory (Kubernetes quantities), GPUs."""

    cpu: str
    memory: str
    gpus: int = 0


@dataclass(frozen=True)
class Probes:
    """HTTP paths that tell whether the container started and is ready, and whether it lives; on the port named ``http``.

    `startup_seconds`: how long it may take to start.
    """

    ready: str
    alive: str
    startup_seconds: int = 120


@dataclass(frozen=True)
class Folder:
    """A mounted folder: scratch space of a size, a claim, or files of ConfigMaps (all keys, or one file per map)."""

    name: str
    path: str
    scratch: str = ""
    claim: str = ""
    config_maps: tuple[str, ...] = ()

    def mount(self) -> VolumeMountArgs:
        return VolumeMountArgs(name=self.name, mount_path=self.path, read_only=True if self.config_maps else None)

    def volume(self) -> VolumeArgs:
        if self.claim:
            return VolumeArgs(
                name=self.name, persistent_volume_claim=PersistentVolumeClaimVolumeSourceArgs(claim_name=self.claim)
            )
        if self.config_maps:
            sources = [VolumeProjectionArgs(config_map=ConfigMapProjectionArgs(name=name)) for name in self.config_maps]
            return VolumeArgs(name=self.name, projected=ProjectedVolumeSourceArgs(sources=sources))
        return VolumeArgs(name=self.name, empty_dir=EmptyDirVolumeSourceArgs(size_limit=self.scratch))


@dataclass(frozen=True)
class Workload:
    """One container in a pod.

    `port` is named ``http``. `user` is the numeric user and group (not 0). `token`: whether the pod gets a Kubernetes API token.
    `spread`: keep the pods of the application apart, by zone and by node.
    """

    image: str
    service_account: str
    port: int
    size: Size
    probes: Probes
    priority: str
    command: tuple[str, ...] = ()
    arguments: tuple[str, ...] = ()
    variables: Mapping[str, pulumi.Input[str]] = field(default_factory=dict)
    folders: tuple[Folder, ...] = ()
    user: int = 10001
    token: bool = False
    spread: bool = False
    labels: Mapping[str, str] = field(default_factory=dict)
    annotations: Mapping[str, str] = field(default_factory=dict)


def pod_template(scope: Scope, work: Workload) -> PodTemplateSpecArgs:
    """The pod template of `work`, labelled as an application of `scope`."""
    return PodTemplateSpecArgs(
        metadata=ObjectMetaArgs(
            labels={**scope.labels, **work.labels}, annotations=dict(work.annotations) if work.annotations else None
        ),
        spec=PodSpecArgs(
            service_account_name=work.service_account,
            automount_service_account_token=work.token,
            enable_service_links=False,
            priority_class_name=work.priority,
            security_context=PodSecurityContextArgs(
                run_as_non_root=True,
                run_as_user=work.user,
                run_as_group=work.user,
                fs_group=work.user,
                # Changing the owner of every file at each start takes minutes on a large volume.
                fs_group_change_policy="OnRootMismatch",
                seccomp_profile=SeccompProfileArgs(type="RuntimeDefault"),
            ),
            containers=[_container(scope.app, work)],
            volumes=[folder.volume() for folder in work.folders] or None,
            tolerations=gpu_tolerations(scope.part.env) if work.size.gpus else None,
            topology_spread_constraints=_spread(scope) if work.spread else None,
        ),
    )


def gpu_tolerations(env: Environment) -> list[TolerationArgs] | None:
    """Tolerations of the taints that the GPU node pools have."""
    taints = {
        (taint.key, taint.value, taint.effect) for pool in env.cluster.node_pools if pool.gpus for taint in pool.taints
    }
    return [
        TolerationArgs(key=key, operator="Equal" if value else "Exists", value=value or None, effect=effect)
        for key, value, effect in sorted(taints)
    ] or None


def _container(name: str, work: Workload) -> ContainerArgs:
    ready, alive = (HTTPGetActionArgs(path=path, port="http") for path in (work.probes.ready, work.probes.alive))
    amounts = {"cpu": work.size.cpu, "memory": work.size.memory}
    if work.size.gpus:
        amounts[GPU] = str(work.size.gpus)
    return ContainerArgs(
        name=name,
        image=work.image,
        image_pull_policy="IfNotPresent",
        command=list(work.command) or None,
        args=list(work.arguments) or None,
        env=[EnvVarArgs(name=key, value=value) for key, value in sorted(work.variables.items())] or None,
        ports=[ContainerPortArgs(name="http", container_port=work.port, protocol="TCP")],
        resources=ResourceRequirementsArgs(requests=amounts, limits=dict(amounts)),
        security_context=SecurityContextArgs(
            allow_privilege_escalation=False,
            privileged=False,
            read_only_root_filesystem=True,
            run_as_non_root=True,
            capabilities=CapabilitiesArgs(drop=["ALL"]),
            seccomp_profile=SeccompProfileArgs(type="RuntimeDefault"),
        ),
        startup_probe=ProbeArgs(
            http_get=ready, period_seconds=5, timeout_seconds=3, failure_threshold=-(-work.probes.startup_seconds // 5)
        ),
        readiness_probe=ProbeArgs(http_get=ready, period_seconds=10, timeout_seconds=3, failure_threshold=3),
        liveness_probe=ProbeArgs(http_get=alive, period_seconds=15, timeout_seconds=5, failure_threshold=4),
        volume_mounts=[folder.mount() for folder in work.folders] or None,
    )


def _spread(scope: Scope) -> Sequence[TopologySpreadConstraintArgs]:
    return [
        TopologySpreadConstraintArgs(
            max_skew=1, topology_key=key, when_unsatisfiable="ScheduleAnyway", label_selector=scope.selector
        )
        for key in ("topology.kubernetes.io/zone", "kubernetes.io/hostname")
    ]
