"""Which lines of the stack files changed since a commit, as git tells it; findings elsewhere are known already."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from mlops_infra.errors import UsageError
from mlops_infra.governance.verdict import Finding, Verdict

GIT_SECONDS: Final = 30.0
_HUNK: Final = re.compile(r"^@@ -\d+(?:,\d+)? \+(\d+)(?:,(\d+))? @@")
_FILE: Final = re.compile(r"^\+\+\+ (?:b/)?(.*?)\t?$")


@dataclass(frozen=True)
class Changed:
    """Changed lines by file, as seen from the project's root; None for a whole file (a new one, or one that lost lines).

    Lines that are gone cannot be pointed at, so that their absence counts wherever its finding is placed in the file.
    """

    files: Mapping[str, frozenset[int] | None]

    def has(self, finding: Finding) -> bool:
        """Whether the finding comes from a changed line. One without a place always counts."""
        if finding.origin is None:
            return True
        if finding.origin.file not in self.files:
            return False
        lines = self.files[finding.origin.file]
        return lines is None or finding.origin.line in lines

    def known(self, verdict: Verdict) -> frozenset[str]:
        """Fingerprints of the failing findings that were there before."""
        return frozenset(finding.fingerprint for finding in verdict.failures if not self.has(finding))


def changed_since(root: Path, stacks: Path, reference: str) -> Changed:
    """What changed in `stacks` between the commit `reference` and the working tree. Raises UsageError where git cannot tell."""
    _git(root, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{reference}^{{commit}}", asked=reference)
    options = ("--unified=0", "--no-color", "--no-ext-diff", "--no-renames", "--relative", "--end-of-options")
    files = _read(_git(root, "diff", *options, reference, "--", str(stacks), asked=reference))
    new = _git(root, "ls-files", "--others", "--exclude-standard", "-z", "--", str(stacks), asked=reference)
    return Changed({**files, **dict.fromkeys(filter(None, new.split("\0")))})


def _read(diff: str) -> dict[str, frozenset[int] | None]:
    found: dict[str, frozenset[int] | None] = {}
    file = ""
    for line in diff.splitlines():
        if named := _FILE.match(line):
            file = named[1]
        elif hunk := _HUNK.match(line):
            start, count = int(hunk[1]), int(hunk[2] or 1)
            known = found.get(file, frozenset())
            found[file] = None if count == 0 or known is None else known | set(range(start, start + count))
    return found


def _git(root: Path, *args: str, asked: str) -> str:
    command = ["git", "-C", str(root), "-c", "core.quotepath=off", *args]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=GIT_SECONDS, check=False)
    except FileNotFoundError:
        raise UsageError(
            "git is not installed", hint="`--changed-since` needs it; `--baseline FILE` does not"
        ) from None
    except subprocess.TimeoutExpired:
        raise UsageError(f"git did not answer within {GIT_SECONDS:g} s", where=str(root)) from None
    if done.returncode:
        told = done.stderr.strip().splitlines()
        raise UsageError(
            f"git knows no commit {asked!r} here" + (f": {told[0]}" if told else ""),
            where=str(root),
            hint="say a branch, a tag or a commit of this repository, for instance `--changed-since origin/main`",
        )
    return done.stdout
