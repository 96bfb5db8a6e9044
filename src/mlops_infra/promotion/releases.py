"""The folder ``stacks/releases/``: releases as files in git, and what became of them.

``<id12>.json`` holds one release and is never changed; its id is computed again whenever it is read. ``status.yaml`` is a list that only
grows: made, held, let go, rejected, each with reason, person and time. A rejected release stays rejected.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, Literal

import yaml
from filelock import FileLock, Timeout
from pydantic import BaseModel, ConfigDict, ValidationError

from mlops_infra.errors import LockedError, OperationError, UsageError
from mlops_infra.promotion.disk import Disk, RealDisk
from mlops_infra.promotion.release import SHORT, Difference, Release, ReleaseError, differences

FOLDER: Final = "releases"
STATUS: Final = "status.yaml"
LOCK_SECONDS: Final = 10.0

Word = Literal["created", "held", "unheld", "rejected"]
Standing = Literal["ready", "held", "rejected"]


class Event(BaseModel):
    """One line of ``status.yaml``. `at`: UTC, ISO 8601; `environment`: where a release was made from."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    release: str
    event: Word
    at: str
    by: str
    environment: str | None = None
    reason: str | None = None


class _Status(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    version: Literal[1]
    events: list[Event] = []


@dataclass(frozen=True)
class Kept:
    """A release in the folder with what became of it, oldest event first."""

    release: Release
    events: tuple[Event, ...]

    @property
    def standing(self) -> Standing:
        """Whether it may be promoted: only a `ready` one may."""
        if any(event.event == "rejected" for event in self.events):
            return "rejected"
        moved = [event.event for event in self.events if event.event in ("held", "unheld")]
        return "held" if moved[-1:] == ["held"] else "ready"

    @property
    def reason(self) -> str | None:
        """Why it is held or rejected."""
        word = self.standing
        found = [event.reason for event in self.events if event.event == word]
        return found[-1] if found else None

    @property
    def created(self) -> Event | None:
        """When, by whom and from which environment it was made first."""
        return next((event for event in self.events if event.event == "created"), None)


def _now() -> datetime:
    return datetime.now(UTC)


class Releases:
    """The releases of one project.

    Arguments: `stacks`: the folder of stack files; `locks`: folder for the lock (``.mlops-infra/locks``); `clock`, `disk`: for tests.
    """

    def __init__(
        self, stacks: Path, locks: Path, clock: Callable[[], datetime] = _now, disk: Disk | None = None
    ) -> None:
        self.folder = stacks / FOLDER
        self._lock = locks / "releases.lock"
        self._clock = clock
        self._disk = disk or RealDisk()

    def file(self, release: Release) -> Path:
        """Where a release lies."""
        return self.folder / f"{release.short}.json"

    def create(self, release: Release, *, environment: str, by: str) -> Kept:
        """Keep a release; one that is there already stays as it is.

        Arguments: `environment` that it was made from; `by`: who made it. Raises `ReleaseError` where another release has the same
        short id.
        """
        with self._writing():
            file = self.file(release)
            if file.exists():
                return self._kept(self._read(file))
            self._disk.replace(file, release.text().encode())
            file.chmod(0o644)
            self._note(release, "created", by, environment=environment)
            return self._kept(release)

    def load(self, name: str) -> Kept:
        """A release by its id or the start of it (4 digits or more).

        Raises `UsageError` where none or several are meant, `ReleaseError` where the file is not what its name says.
        """
        if not re.fullmatch(r"[0-9a-f]{4,64}", name):
            raise UsageError(f"{name!r} is no release's id", hint="`mlops-infra release list` shows the ids")
        files = [file for file in self._files() if file.stem.startswith(name[:SHORT])]
        if len(files) != 1:
            what = f"several releases start with {name}" if files else f"there is no release {name}"
            raise UsageError(what, where=str(self.folder), hint="`mlops-infra release list` shows the ids")
        found = self._kept(self._read(files[0]))
        if not found.release.id.startswith(name):
            raise UsageError(f"there is no release {name}", hint=f"did you mean {found.release.short}?")
        return found

    def listing(self) -> tuple[Kept, ...]:
        """All releases, newest first (by the time that ``status.yaml`` tells; those it does not know come last)."""
        found = [self._kept(self._read(file)) for file in self._files()]
        return tuple(sorted(found, key=lambda kept: kept.created.at if kept.created else "", reverse=True))

    def diff(self, old: str, new: str) -> tuple[Difference, ...]:
        """What two releases say differently."""
        return differences(self.load(old).release, self.load(new).release)

    def hold(self, name: str, reason: str, *, by: str) -> Kept:
        """Keep a release from being promoted until `unhold`. Raises `UsageError` where it is held or rejected."""
        return self._move(name, "held", reason, by, allowed=("ready",))

    def unhold(self, name: str, reason: str, *, by: str) -> Kept:
        """Let a held release go. Raises `UsageError` where it is not held."""
        return self._move(name, "unheld", reason, by, allowed=("held",))

    def reject(self, name: str, reason: str, *, by: str) -> Kept:
        """Reject a release for good. Raises `UsageError` where it is rejected already."""
        return self._move(name, "rejected", reason, by, allowed=("ready", "held"))

    # How it is kept

    def _move(self, name: str, word: Word, reason: str, by: str, *, allowed: tuple[Standing, ...]) -> Kept:
        if not reason.strip():
            raise UsageError("a reason is needed", hint="say `--reason TEXT`")
        with self._writing():
            kept = self.load(name)
            if kept.standing not in allowed:
                raise UsageError(f"release {kept.release.short} is {kept.standing}", hint=kept.reason)
            self._note(kept.release, word, by, reason=reason.strip())
            return self._kept(kept.release)

    def _note(
        self, release: Release, word: Word, by: str, *, environment: str | None = None, reason: str | None = None
    ) -> None:
        at = self._clock().astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        event = Event(release=release.id, event=word, at=at, by=by, environment=environment, reason=reason)
        events = [entry.model_dump(exclude_none=True) for entry in (*self._events(), event)]
        text = "# What became of releases; `mlops-infra release` writes it.\n" + yaml.safe_dump(
            {"version": 1, "events": events}, sort_keys=False, allow_unicode=True, width=10_000
        )
        self._disk.replace(self.folder / STATUS, text.encode())
        (self.folder / STATUS).chmod(0o644)

    def _events(self) -> tuple[Event, ...]:
        file = self.folder / STATUS
        try:
            told: Any = yaml.safe_load(file.read_bytes())
            return tuple(_Status.model_validate(told).events)
        except FileNotFoundError:
            return ()
        except (yaml.YAMLError, ValidationError, OSError):
            raise ReleaseError(
                "the status of releases cannot be read", where=str(file), hint="bring it back from git, or mend it"
            ) from None

    def _files(self) -> list[Path]:
        return sorted(file for file in self.folder.glob("*.json") if re.fullmatch(r"[0-9a-f]{12}", file.stem))

    def _read(self, file: Path) -> Release:
        try:
            release = Release.parse(file.read_bytes())
        except OSError as error:
            raise OperationError(f"the release cannot be read: {error.strerror}", where=str(file)) from None
        except ReleaseError as error:
            raise ReleaseError(error.what, where=str(file), hint=error.hint) from None
        if release.short != file.stem:
            raise ReleaseError(
                f"the release was changed: its content has the id {release.short}",
                where=str(file),
                hint="releases are immutable; bring the file back from git, and make a new one of what you want",
            )
        return release

    def _kept(self, release: Release) -> Kept:
        return Kept(release, tuple(event for event in self._events() if event.release == release.id))

    @contextmanager
    def _writing(self) -> Iterator[None]:
        self.folder.mkdir(exist_ok=True)
        self._lock.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            with FileLock(self._lock, timeout=LOCK_SECONDS):
                yield
        except Timeout:
            raise LockedError(
                "another command writes the releases",
                where=os.fspath(self._lock),
                hint="run again when it has ended",
            ) from None
