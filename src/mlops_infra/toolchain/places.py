"""Where the toolchain looks and puts things: plain data, so that a test or another machine is another value."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import platformdirs

from mlops_infra.resources import data_dir

Source = Literal["setting", "path", "cache", "release", "source"]


@dataclass(frozen=True)
class Program:
    """An external program that is there: its name, its own version, its path and how it was come by."""

    name: str
    version: str
    path: Path
    source: Source


@dataclass(frozen=True)
class Timeouts:
    """Limits in seconds: to connect to a release host, for its next bytes, for a whole download, for a program to tell
    its version, for one module's build, and between two looks at what another process is building."""

    connect: float = 3.0
    read: float = 15.0
    download: float = 900.0
    version: float = 10.0
    build: float = 3600.0
    poll: float = 1.0


@dataclass(frozen=True)
class Places:
    """Everything outside of the process that the toolchain depends on.

    `cache` holds programs, logs and builds under way; `path` is searched like PATH; `environment` holds the explicit
    settings (``MLOPS_INFRA_<NAME>``) and is what builds run with; `tools` holds one folder per Go module; `system` and
    `architecture` are in Go's words (linux, amd64); `python` makes the private environment of the Go wheel; `mirror`, when
    set, stands in front of every release address in place of ``https://``.
    """

    cache: Path
    path: str
    environment: Mapping[str, str]
    tools: Path
    python: Path
    system: str = "linux"
    architecture: str = "amd64"
    timeouts: Timeouts = field(default_factory=Timeouts)
    mirror: str | None = None

    @classmethod
    def default(cls) -> Places:
        """This machine and this user: PATH, the environment, and the user's cache folder for ``mlops-infra``."""
        machine = platform.machine().lower()
        return cls(
            cache=platformdirs.user_cache_path("mlops-infra"),
            path=os.environ.get("PATH", os.defpath),
            environment=dict(os.environ),
            tools=data_dir("tools"),
            python=Path(sys.executable),
            system=platform.system().lower(),
            architecture={"x86_64": "amd64", "aarch64": "arm64"}.get(machine, machine),
        )

    def installed(self, name: str, version: str) -> Path:
        """Where the cache keeps a program of one version."""
        return self.cache / "programs" / name / version / name

    @property
    def work(self) -> Path:
        """Downloads and builds under way; empty when nothing is. On the cache's file system, so that a rename is atomic."""
        return self.cache / "work"

    @property
    def locks(self) -> Path:
        """Lock files. They are never deleted, as a deleted lock file can be held twice."""
        return self.cache / "locks"

    @property
    def logs(self) -> Path:
        """Logs of builds."""
        return self.cache / "logs"
