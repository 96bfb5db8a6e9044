"""One operation at a time per environment.

The lock is a *holder* at a place (`lock_places`: a file of this machine, or an object of the state's bucket) that says who holds it. The
place changes it only where it is what was seen before, so that taking, taking over and releasing cannot race. A holder is *provably dead*
when it ran on this host, in this process namespace, and its process is gone or the process id belongs to another process now (other start
time since boot). Nothing else is ever taken over.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, Protocol

import psutil
from pydantic import TypeAdapter

from mlops_infra.audit import Actor
from mlops_infra.errors import LockedError
from mlops_infra.operations.bucket import Kept

_ATTEMPTS: Final = 10
"""How often the place may be another one at the write than at the look before."""
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


class LockPlace(Protocol):
    """Where a lock lies. Writes say what they expect to find."""

    @property
    def where(self) -> str:
        """The place, for people."""

    @property
    def of_this_machine(self) -> bool:
        """Whether only this machine can have put there what is there."""

    def read(self) -> Kept | None:
        """What is there."""

    def create(self, data: bytes) -> bool:
        """Put `data` where nothing is; False where something is."""

    def replace(self, data: bytes, version: str) -> bool:
        """Put `data` in place of just this version; False where something else, or nothing, is there."""

    def remove(self, version: str) -> bool:
        """Remove just this version; False where something else, or nothing, is there."""


class EnvironmentLock:
    """The lock of one environment, at the place where all who work on it look."""

    def __init__(self, place: LockPlace, environment: str, clock: Callable[[], datetime]) -> None:
        self._place = place
        self._environment = environment
        self._clock = clock
        self._token = ""

    def acquire(self, actor: Actor, operation: str) -> Holder | None:
        """Take the lock. Returns the dead holder that it was taken over from, if there was one.

        Raises LockedError (exit 5) where somebody holds it whose death cannot be proved.
        """
        self._token = secrets.token_hex(16)
        wanted = _HOLDER.dump_json(_holder(actor, operation, self._clock(), self._token))
        for _ in range(_ATTEMPTS):
            found = self._place.read()
            if found is None:
                if self._place.create(wanted):
                    return None
                continue
            before = self._parsed(found.data)
            if before.token == self._token:
                # The answer to the write was lost, and the write sent again.
                return None
            if not self.gone(before):
                raise self._held(f"is locked by {before}")
            if self._place.replace(wanted, found.version):
                return before
        raise self._held("is locked and unlocked by others all the time")

    def holder(self) -> Holder | None:
        """Who holds the lock now."""
        found = self._place.read()
        return None if found is None else self._parsed(found.data)

    def gone(self, holder: Holder) -> bool:
        """Whether it is proved that the holder no longer runs."""
        return is_dead(holder, here=self._place.of_this_machine)

    def check(self) -> None:
        """Raise LockedError where the lock was taken from us (`unlock` by somebody) since we acquired it."""
        holder = self.holder()
        if holder is None or holder.token != self._token:
            raise LockedError(
                f"the lock of environment {self._environment} was taken from this operation"
                + (f"; now it is held by {holder}" if holder else ""),
                where=self._place.where,
                hint="nothing more is done; look at the ledger, then run again",
            )

    def release(self) -> None:
        """Give the lock back, if it is still ours."""
        found = self._place.read()
        if found is not None and self._parsed(found.data).token == self._token:
            self._place.remove(found.version)
        self._token = ""

    def force(self) -> Holder | None:
        """Take the lock away from whoever holds it (`unlock`); returns who that was, None also where that cannot be read."""
        for _ in range(_ATTEMPTS):
            found = self._place.read()
            if found is None:
                return None
            if self._place.remove(found.version):
                with suppress(LockedError):
                    return self._parsed(found.data)
                return None
        raise self._held("is locked and unlocked by others all the time")

    def _parsed(self, data: bytes) -> Holder:
        try:
            return _HOLDER.validate_json(data)
        except ValueError as error:
            raise LockedError(
                f"environment {self._environment} is locked, and who holds the lock cannot be read",
                where=self._place.where,
                hint=f"if nobody works on it, `mlops-infra unlock --env {self._environment}` and try again",
            ) from error

    def _held(self, how: str) -> LockedError:
        return LockedError(
            f"environment {self._environment} {how}",
            where=self._place.where,
            hint="wait for it to finish; if it surely no longer runs, "
            f"`mlops-infra unlock --env {self._environment}` and try again",
        )


def is_dead(holder: Holder, *, here: bool = True) -> bool:
    """Whether it is proved that the holder no longer runs; False wherever there is doubt.

    `here`: it is known that it ran on this machine. Otherwise only the name of its host says so, and other machines may have the same.
    """
    namespace = _namespace()
    if holder.host != os.uname().nodename or not namespace or holder.namespace != namespace:
        return False
    boot = holder.birth.partition(":")[0]
    if boot != _boot():
        # The machine was restarted. A container's name and namespace number may come back on another machine, so it proves nothing there.
        return here and bool(boot and _boot()) and namespace == _FIRST_NAMESPACE
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
