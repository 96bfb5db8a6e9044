"""What version a program is: asking it, comparing answers, and remembering them.

Asking starts a process (up to 100 ms each), so answers are kept by path, modification time and size in
``<cache>/versions.json``; a changed file is asked again.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from mlops_infra.toolchain.manifest import Tool
from mlops_infra.toolchain.places import Places

_NUMBERS = re.compile(r"v?(\d+)\.(\d+)(?:\.(\d+))?(.*)$", re.DOTALL)
_UNFINISHED = re.compile(r"-(alpha|beta|rc|dev|pre)", re.IGNORECASE)


@dataclass(frozen=True, order=True)
class Version:
    """A version as far as we compare it. A release candidate comes before its release; vendor suffixes do not count."""

    major: int
    minor: int
    patch: int
    finished: bool = True

    @classmethod
    def parse(cls, text: str) -> Version | None:
        """Read ``1.35.4``, ``v1.35.4+k3s1`` or ``3.250.0-alpha.1``; None when it is no version."""
        match = _NUMBERS.match(text.strip())
        if match is None:
            return None
        major, minor, patch, rest = match.groups()
        return cls(int(major), int(minor), int(patch or 0), _UNFINISHED.match(rest) is None)


def judge(tool: Tool, version: str) -> str:
    """Whether a version of a program will do: "ok", "too old" or "too new"."""
    found, lowest, below = Version.parse(version), Version.parse(tool.lowest), Version.parse(tool.below)
    if found is None or lowest is None or below is None:
        return "broken"
    if found < lowest:
        return "too old"
    # A candidate of the version that is excluded is excluded too.
    return "ok" if (found.major, found.minor, found.patch) < (below.major, below.minor, below.patch) else "too new"


def read_version(tool: Tool, answer: str) -> str | None:
    """The version in what a program printed, None when there is none."""
    match = re.search(tool.answer, answer, re.MULTILINE)
    return match.group(1) if match and Version.parse(match.group(1)) else None


def ask_version(tool: Tool, path: Path, places: Places) -> str | None:
    """Run a program to learn its version; None when it cannot be run, does not answer in time, or answers something
    else."""
    # Pulumi would ask its vendor for news, which takes seconds without a network.
    environment = {**places.environment, "PULUMI_SKIP_UPDATE_CHECK": "true"}
    try:
        answer = subprocess.run(
            [str(path), *tool.ask],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=environment,
            timeout=places.timeouts.version,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return read_version(tool, answer.stdout.decode("utf-8", "replace"))


class Versions:
    """Asks programs for their versions and remembers the answers (see the module's docstring)."""

    def __init__(self, places: Places) -> None:
        self._places = places
        self._file = places.cache / "versions.json"
        self._known = self._read()

    def of(self, tool: Tool, path: Path) -> str | None:
        """The version of the program at `path`; None when it cannot be run, does not answer in time, or answers something
        else."""
        try:
            status = path.stat()
        except OSError:
            return None
        stamp = [status.st_mtime_ns, status.st_size]
        key = f"{tool.name}:{path}"
        remembered = self._known.get(key)
        if remembered is not None and remembered[:2] == stamp and isinstance(remembered[2], str):
            return remembered[2]
        version = ask_version(tool, path, self._places)
        if version is not None:
            self._known[key] = [*stamp, version]
            self._write()
        return version

    def _read(self) -> dict[str, list[object]]:
        try:
            known = json.loads(self._file.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        if not isinstance(known, dict):
            return {}
        return {key: row for key, row in known.items() if isinstance(row, list) and len(row) == 3}

    def _write(self) -> None:
        # Only a shortcut: where the cache cannot be written, programs are asked each time.
        with contextlib.suppress(OSError):
            self._file.parent.mkdir(parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(dir=self._file.parent, prefix=".versions-")
            with os.fdopen(handle, "w", encoding="utf-8") as stream:
                json.dump(self._known, stream, indent=0, sort_keys=True)
            Path(name).replace(self._file)
