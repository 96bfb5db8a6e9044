"""One operation at a time per environment.

The lock is a *holder file* that says who holds it; every look at it and change of it happens under a short file lock (`filelock`), so
that taking, taking over and releasing cannot race. A holder is *provably dead* when it ran on this host, in this process namespace, and
its process is gone or the process id belongs to another process now (other start time since boot). Nothing else is ever taken over.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import psutil
from filelock import FileLock
from pydantic import TypeAdapter

from mlops_infra.audit import Actor
from mlops_infra.errors import LockedError

_GUARD_SECONDS: Final = 10.0
_FIRST_NAMESPACE: Final = "pid:[4026531836]"
"""The process namespace of a machine itself (PROC_PID_INIT_INO in the kernel's proc_ns.h); containers have others."""


@dataclass(frozen=True)
class Holder:
    """Who holds a lock. `birth` identifies the process beyond its id: the boot's id and the start in clock ticks since boot."""

    user: str
    host: str
    pid: int
    process_started: str
    since: str
    operation: str
    birth: str
    namespace: str
    token: str

    def __str__(self) -> str:
        started = f", started {self.process_started}" if self.process_started else ""
        return f"{self.user} on {self.host} (process {self.pid}{started}) with `{self.operation}` since {self.since}"


_HOLDER = TypeAdapter(Holder)


class EnvironmentLock:
    """The lock of one environment."""

    def __init__(self, folder: Path, environment: str, clock: Callable[[], datetime]) -> None:
        self._environment = environment
        self._file = folder / f"{environment}.json"
        self._clock = clock
        self._token = ""
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._guard = FileLock(str(folder / f"{environment}.guard"), timeout=_GUARD_SECONDS, mode=0o600)

    def acquire(self, actor: Actor, operation: str) -> Holder | None:
        """Take the lock. Returns the dead holder that it was taken over from, if there was one.

        Raises LockedError (exit 5) where somebody holds it whose death cannot be proved.
        """
        with self._guard:
            before = self._read()
            if before is not None and not is_dead(before):
                raise LockedError(
                    f"environment {self._environment} is locked by {before}",
                    where=str(self._file),
                    hint="wait for it to finish; if it surely no longer runs, "
                    f"`mlops-infra unlock --env {self._environment}` and try again",
                )
            self._token = secrets.token_hex(16)
            self._write(_holder(actor, operation, self._clock(), self._token))
            return before

    def holder(self) -> Holder | None:
        """Who holds the lock now."""
        with self._guard:
            return self._read()

    def check(self) -> None:
        """Raise LockedError where the lock was taken from us (`unlock` by somebody) since we acquired it."""
        with self._guard:
            holder = self._read()
        if holder is None or holder.token != self._token:
            raise LockedError(
                f"the lock of environment {self._environment} was taken from this operation"
                + (f"; now it is held by {holder}" if holder else ""),
                where=str(self._file),
                hint="nothing more is done; look at the ledger, then run again",
            )

    def release(self) -> None:
        """Give the lock back, if it is still ours."""
        with self._guard:
            holder = self._read()
            if holder is not None and holder.token == self._token:
                self._file.unlink()
            self._token = ""

    def force(self) -> Holder | None:
        """Take the lock away from whoever holds it (`unlock`); returns who that was."""
        with self._guard:
            holder = None
            with suppress(LockedError):
                holder = self._read()
            self._file.unlink(missing_ok=True)
            return holder

    def _read(self) -> Holder | None:
        try:
            return _HOLDER.validate_json(self._file.read_bytes())
        except FileNotFoundError:
            return None
        except ValueError as error:
            raise LockedError(
                f"environment {self._environment} is locked, and who holds the lock cannot be read",
                where=str(self._file),
                hint=f"if nobody works on it, `mlops-infra unlock --env {self._environment}` and try again",
            ) from error

    def _write(self, holder: Holder) -> None:
        aside = self._file.with_suffix(".tmp")
        with os.fdopen(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(_HOLDER.dump_json(holder))
            file.flush()
            os.fsync(file.fileno())
        aside.replace(self._file)


def is_dead(holder: Holder) -> bool:
    """Whether it is proved that the holder no longer runs; False wherever there is doubt."""
    here = _namespace()
    if holder.host != os.uname().nodename or not here or holder.namespace != here:
        return False
    boot = holder.birth.partition(":")[0]
    if boot != _boot():
        # The machine was restarted. A container's name and namespace number may come back on another machine, so it proves nothing there.
        return bool(boot and _boot()) and here == _FIRST_NAMESPACE
    return process_birth(holder.pid) != holder.birth


def process_birth(pid: int) -> str | None:
    """What tells one process from all others that ever had its id, or None where there is no such living process.

    The start in clock ticks since boot (proc(5), ``/proc/PID/stat`` field 22) does not move with the wall clock.
    """
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return None if fields[0] in "ZX" else f"{_boot()}:{fields[19]}"


def _holder(actor: Actor, operation: str, now: datetime, token: str) -> Holder:
    started = datetime.fromtimestamp(psutil.Process(actor.pid).create_time(), UTC)
    return Holder(
        user=actor.user,
        host=actor.host,
        pid=actor.pid,
        process_started=started.isoformat(timespec="seconds"),
        since=now.astimezone(UTC).isoformat(timespec="seconds"),
        operation=operation,
        birth=process_birth(actor.pid) or "",
        namespace=_namespace(),
        token=token,
    )


def _boot() -> str:
    return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()


def _namespace() -> str:
    try:
        return str(Path("/proc/self/ns/pid").readlink())
    except OSError:
        return ""
