"""promote --git: a branch with one commit that holds the edited stack file, and the text of a pull request. Nothing is deployed.

The commit is made beside the working tree, with an index of its own, so that neither it nor what is staged there changes.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from mlops_infra.errors import OperationError, UsageError
from mlops_infra.operations.ports import Context
from mlops_infra.promotion.delta import markdown
from mlops_infra.promotion.promote import Promoted, promote
from mlops_infra.promotion.releases import FOLDER
from mlops_infra.promotion.rooms import Assessment, Rooms

_SECONDS: Final = 60.0
_FILE_MODE: Final = "100644"
_TRAILER: Final = "Receipt"
"""In the message of a commit that is made here (git-interpret-trailers(1)); a line of `git log` without it holds the commit alone."""


@dataclass(frozen=True)
class Proposal:
    """A branch, the commit on it, and the text of the pull request (Markdown)."""

    branch: str
    commit: str
    body: str


def propose(context: Context, rooms: Rooms, source: str, target: str, *, release: str | None = None) -> Proposal:
    """Make the branch ``promote/<target>-<release>`` on top of HEAD. The receipt is kept, so that approvers can sign it.

    Raises UsageError where the release runs there already, where the project is no git repository, or where somebody added to that branch,
    OperationError where git fails, and what `promote` raises.
    """
    planned = promote(context, rooms, source, target, release=release, propose=True, confirm=lambda _: False)
    if planned.after is None or planned.assessment is None:
        raise UsageError(f"{target} runs release {planned.release.short} already", hint="there is nothing to propose")
    repository = _Git(context.project.root)
    stacks = context.project.stacks
    files = {stacks / f"{target}.yaml": planned.after.encode()}
    kept = stacks / FOLDER
    files |= {
        file: file.read_bytes()
        for file in (kept / f"{planned.release.short}.json", kept / "status.yaml")
        if file.exists()
    }
    branch = f"promote/{target}-{planned.release.short}"
    subject = f"Promote release {planned.release.short} to {target}"
    body = pull_request(planned, planned.assessment)
    return Proposal(
        branch,
        repository.commit(branch, files, f"{subject}\n\n{_TRAILER}: {planned.assessment.receipt.digest}\n"),
        body,
    )


def pull_request(planned: Promoted, assessment: Assessment) -> str:
    """The text of the pull request: what would change, which gates hold, and what happens after the merge."""
    lines = [markdown(assessment.delta).rstrip(), "", "### Gates", "", "| gate | | missing |", "|---|---|---|"]
    for gate in assessment.gates:
        lines.append(f"| {gate.name.replace('_', ' ')} | {gate.result} | {'<br>'.join(gate.missing)} |")
    lines += [
        "",
        f"Receipt `{assessment.receipt.digest}`: `mlops-infra approve {assessment.receipt.digest[:12]}` approves it.",
        f"After the merge `mlops-infra promote --from {planned.source} --to {planned.target}` deploys it.",
    ]
    return "\n".join(lines) + "\n"


class _Git:
    """The repository around a folder."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._top = Path(self._run("rev-parse", "--show-toplevel").strip())

    def commit(self, branch: str, files: Mapping[Path, bytes], message: str) -> str:
        """A commit on top of HEAD with other contents for some files, as the new `branch`; returns its id.

        Raises UsageError where there is such a branch already, with commits that were not made here.
        """
        self._only_ours(branch)
        with tempfile.TemporaryDirectory() as folder:
            index = {"GIT_INDEX_FILE": str(Path(folder) / "index")}
            self._run("read-tree", "HEAD", env=index)
            for file, data in files.items():
                blob = self._run("hash-object", "-w", "--stdin", given=data).strip()
                name = file.resolve().relative_to(self._top.resolve()).as_posix()
                self._run("update-index", "--add", "--cacheinfo", f"{_FILE_MODE},{blob},{name}", env=index)
            tree = self._run("write-tree", env=index).strip()
        commit = self._run("commit-tree", tree, "-p", "HEAD", "-F", "-", given=message.encode()).strip()
        self._run("branch", "--force", branch, commit)
        return commit

    def _only_ours(self, branch: str) -> None:
        """A branch that was made here may be made anew: its commits name a receipt."""
        if not self._run("branch", "--list", branch).strip():
            return
        told = self._run("log", f"--format=%H %(trailers:key={_TRAILER},valueonly,separator=%x2C)", f"HEAD..{branch}")
        if any(len(line.split()) == 1 for line in told.splitlines()):
            raise UsageError(
                "the branch holds commits that are not of a promotion",
                where=branch,
                hint="merge it, or rename it (`git branch -m`) and propose again",
            )

    def _run(self, *words: str, given: bytes | None = None, env: Mapping[str, str] | None = None) -> str:
        try:
            done = subprocess.run(
                ["git", *words],
                cwd=self._root,
                input=given,
                capture_output=True,
                env={**os.environ, **(env or {})},
                timeout=_SECONDS,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise OperationError(f"git cannot be run: {type(error).__name__}", where=str(self._root)) from None
        if done.returncode:
            told = done.stderr.decode(errors="replace").strip().splitlines()
            if any("not a git repository" in line for line in told):
                raise UsageError("the project is no git repository", where=str(self._root), hint="`git init` makes one")
            raise OperationError(f"git {words[0]} failed: {told[-1] if told else ''}", where=str(self._root))
        return done.stdout.decode()
