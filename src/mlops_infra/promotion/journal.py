"""The journal of one promotion or rollback: what was decided, the stack file before and after, and how far it got.

``.mlops-infra/promotions/<environment>.json`` is there exactly while something is unfinished. Each phase is on the disk before the next
one begins, so that after a crash at any point `resume` and `abort` know what was surely done, what may have been done, and what the
stack file said before::

    forward:  decided → written → applying → applied → verified → (no journal)
    back:     failing → restored → reversed → (no journal)

``decided`` and ``written``: nothing but the stack file was touched. From ``applying`` on the engine may have changed resources.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, Literal, TypeAlias

from pydantic import TypeAdapter, ValidationError

from mlops_infra.errors import GateError, OperationError
from mlops_infra.operations.project import Project
from mlops_infra.promotion.disk import Disk

Phase: TypeAlias = Literal["decided", "written", "applying", "applied", "verified", "failing", "restored", "reversed"]
Kind: TypeAlias = Literal["promotion", "rollback"]

UNTOUCHED: Final[frozenset[Phase]] = frozenset({"decided", "written"})
"""Phases in which no resource was changed yet."""
GOING_BACK: Final[frozenset[Phase]] = frozenset({"failing", "restored", "reversed"})
"""Phases after it was decided that the environment goes back to what it was."""

TOLD: Final[Mapping[Phase, str]] = {
    "decided": "it was decided, and nothing was changed yet",
    "written": "the stack file says the new release, and no resource was changed yet",
    "applying": "resources were being changed",
    "applied": "resources were changed, and not verified yet",
    "verified": "it was verified, and only its record is missing",
    "failing": "it failed and is to go back; the stack file still says the new release",
    "restored": "it failed and is going back; the stack file says the old release again",
    "reversed": "it went back, and only its record is missing",
}
"""Each phase in a sentence for people."""


@dataclass(frozen=True)
class Journal:
    """One unfinished promotion or rollback.

    `release` is the id to be reached and `previous` the one that ran before (None where none was recorded); `receipt` the digest of what
    was approved; `before` and `after` the texts of the stack file; `back` the texts of the layers that ran before, by name; `reason` why it
    goes back, and `rejects` whether the release is to blame for it; `started` UTC in ISO 8601; `run` a random number by which a used
    receipt is known to have been used by this very promotion.
    """

    kind: Kind
    environment: str
    source: str | None
    release: str
    previous: str | None
    receipt: str
    by: str
    started: str
    run: str
    before: str
    after: str
    back: Mapping[str, str]
    phase: Phase = "decided"
    reason: str | None = None
    rejects: bool = False

    @property
    def going_back(self) -> bool:
        """Whether it is on its way back."""
        return self.phase in GOING_BACK

    @property
    def standing(self) -> str:
        """What becomes of a release that was taken back: it is rejected only where something of it was seen to fail."""
        told = "is rejected" if self.rejects else "is not rejected, as no check of it failed"
        return f"release {short(self.release)} {told}"

    def __str__(self) -> str:
        origin = f" from {self.source}" if self.source else ""
        return (
            f"an unfinished {self.kind} of {self.environment} to release {short(self.release)}{origin}, "
            f"started by {self.by} at {self.started}: {TOLD[self.phase]}"
        )


_JOURNAL = TypeAdapter(Journal)


class UnfinishedError(GateError):
    """A promotion or rollback of the environment is unfinished, and must be ended first (exit 4)."""

    def __init__(self, journal: Journal, operation: str) -> None:
        super().__init__(
            f"`{operation}` waits: there is {journal}", where=journal.environment, hint=way_out(journal.environment)
        )


class Journals:
    """The journals of a project. Only who holds an environment's lock writes its journal."""

    def __init__(self, project: Project, disk: Disk) -> None:
        self._project = project
        self._disk = disk

    def file(self, environment: str) -> Path:
        """Where an environment's journal lies while there is one."""
        return folder(self._project) / f"{environment}.json"

    def read(self, environment: str) -> Journal | None:
        """The journal of what is unfinished there. Raises OperationError where it cannot be read."""
        return read(self._project, environment)

    def write(self, journal: Journal) -> Journal:
        """Put a journal on the disk and wait until it is there; returns it."""
        self._disk.replace(self.file(journal.environment), _JOURNAL.dump_json(journal, indent=2) + b"\n")
        return journal

    def reached(self, journal: Journal, phase: Phase, *, reason: str | None = None, rejects: bool = False) -> Journal:
        """`write` the journal with its next phase."""
        told = replace(journal, phase=phase, reason=reason or journal.reason, rejects=rejects or journal.rejects)
        return self.write(told)

    def clear(self, environment: str) -> None:
        """Nothing is unfinished any more."""
        self._disk.remove(self.file(environment))


def folder(project: Project) -> Path:
    """The folder of the journals."""
    return project.state / "promotions"


def read(project: Project, environment: str) -> Journal | None:
    """`Journals.read` for those who only look."""
    file = folder(project) / f"{environment}.json"
    try:
        return _JOURNAL.validate_json(file.read_bytes())
    except FileNotFoundError:
        return None
    except (OSError, ValidationError) as error:
        raise OperationError(
            "the journal of an unfinished promotion cannot be read",
            where=str(file),
            hint="restore the file from a copy; without it nobody knows what the stack file said before",
        ) from error


def short(release: str) -> str:
    """A release's id as people see it: its first twelve hexadecimal digits."""
    return release[:12]


def way_out(environment: str) -> str:
    """How an unfinished promotion ends."""
    return (
        f"`mlops-infra promote --env {environment} --resume` goes on with it, `--abort` takes it back; "
        f"`mlops-infra history --env {environment}` tells what was done"
    )
