"""The journal of one promotion or rollback: what was decided, the stack file before and after, and how far it got.

``promotions/<environment>.json`` is there exactly while something is unfinished: in ``.mlops-infra`` for the sandbox, in the state's bucket
for ``aws``, where any machine may end what another one began. Each phase is kept before the next one begins, so that after a crash at any
point `resume` and `abort` know what was surely done, what may have been done, and what the stack file said before::

    forward:  decided → written → applying → applied → verified → (no journal)
    back:     failing → restored → reversed → (no journal)

``decided`` and ``written``: nothing but the stack file was touched. From ``applying`` on the engine may have changed resources.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from pydantic import TypeAdapter, ValidationError

from mlops_infra.config.state_folders import PROMOTIONS
from mlops_infra.errors import GateError, LockedError, OperationError
from mlops_infra.operations.ports import Context
from mlops_infra.operations.project import Project
from mlops_infra.promotion.disk import Disk, RealDisk
from mlops_infra.promotion.release import Kind

if TYPE_CHECKING:
    from mlops_infra.operations.bucket import StateBucket

Phase: TypeAlias = Literal["decided", "written", "applying", "applied", "verified", "failing", "restored", "reversed"]

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

    `release` is the id to be reached, `release_file` the text of its file, and `previous` the id that ran before (None where none was
    recorded); `receipt` the digest of what was approved; `before` and `after` the texts of the stack file; `back` the texts of the layers
    that ran before, by name; `reason` why it goes back, and `rejects` whether the release is to blame for it; `started` UTC in ISO 8601;
    `run` a random number by which a used receipt is known to have been used by this very promotion.
    """

    kind: Kind
    environment: str
    source: str | None
    release: str
    release_file: str
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
    """The journals of a project. Only who holds an environment's lock writes its journal, after reading it.

    All methods raise OperationError where the place of the journal cannot be reached.
    """

    def __init__(self, context: Context, disk: Disk | None = None) -> None:
        self._context = context
        self._disk = disk or RealDisk()
        self._seen: dict[str, Journal | None] = {}

    def aside(self, environment: str) -> Path:
        """Where an edited stack file is kept that a promotion takes back."""
        return _file(self._context.project, environment).with_suffix(".edited.yaml")

    def read(self, environment: str) -> Journal | None:
        """The journal of what is unfinished there. Raises OperationError where it cannot be read."""
        bucket = self._context.places.bucket(self._context, environment)
        if bucket is None:
            found = read(self._context.project, environment)
        else:
            kept = bucket.get(_key(environment))
            found = None if kept is None else _parsed(kept.data, f"{bucket.where}/{_key(environment)}")
        self._seen[environment] = found
        return found

    def write(self, journal: Journal) -> Journal:
        """Put a journal into its place and wait until it is there; returns it.

        Raises LockedError where another machine took the lock away from us and wrote one meanwhile.
        """
        self._put(journal.environment, _JOURNAL.dump_json(journal, indent=2) + b"\n")
        self._seen[journal.environment] = journal
        return journal

    def reached(self, journal: Journal, phase: Phase, *, reason: str | None = None, rejects: bool = False) -> Journal:
        """`write` the journal with its next phase."""
        told = replace(journal, phase=phase, reason=reason or journal.reason, rejects=rejects or journal.rejects)
        return self.write(told)

    def clear(self, environment: str) -> None:
        """Nothing is unfinished any more. Raises LockedError as `write` does."""
        self._put(environment, None)
        self._seen[environment] = None

    def _put(self, environment: str, data: bytes | None) -> None:
        bucket = self._context.places.bucket(self._context, environment)
        if bucket is not None:
            self._share(bucket, environment, data)
        elif data is not None:
            self._disk.replace(_file(self._context.project, environment), data)
        else:
            self._disk.remove(_file(self._context.project, environment))

    def _share(self, bucket: StateBucket, environment: str, data: bytes | None) -> None:
        key, seen = _key(environment), self._seen.get(environment)
        kept = bucket.get(key)
        if (None if kept is None else _parsed(kept.data, f"{bucket.where}/{key}")) != seen:
            done = False
        elif kept is None:
            done = data is None or bucket.put_new(key, data)
        else:
            done = bucket.remove(key, kept.version) if data is None else bucket.replace(key, data, kept.version)
        if not done:
            raise LockedError(
                "another machine works on this promotion", where=f"{bucket.where}/{key}", hint=way_out(environment)
            )


def folder(project: Project) -> Path:
    """The folder of what promotions keep on this machine."""
    return project.state / PROMOTIONS


def read(project: Project, environment: str) -> Journal | None:
    """`Journals.read` of a journal on this machine, for those who only look and ask no bucket."""
    file = _file(project, environment)
    try:
        return _parsed(file.read_bytes(), str(file))
    except FileNotFoundError:
        return None
    except OSError as error:
        raise _unreadable(str(file)) from error


def _file(project: Project, environment: str) -> Path:
    return folder(project) / f"{environment}.json"


def _key(environment: str) -> str:
    return f"{PROMOTIONS}/{environment}.json"


def _parsed(data: bytes, where: str) -> Journal:
    try:
        return _JOURNAL.validate_json(data)
    except ValidationError as error:
        raise _unreadable(where) from error


def _unreadable(where: str) -> OperationError:
    return OperationError(
        "the journal of an unfinished promotion cannot be read",
        where=where,
        hint="restore it from a copy; without it nobody knows what the stack file said before",
    )


def short(release: str) -> str:
    """A release's id as people see it: its first twelve hexadecimal digits."""
    return release[:12]


def way_out(environment: str) -> str:
    """How an unfinished promotion ends."""
    return (
        f"`mlops-infra promote --env {environment} --resume` goes on with it, `--abort` takes it back; "
        f"`mlops-infra history --env {environment}` tells what was done"
    )
