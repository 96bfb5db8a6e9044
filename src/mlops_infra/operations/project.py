"""A project on the disk: where its stack files and policies lie, and where the tool keeps what it keeps."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from mlops_infra.config import environments, find_stacks
from mlops_infra.errors import UsageError

STATE_FOLDER: Final = ".mlops-infra"


@dataclass(frozen=True)
class Project:
    """Folders of one project. `state` (``.mlops-infra``) may not exist yet; see `state_dir`."""

    root: Path
    stacks: Path
    policies: Path
    state: Path

    @classmethod
    def find(cls, start: Path, stacks: Path | None = None, policies: Path | None = None) -> Project:
        """The project around `start`, or the one that `stacks` belongs to.

        Raises UsageError where there are no stack files, or where `policies` is no folder.
        """
        if stacks is None:
            stacks = find_stacks(start)
        elif not stacks.is_dir():
            raise UsageError("there is no such folder of stack files", where=str(stacks), hint="mend `--stacks DIR`")
        if policies is not None and not policies.is_dir():
            raise UsageError("there is no such folder of policies", where=str(policies), hint="mend `--policies DIR`")
        stacks = stacks.resolve()
        root = stacks.parent
        return cls(root, stacks, policies or root / "policies", root / STATE_FOLDER)

    def state_dir(self) -> Path:
        """The folder for state, made on demand: 0700, and ignored by git."""
        self.state.mkdir(mode=0o700, parents=True, exist_ok=True)
        ignore = self.state / ".gitignore"
        if not ignore.exists():
            ignore.write_text("*\n", encoding="utf-8")
        return self.state

    def ledger(self, environment: str, *, mirror: bool = False) -> Path:
        """The file of an environment's ledger, or of the mirror of one that machines share.

        They are two, because an environment of that name may have lived in this machine's sandbox before.
        """
        folder = self.state / "ledger"
        return (folder / "aws" if mirror else folder) / f"{environment}.jsonl"

    def locks(self) -> Path:
        """The folder of the environments' locks."""
        return self.state / "locks"

    def environments(self) -> list[str]:
        """Names of the environments that have a stack file."""
        return environments(self.stacks)

    def check(self, environment: str) -> str:
        """The name itself if there is such an environment; raises UsageError otherwise."""
        known = self.environments()
        if environment not in known:
            raise UsageError(
                f"there is no environment {environment!r}",
                where=str(self.stacks),
                hint=f"choose one of: {', '.join(known) or 'none yet'}",
            )
        return environment
