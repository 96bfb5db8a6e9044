"""Finding programs that are there already: explicit setting, then PATH, then our cache. Never installs.

A program named by a setting must do, or it is an error: somebody asked for exactly that one. Programs on PATH of another
version are passed over.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, cast

from mlops_infra.errors import UsageError
from mlops_infra.toolchain.manifest import MANIFEST, Tool
from mlops_infra.toolchain.places import Places, Program, Source
from mlops_infra.toolchain.versions import Versions, judge

Verdict = Literal["ok", "too old", "too new", "broken", "missing"]


@dataclass(frozen=True)
class Inspection:
    """What `doctor` says about one program: what we want (``1.21.3 to below 2.0.0``), what was found (also when it will
    not do), the verdict, how to mend it ("" when ok), what the program is for, and whether it can be done without."""

    name: str
    wanted: str
    found: Program | None
    verdict: Verdict
    hint: str
    purpose: str
    optional: bool


def tool_named(name: str) -> Tool:
    """The manifest's entry of a program. Raises `UsageError` for a name that it lacks."""
    try:
        return MANIFEST[name]
    except KeyError:
        raise UsageError(
            f"the toolchain has no program '{name}'", hint=f"the programs are: {', '.join(MANIFEST)}"
        ) from None


def locate(name: str, places: Places | None = None) -> Program | None:
    """Find a program without installing anything.

    Arguments: `name` as in the manifest; `places` where to look (default: this machine).
    Result: the first one that will do, None when there is none.
    Raises: `UsageError` for an unknown name, and for a setting (``MLOPS_INFRA_<NAME>``) whose program will not do.
    """
    places = places or Places.default()
    return Finder(places).locate(tool_named(name))


def inspect(places: Places | None = None) -> tuple[Inspection, ...]:
    """Look at every program of the manifest, in its order; for `doctor`. Never installs, never raises for what it finds."""
    finder = Finder(places or Places.default())
    return tuple(finder.inspect(tool) for tool in MANIFEST.values())


class Finder:
    """Finds programs in one set of places, remembering versions across look-ups."""

    def __init__(self, places: Places) -> None:
        self._places = places
        self._versions = Versions(places)

    def locate(self, tool: Tool) -> Program | None:
        """See `locate`."""
        setting = self._places.environment.get(tool.setting)
        if setting:
            program, verdict = self._look(tool, Path(setting), "setting")
            if program is None or verdict != "ok":
                raise _bad_setting(tool, setting, program, verdict)
            return program
        for source, path in self._candidates(tool):
            program, verdict = self._look(tool, path, source)
            if verdict == "ok":
                return program
        return None

    def cached(self, tool: Tool) -> Program | None:
        """The program in our cache, if it is there and answers."""
        program, verdict = self._look(tool, self._places.installed(tool.name, tool.version), "cache")
        return program if verdict == "ok" else None

    def inspect(self, tool: Tool) -> Inspection:
        """See `inspect`."""
        setting = self._places.environment.get(tool.setting)
        candidates = [("setting", Path(setting))] if setting else list(self._candidates(tool))
        found: tuple[Program | None, Verdict] = (None, "missing")
        for source, path in candidates:
            looked = self._look(tool, path, cast(Source, source))
            if looked[1] == "ok":
                found = looked
                break
            if found[1] == "missing":
                found = looked
        program, verdict = found
        return Inspection(
            name=tool.name,
            wanted=_wanted(tool),
            found=program,
            verdict=verdict,
            hint=_hint(tool, verdict, setting),
            purpose=tool.purpose,
            optional=tool.optional,
        )

    def _candidates(self, tool: Tool) -> Iterator[tuple[Source, Path]]:
        for folder in self._places.path.split(os.pathsep):
            # An empty entry of PATH means the working directory, which is no place to take programs from.
            if folder and (path := Path(folder) / tool.name).is_file() and os.access(path, os.X_OK):
                yield "path", path
        yield "cache", self._places.installed(tool.name, tool.version)

    def _look(self, tool: Tool, path: Path, source: Source) -> tuple[Program | None, Verdict]:
        if not path.is_file():
            return None, "missing"
        version = self._versions.of(tool, path)
        if version is None:
            return Program(tool.name, "unknown", path, source), "broken"
        return Program(tool.name, version, path.absolute(), source), cast(Verdict, judge(tool, version))


def _wanted(tool: Tool) -> str:
    return f"{tool.lowest} to below {tool.below}"


def _bad_setting(tool: Tool, setting: str, program: Program | None, verdict: Verdict) -> UsageError:
    what = {
        "missing": "there is no such file",
        "broken": "it does not run, or does not tell its version",
    }.get(verdict, f"its version {program.version if program else 'unknown'} is {verdict}, {_wanted(tool)} is needed")
    return UsageError(
        f"{tool.setting} names a program that will not do: {what}", where=setting, hint=_hint(tool, verdict, setting)
    )


def _hint(tool: Tool, verdict: Verdict, setting: str | None) -> str:
    if verdict == "ok":
        return ""
    if setting:
        return f"let {tool.setting} name a {tool.name} of version {_wanted(tool)}, or unset it"
    return f"run `mlops-infra setup --only {tool.name}`"
