"""Stand-ins of what the toolchain depends on: a local server for the release hosts, and small scripts for programs, Go and
the Python that makes Go's private environment."""

from __future__ import annotations

import hashlib
import io
import json
import os
import sys
import tarfile
import threading
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace

from mlops_infra.progress import Step
from mlops_infra.toolchain import MANIFEST, Places, Tool

ANSWERS = {
    "pulumi": "v{}",
    "opa": "Version: {}\nBuild Commit: \nGo Version: go1.26.8",
    "etcd": "etcd Version: {}\nGit SHA: Not provided",
    "kubectl": "Client Version: v{}\nKustomize Version: v5.7.1",
    "kwok": "kwok version v{} go1.26.8 (linux/amd64)",
    "kwokctl": "kwokctl version v{} go1.26.8 (linux/amd64)",
    "kube-apiserver": "Kubernetes v{}",
    "kube-controller-manager": "Kubernetes v{}",
    "kube-scheduler": "Kubernetes v{}",
    "promtool": "promtool, version {} (branch: , revision: unknown)",
    "prometheus": "prometheus, version {} (branch: , revision: unknown)",
    "alertmanager": "alertmanager, version {} (branch: , revision: unknown)",
    "amtool": "amtool, version {} (branch: , revision: unknown)",
}

# Stands for Go, and for the Python that makes Go's private environment. Told by go.json beside the cache what to do.
_FAKE = """#!{python} -S
import json, os, pathlib, shutil, sys
told = json.loads(pathlib.Path({told!r}).read_text())
arguments = sys.argv[1:]
with open(told["log"], "a") as log:
    log.write(json.dumps([arguments, {{key: os.environ.get(key) for key in told["variables"]}}]) + "\\n")
if arguments[:1] == ["version"]:
    print("go version go" + told["version"] + " linux/amd64")
elif arguments[:1] == ["env"]:
    print(told["module_cache"])
elif arguments[:2] == ["-m", "venv"]:
    target = pathlib.Path(arguments[-1]) / "bin" / "python"
    target.parent.mkdir(parents=True)
    shutil.copy(__file__, target)
elif arguments[:2] == ["-m", "pip"]:
    if told["no_wheel"]:
        sys.exit("no matching distribution")
    pathlib.Path(told["told"]).write_text(json.dumps({{**told, "version": told["wheel"]}}))
    shutil.copy(__file__, pathlib.Path(__file__).parent / "go")
elif arguments[:1] == ["build"]:
    output = arguments[arguments.index("-o") + 1]
    packages = arguments[arguments.index("-o") + 2 :]
    cache = pathlib.Path(os.environ["GOCACHE"])
    cache.mkdir(parents=True, exist_ok=True)
    (cache / "object").write_text("half a program")
    if told["gate"]:
        open(told["gate"]).read()
    if told["failing"]:
        print("go: module lookup failed", file=sys.stderr)
        sys.exit(1)
    for package in packages:
        name, content = told["programs"][package]
        file = pathlib.Path(output + name if output.endswith("/") else output)
        file.write_text(content)
        file.chmod(0o755)
"""


def script(tool: Tool, version: str | None = None) -> str:
    """A program that tells a version as the real one does."""
    return f"#!/bin/sh\ncat <<'END'\n{ANSWERS[tool.name].format(version or tool.version)}\nEND\n"


def put(folder: Path, name: str, content: str) -> Path:
    """Write an executable file."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / name
    file.write_text(content)
    file.chmod(0o755)
    return file


@dataclass
class Reply:
    """What the server answers for one path."""

    body: bytes = b""
    status: int = 200
    cut: bool = False
    hangs: bool = False
    location: str | None = None


@dataclass
class ReleaseServer:
    """A local stand-in of the release hosts, in front of which `Places.mirror` puts it."""

    url: str
    replies: dict[str, Reply] = field(default_factory=dict)
    requests: list[str] = field(default_factory=list)
    leave: threading.Event = field(default_factory=threading.Event)

    def paths(self, tool: Tool) -> tuple[str, str]:
        """The paths of a tool's release and of its checksum file."""
        assert tool.release is not None
        arch = tool.release.arch["amd64"]
        address = tool.release.address.format(version=tool.version, arch=arch)
        checksums = tool.release.checksums.format(version=tool.version, arch=arch)
        return address.removeprefix("https:/"), checksums.removeprefix("https:/")

    def publish(self, tool: Tool, content: str | None = None) -> str:
        """Publish a release and its checksums as the real publisher does; returns the path of the release."""
        assert tool.release is not None
        body = (content or script(tool)).encode()
        if tool.release.member:
            member = tool.release.member.format(version=tool.version, arch=tool.release.arch["amd64"])
            body = _archive(member, body)
        address, checksums = self.paths(tool)
        digest, name = hashlib.sha256(body).hexdigest(), address.rsplit("/", 1)[1]
        listing = digest if checksums == address + ".sha256" else f"{'0' * 64}  other\n{digest}  {name}\n"
        self.replies[address] = Reply(body)
        self.replies[checksums] = Reply(listing.encode())
        return address


def _archive(member: str, content: bytes) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        entry = tarfile.TarInfo(member)
        entry.size, entry.mode = len(content), 0o755
        tar.addfile(entry, io.BytesIO(content))
    return buffer.getvalue()


class FakeGo:
    """Controls the script that stands for Go."""

    def __init__(self, folder: Path, places: Places) -> None:
        self._told_file = folder / "go.json"
        self._log = folder / "go.log"
        self.script = _FAKE.format(python=sys.executable, told=str(self._told_file))
        self._told: dict[str, object] = {
            "told": str(self._told_file),
            "log": str(self._log),
            "version": "1.26.8",
            "wheel": "1.26.6",
            "module_cache": str(folder),
            "no_wheel": False,
            "failing": False,
            "gate": None,
            "variables": ["GOCACHE", "GOFLAGS", "GOMODCACHE", "GOTOOLCHAIN", "CGO_ENABLED", "GOOS"],
            "programs": {tool.package: [tool.name, script(tool)] for tool in MANIFEST.values()},
        }
        self.tell()
        self.system = put(Path(places.path), "go", self.script)
        put(places.python.parent, places.python.name, self.script)

    def tell(self, **changes: object) -> None:
        """Change what it does."""
        self._told.update(changes)
        self._told_file.write_text(json.dumps(self._told))

    def calls(self, first: str) -> list[SimpleNamespace]:
        """Its calls whose first argument is `first`: their arguments and what they saw of the environment."""
        if not self._log.exists():
            return []
        rows = [json.loads(line) for line in self._log.read_text().splitlines()]
        return [SimpleNamespace(arguments=row[0], environment=row[1]) for row in rows if row[0][0] == first]

    def gate(self, folder: Path) -> Path:
        """Make builds wait until somebody opens the returned pipe for writing and closes it."""
        pipe = folder / "gate"
        os.mkfifo(pipe)
        self.tell(gate=str(pipe))
        return pipe


class Heard:
    """A Progress that remembers, and can be waited for."""

    def __init__(self) -> None:
        self.steps: list[Step] = []
        self._changed = threading.Condition()

    def __call__(self, step: Step) -> None:
        with self._changed:
            self.steps.append(step)
            self._changed.notify_all()

    def wait_for(self, text: str) -> None:
        with self._changed:
            assert self._changed.wait_for(lambda: any(text in step.text for step in self.steps), timeout=60)
