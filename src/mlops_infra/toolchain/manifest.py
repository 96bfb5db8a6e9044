"""The one manifest of external programs: which ones, which versions, and where each comes from.

Plain data, no I/O. `find` reads how to recognise a program, `download` its official release, `build` its Go module.
To move a program to another version: change it here and in ``tools/<module>/go.mod``; a test keeps the two in step.

Release addresses and checksum files are the publishers' own:
kubernetes.io/releases/download, github.com/etcd-io/etcd, open-policy-agent/opa, pulumi/pulumi, prometheus/prometheus and
prometheus/alertmanager releases. kwok publishes no checksum file, so its release cannot be verified and is not used.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

_ARCHITECTURES: Mapping[str, str] = MappingProxyType({"amd64": "amd64", "arm64": "arm64"})


@dataclass(frozen=True)
class Release:
    """An official release. In `address`, `checksums` and `member`, ``{version}`` and ``{arch}`` are filled in.

    `checksums` is the publisher's SHA-256 file (a bare digest, or lines ``digest  name``); `sha256` pins digests by
    architecture where they are known, and then takes the place of that file. `member` is the program's path in the
    archive, None where the address is the program itself. `arch` names the architectures as the publisher does.
    """

    address: str
    checksums: str
    member: str | None = None
    arch: Mapping[str, str] = field(default_factory=lambda: _ARCHITECTURES)
    sha256: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Module:
    """A Go module under ``tools/<name>``: its main dependency and version, the linker flags its programs need to know
    their version, and how long a cold build of all its programs typically takes on 2 cores, in seconds."""

    name: str
    path: str
    version: str
    typical_seconds: int
    ldflags: str = ""


@dataclass(frozen=True)
class Tool:
    """One external program.

    `version` is what we install; from `lowest` on and below `below` a program of the user's own is accepted. `ask` are
    the arguments that make it print its version and `answer` the regular expression that finds it (group 1).
    `package` is its main package in `module`. `optional` programs are installed only when asked for by name.
    """

    name: str
    version: str
    lowest: str
    below: str
    ask: tuple[str, ...]
    answer: str
    release: Release | None
    module: Module
    package: str
    purpose: str
    optional: bool = False

    @property
    def setting(self) -> str:
        """The environment variable that names this program's path explicitly."""
        return "MLOPS_INFRA_" + self.name.upper().replace("-", "_")


_PULUMI = Module(
    name="pulumi",
    path="github.com/pulumi/pulumi/pkg/v3",
    version="v3.250.0",
    typical_seconds=190,
    ldflags="-X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=3.250.0",
)
_OPA = Module(name="opa", path="github.com/open-policy-agent/opa", version="v1.22.2", typical_seconds=50)
_ETCD = Module(name="etcd", path="go.etcd.io/etcd/server/v3", version="v3.6.5", typical_seconds=50)
_KUBERNETES = Module(
    name="kubernetes",
    path="k8s.io/kubernetes",
    version="v1.35.4",
    typical_seconds=340,
    ldflags=(
        "-X k8s.io/component-base/version.gitVersion=v1.35.4"
        " -X k8s.io/component-base/version.gitMajor=1"
        " -X k8s.io/component-base/version.gitMinor=35"
    ),
)
_KWOK = Module(name="kwok", path="sigs.k8s.io/kwok", version="v0.7.0", typical_seconds=90)
_PROMETHEUS = Module(
    name="prometheus",
    path="github.com/prometheus/prometheus",
    version="v0.309.1",  # how the Go module numbers release 3.9.1
    typical_seconds=290,
    ldflags="-X github.com/prometheus/common/version.Version=3.9.1",
)
_ALERTMANAGER = Module(
    name="alertmanager",
    path="github.com/prometheus/alertmanager",
    version="v0.28.1",
    typical_seconds=40,
    ldflags="-X github.com/prometheus/common/version.Version=0.28.1",
)


def _kubernetes(name: str, ask: tuple[str, ...], answer: str, purpose: str, *, lowest: str, below: str) -> Tool:
    address = f"https://dl.k8s.io/release/v{{version}}/bin/linux/{{arch}}/{name}"
    return Tool(
        name=name,
        version="1.35.4",
        lowest=lowest,
        below=below,
        ask=ask,
        answer=answer,
        release=Release(address=address, checksums=address + ".sha256"),
        module=_KUBERNETES,
        package=f"k8s.io/kubernetes/cmd/{name}",
        purpose=purpose,
    )


def _kwok(name: str, purpose: str) -> Tool:
    return Tool(
        name=name,
        version="0.7.0",
        lowest="0.7.0",
        below="0.8.0",
        ask=("--version",),
        answer=rf"{name} version v?(\S+)",
        release=None,
        module=_KWOK,
        package=f"sigs.k8s.io/kwok/cmd/{name}",
        purpose=purpose,
    )


def _prometheus(name: str, purpose: str, *, module: Module, version: str, lowest: str, below: str) -> Tool:
    project = module.name
    folder = f"https://github.com/prometheus/{project}/releases/download/v{{version}}/"
    return Tool(
        name=name,
        version=version,
        lowest=lowest,
        below=below,
        ask=("--version",),
        answer=rf"{name}, version v?(\d\S*)",
        release=Release(
            address=folder + f"{project}-{{version}}.linux-{{arch}}.tar.gz",
            checksums=folder + "sha256sums.txt",
            member=f"{project}-{{version}}.linux-{{arch}}/{name}",
        ),
        module=module,
        package=f"{module.path}/cmd/{name}",
        purpose=purpose,
        # prometheus is built together with promtool, whose packages it shares; alone it would cost as much again.
        optional=project == "alertmanager",
    )


# Kubernetes' own components must be of one minor version, as the control plane is assembled from whatever is found;
# kubectl may be one minor version off (kubernetes.io/releases/version-skew-policy). OPA below 1.21.3 has a flaw in its
# bundle signatures.
_TOOLS: tuple[Tool, ...] = (
    Tool(
        name="pulumi",
        version="3.250.0",
        lowest="3.250.0",
        below="4.0.0",
        ask=("version",),
        answer=r"^v?(\d\S*)",
        release=Release(
            address="https://github.com/pulumi/pulumi/releases/download/v{version}/pulumi-v{version}-linux-{arch}.tar.gz",
            checksums="https://github.com/pulumi/pulumi/releases/download/v{version}/pulumi-{version}-checksums.txt",
            member="pulumi/pulumi",
            arch=MappingProxyType({"amd64": "x64", "arm64": "arm64"}),
        ),
        module=_PULUMI,
        package="github.com/pulumi/pulumi/pkg/v3/cmd/pulumi",
        purpose="the engine that previews and deploys",
    ),
    Tool(
        name="opa",
        version="1.22.2",
        lowest="1.21.3",
        below="2.0.0",
        ask=("version",),
        answer=r"^Version: v?(\S+)",
        release=Release(
            address="https://github.com/open-policy-agent/opa/releases/download/v{version}/opa_linux_{arch}_static",
            checksums=(
                "https://github.com/open-policy-agent/opa/releases/download/v{version}/opa_linux_{arch}_static.sha256"
            ),
        ),
        module=_OPA,
        package="github.com/open-policy-agent/opa",
        purpose="judges a graph by the policies",
    ),
    Tool(
        name="etcd",
        version="3.6.5",
        lowest="3.6.0",
        below="3.7.0",
        ask=("--version",),
        answer=r"etcd Version: v?(\S+)",
        release=Release(
            address="https://github.com/etcd-io/etcd/releases/download/v{version}/etcd-v{version}-linux-{arch}.tar.gz",
            checksums="https://github.com/etcd-io/etcd/releases/download/v{version}/SHA256SUMS",
            member="etcd-v{version}-linux-{arch}/etcd",
        ),
        module=_ETCD,
        package="go.etcd.io/etcd/server/v3",
        purpose="the sandbox's Kubernetes data",
    ),
    _kubernetes(
        "kube-apiserver",
        ("--version",),
        r"Kubernetes v?(\S+)",
        "the sandbox's Kubernetes API",
        lowest="1.35.0",
        below="1.36.0",
    ),
    _kubernetes(
        "kube-controller-manager",
        ("--version",),
        r"Kubernetes v?(\S+)",
        "the sandbox's Kubernetes controllers",
        lowest="1.35.0",
        below="1.36.0",
    ),
    _kubernetes(
        "kube-scheduler",
        ("--version",),
        r"Kubernetes v?(\S+)",
        "the sandbox's Kubernetes scheduler",
        lowest="1.35.0",
        below="1.36.0",
    ),
    _kubernetes(
        "kubectl",
        ("version", "--client"),
        r"Client Version: v?(\S+)",
        "talks to a cluster by hand",
        lowest="1.34.0",
        below="1.37.0",
    ),
    _kwok("kwok", "simulates the sandbox's nodes"),
    _kwok("kwokctl", "assembles the sandbox's control plane"),
    _prometheus("promtool", "checks alert rules", module=_PROMETHEUS, version="3.9.1", lowest="3.0.0", below="4.0.0"),
    _prometheus(
        "prometheus", "the sandbox's monitoring", module=_PROMETHEUS, version="3.9.1", lowest="3.0.0", below="4.0.0"
    ),
    _prometheus(
        "alertmanager", "the sandbox's alerts", module=_ALERTMANAGER, version="0.28.1", lowest="0.27.0", below="1.0.0"
    ),
    _prometheus(
        "amtool", "checks alert routes", module=_ALERTMANAGER, version="0.28.1", lowest="0.27.0", below="1.0.0"
    ),
)

MANIFEST: Mapping[str, Tool] = MappingProxyType({tool.name: tool for tool in _TOOLS})
