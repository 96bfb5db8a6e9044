"""The error type and the exit codes.

Every error that a user can cause is an `MlopsInfraError`: what happened, where (file:line or a resource), and what to do
next. The command line prints it without a traceback and ends with its exit code; anything else is a bug of ours.
"""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """What the process's exit status means (docs/architecture.md, "Errors and exit codes")."""

    DONE = 0
    FAILED = 1
    BAD_USAGE = 2
    POLICY = 3
    GATE = 4
    LOCKED = 5
    DRIFT = 6


class MlopsInfraError(Exception):
    """Something a user can cause and mend.

    Arguments: `what` happened in one sentence; `where` it happened (``file:line:column``, a resource's URN, a program's
    path); `hint`: what to do next. Never put a value into any of them whose key may hold a secret.
    """

    exit_code: ExitCode = ExitCode.FAILED

    def __init__(self, what: str, *, where: str | None = None, hint: str | None = None) -> None:
        super().__init__(what)
        self.what = what
        self.where = where
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.where}: {self.what}" if self.where else self.what


class OperationError(MlopsInfraError):
    """An operation was tried and failed (exit 1)."""


class UsageError(MlopsInfraError):
    """The command line or a stack file is wrong (exit 2)."""

    exit_code = ExitCode.BAD_USAGE


class PolicyError(MlopsInfraError):
    """A policy says no (exit 3)."""

    exit_code = ExitCode.POLICY


class GateError(MlopsInfraError):
    """A gate or an approval is missing (exit 4)."""

    exit_code = ExitCode.GATE


class LockedError(MlopsInfraError):
    """Somebody else holds the environment's lock (exit 5)."""

    exit_code = ExitCode.LOCKED
