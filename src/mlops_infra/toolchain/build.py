"""Building programs from their pinned Go module in ``tools/<module>``.

All programs of one module that are wanted are built in one go, as they share most of their packages. The build cache is
private to the module and goes with the build; when the process is killed it stays, and the next build goes on from it.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from mlops_infra.errors import OperationError
from mlops_infra.toolchain.golang import Go
from mlops_infra.toolchain.manifest import Module, Tool
from mlops_infra.toolchain.places import Places

_TAIL = 12  # lines of a failed build's log that go into the error


def build(places: Places, go: Go, module: Module, tools: Sequence[Tool]) -> dict[str, Path]:
    """Build programs of one module.

    Arguments: `go` to build with; `tools` of that module.
    Result: each program's file by name, in the module's work folder; the caller moves them and calls `clear`.
    Raises: `OperationError` when a build fails or takes too long, with the end of its log.
    """
    work = work_folder(places, module)
    work.mkdir(parents=True, exist_ok=True)
    output = Path(tempfile.mkdtemp(dir=work, prefix="out-"))
    log = log_file(places, module)
    log.parent.mkdir(parents=True, exist_ok=True)
    # A lone program is named outright, since Go would name etcd's "server"; several get their packages' last names.
    target = str(output / tools[0].name) if len(tools) == 1 else str(output) + os.sep
    command = [str(go.path), "build", "-trimpath", "-buildvcs=false", "-ldflags", f"-s -w {module.ldflags}".strip()]
    command += ["-o", target, *(tool.package for tool in tools)]
    with log.open("wb") as stream:
        stream.write(f"{places.tools / module.name}$ {' '.join(command)}\n".encode())
        stream.flush()
        _run(command, places, module, _environment(places, go, work), stream.fileno(), log)
    return {tool.name: output / tool.name for tool in tools}


def work_folder(places: Places, module: Module) -> Path:
    """The folder of a module's build under way."""
    return places.work / f"{module.name}-{module.version}"


def log_file(places: Places, module: Module) -> Path:
    """The log of a module's build."""
    return places.logs / f"build-{module.name}.log"


def clear(places: Places, module: Module) -> None:
    """Remove a module's build cache and everything else in its work folder."""
    shutil.rmtree(work_folder(places, module), ignore_errors=True)


def _environment(places: Places, go: Go, work: Path) -> Mapping[str, str]:
    flags = "-mod=readonly" if go.module_cache is None else "-mod=readonly -modcacherw"
    variables = {
        **places.environment,
        "CGO_ENABLED": "0",
        "GOCACHE": str(work / "gocache"),
        "GOFLAGS": flags,
        "GOTOOLCHAIN": "local",
        "GOWORK": "off",
    }
    if go.module_cache is not None:
        variables["GOMODCACHE"] = str(go.module_cache)
    # Cross-compiling settings of the user's shell would build programs that do not run here.
    return {key: value for key, value in variables.items() if key not in {"GOOS", "GOARCH", "GOBIN"}}


def _run(
    command: Sequence[str], places: Places, module: Module, variables: Mapping[str, str], output: int, log: Path
) -> None:
    folder = places.tools / module.name
    try:
        process = subprocess.Popen(
            command,
            cwd=folder,
            env=dict(variables),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    except OSError as error:
        raise OperationError(
            f"`go build` of {module.name} cannot be started: {error.strerror}", where=str(folder)
        ) from error
    try:
        status = process.wait(places.timeouts.build)
    except subprocess.TimeoutExpired as error:
        _end(process)
        raise OperationError(
            f"building {module.name} {module.version} took longer than {places.timeouts.build / 60:.0f} min",
            where=str(log),
            hint="run `mlops-infra setup` again when the machine is less busy",
        ) from error
    except BaseException:
        _end(process)
        raise
    if status != 0:
        tail = "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-_TAIL:])
        raise OperationError(
            f"building {module.name} {module.version} failed ({status}):\n{tail}",
            where=str(log),
            hint="read the log; a failed module download is often mended by running `mlops-infra setup` again",
        )


def _end(process: subprocess.Popen[bytes]) -> None:
    # Go's compilers are children of its own; the whole group goes.
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
