"""`ensure`: the programs that a command needs are there, installed if they must be.

1. Find what is there already (`find`).
2. For each missing program try its official release (`download`), under its module's lock.
3. Build what is still missing from source, module after module (`build`), under one build lock: two builds at once gain
   nothing on a small machine, and they would share the private Go.

A finished program is moved into the cache by a rename, so that nobody ever sees half of one, and it stays when a later
one fails. Whoever waits for a lock looks again afterwards, so that two at once install everything once.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from filelock import FileLock, Timeout

from mlops_infra.errors import OperationError
from mlops_infra.progress import Progress, Step, silent
from mlops_infra.toolchain.build import build, clear, log_file
from mlops_infra.toolchain.find import Finder, tool_named
from mlops_infra.toolchain.golang import Go, usable_go
from mlops_infra.toolchain.manifest import Module, Tool
from mlops_infra.toolchain.places import Places, Program, Source
from mlops_infra.toolchain.versions import ask_version

if TYPE_CHECKING:
    from mlops_infra.toolchain.download import Releases

How = Literal["auto", "release", "source"]


def ensure(
    names: Iterable[str], *, progress: Progress = silent, how: How = "auto", places: Places | None = None
) -> dict[str, Program]:
    """Find programs, and install those that are missing.

    Arguments: `names` as in the manifest; `progress` is told of every installation; `how` missing ones are installed:
    by "release", from "source", or "auto", a release where it can be had and source otherwise; `places` where to look and
    install (default: this machine and user).
    Result: each program by name.
    Raises: `UsageError` for an unknown name or a setting that names a program that will not do; `OperationError` when a
    program cannot be installed, or a release is not what its publisher published.
    """
    places = places or Places.default()
    tools = [tool_named(name) for name in dict.fromkeys(names)]
    try:
        return _Installation(places, progress, how).run(tools)
    except OSError as error:
        raise OperationError(
            f"the programs cannot be installed into the cache: {error.strerror or type(error).__name__}",
            where=error.filename or str(places.cache),
            hint="make room there (a build needs 4 GB for a while), or set XDG_CACHE_HOME to a folder that you may write to",
        ) from error


class _Installation:
    """One call of `ensure`."""

    def __init__(self, places: Places, progress: Progress, how: How) -> None:
        self._places = places
        self._progress = progress
        self._how = how
        self._finder = Finder(places)
        self._releases: Releases | None = None
        self._reasons: dict[str, str] = {}

    def run(self, tools: Sequence[Tool]) -> dict[str, Program]:
        found: dict[str, Program] = {}
        for tool in tools:
            program = self._finder.locate(tool)
            if program is not None:
                found[tool.name] = program
        missing = [tool for tool in tools if tool.name not in found]
        if missing:
            self._prepare()
        if missing and self._how != "source":
            for tool in missing:
                program = self._from_release(tool)
                if program is not None:
                    found[tool.name] = program
            missing = [tool for tool in missing if tool.name not in found]
        if missing and self._how == "release":
            raise self._no_release(missing)
        if missing:
            found.update(self._from_source(missing))
        return {tool.name: found[tool.name] for tool in tools}

    def _prepare(self) -> None:
        for folder in (self._places.work, self._places.locks, self._places.logs):
            folder.mkdir(parents=True, exist_ok=True)

    def _from_release(self, tool: Tool) -> Program | None:
        # Brings an HTTP client, which would double the start of every command that has its programs already.
        from mlops_infra.toolchain.download import Releases, UnavailableError  # noqa: PLC0415

        releases = self._releases = self._releases or Releases(self._places)
        with self._module_lock(tool.module):
            cached = self._finder.cached(tool)
            if cached is not None:
                return cached
            key = f"toolchain:{tool.name}"
            self._progress(Step(key, f"{tool.name} {tool.version}: downloading its official release"))
            prefix = f"release-{tool.name}-"
            for left in self._places.work.glob(prefix + "*"):  # of a process that was killed: we hold the lock
                shutil.rmtree(left, ignore_errors=True)
            folder = Path(tempfile.mkdtemp(dir=self._places.work, prefix=prefix))
            try:
                program = self._keep(tool, releases.fetch(tool, folder), "release")
            except UnavailableError as reason:
                self._reasons[tool.name] = str(reason)
                self._progress(Step(key, f"{tool.name} {tool.version}: no release: {reason}", done=True))
                return None
            except BaseException:
                self._progress(
                    Step(key, f"{tool.name} {tool.version}: its release will not do", done=True, failed=True)
                )
                raise
            finally:
                shutil.rmtree(folder, ignore_errors=True)
            self._progress(Step(key, f"{tool.name} {tool.version}: installed", done=True))
            return program

    def _from_source(self, missing: Sequence[Tool]) -> dict[str, Program]:
        found: dict[str, Program] = {}
        with self._build_lock(missing) as already:
            found.update(already)
            left = _by_module([tool for tool in missing if tool.name not in found])
            if left:
                with usable_go(self._places, list(left), self._progress) as go:
                    for module, tools in left.items():
                        with self._module_lock(module):
                            found.update(self._build(go, module, tools))
        return found

    def _build(self, go: Go, module: Module, tools: Sequence[Tool]) -> dict[str, Program]:
        # Here too: a release may have been installed by somebody else while an earlier module was being built.
        found = self._already(tools)
        left = [tool for tool in tools if tool.name not in found]
        if not left:
            return found
        key, log = f"toolchain:{module.name}", log_file(self._places, module)
        names = ", ".join(tool.name for tool in left)
        text = f"{module.name} {module.version}: building {names} from source (typically {_spoken(module.typical_seconds)})"
        self._progress(Step(key, text, log=log))
        try:
            files = build(self._places, go, module, left)
            for tool in left:
                found[tool.name] = self._keep(tool, files[tool.name], "source")
        except OperationError:
            clear(self._places, module)
            self._progress(
                Step(key, f"{module.name} {module.version}: the build failed", done=True, failed=True, log=log)
            )
            raise
        # An interrupted build passes by here and keeps its cache, from which the next one goes on.
        clear(self._places, module)
        self._progress(Step(key, f"{module.name} {module.version}: built {names}", done=True, log=log))
        return found

    def _keep(self, tool: Tool, file: Path, source: Source) -> Program:
        version = ask_version(tool, file, self._places)
        if version != tool.version:
            raise OperationError(
                f"the {source} of {tool.name} says that it is version {version or 'unknown'}, not {tool.version}",
                where=str(file),
                hint="this is a fault of the manifest; report it",
            )
        target = self._places.installed(tool.name, tool.version)
        target.parent.mkdir(parents=True, exist_ok=True)
        file.chmod(0o755)
        file.replace(target)
        return Program(tool.name, version, target, source)

    def _already(self, tools: Iterable[Tool]) -> dict[str, Program]:
        found = ((tool, self._finder.cached(tool)) for tool in tools)
        return {tool.name: program for tool, program in found if program is not None}

    @contextmanager
    def _build_lock(self, missing: Sequence[Tool]) -> Iterator[dict[str, Program]]:
        """Hold the build lock, or stop waiting for it as soon as its holder has built all that we miss."""
        with self._held(FileLock(self._places.locks / "build.lock"), missing):
            yield self._already(missing)

    @contextmanager
    def _module_lock(self, module: Module) -> Iterator[None]:
        with self._held(FileLock(self._places.locks / f"{module.name}.lock")):
            yield

    @contextmanager
    def _held(self, lock: FileLock, missing: Sequence[Tool] = ()) -> Iterator[None]:
        """Hold a lock, or go on without it when all that is `missing` has come in the meantime; says when it has to wait."""
        key, waited = "toolchain:wait", False
        while True:
            try:
                lock.acquire(timeout=self._places.timeouts.poll)
                break
            except Timeout:
                if missing and len(self._already(missing)) == len(missing):
                    break
                if not waited:
                    self._progress(Step(key, "waiting for another mlops-infra that is installing programs"))
                    waited = True
        if waited:
            self._progress(Step(key, "the other mlops-infra has installed its programs", done=True))
        try:
            yield
        finally:
            if lock.is_locked:
                lock.release()

    def _no_release(self, missing: Sequence[Tool]) -> OperationError:
        reasons = "; ".join(f"{tool.name}: {self._reasons[tool.name]}" for tool in missing)
        return OperationError(
            f"no release could be had of {reasons}",
            hint="run `mlops-infra setup` without `--from release`, which builds them from source",
        )


def _by_module(tools: Iterable[Tool]) -> dict[Module, list[Tool]]:
    grouped: dict[Module, list[Tool]] = {}
    for tool in tools:
        grouped.setdefault(tool.module, []).append(tool)
    return grouped


def _spoken(seconds: int) -> str:
    return f"{seconds} s" if seconds < 90 else f"{round(seconds / 60)} min"
