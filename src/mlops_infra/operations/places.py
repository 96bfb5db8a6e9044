"""Where an environment's ledger and lock lie: files of this machine for the sandbox, the state's bucket for ``aws``.

What an operation reads to decide by, it reads from `open_ledger`, which is up to date; who only shows the record reads the `mirror`.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from mlops_infra.audit import Ledger, LedgerFile
from mlops_infra.config import load_environment
from mlops_infra.operations.lock import EnvironmentLock
from mlops_infra.operations.lock_places import BucketLockPlace, FileLockPlace
from mlops_infra.operations.shared_ledger import BucketEntries

if TYPE_CHECKING:
    from mlops_infra.operations.bucket import StateBucket
    from mlops_infra.operations.ports import Context


class Places:
    """The buckets and ledgers of one operation, each found once."""

    def __init__(self) -> None:
        self._buckets: dict[str, StateBucket | None] = {}
        self._ledgers: dict[str, Ledger] = {}

    def keep_here(self, environment: str) -> None:
        """Take the files of this machine for this environment, whatever its stack file says: for what concerns this machine alone."""
        self._buckets[environment] = None

    def bucket(self, context: Context, environment: str) -> StateBucket | None:
        """The bucket that machines share; None where there is none. Raises ConfigError for the stack file."""
        if environment not in self._buckets:
            loaded = load_environment(context.project.stacks, environment)
            self._buckets[environment] = context.ports.state_bucket(loaded)
        return self._buckets[environment]

    def ledger(self, context: Context, environment: str, *, anew: bool = False) -> Ledger:
        """The ledger, up to date as of the first time it is asked for, or as of now with `anew`."""
        found = self._ledgers.get(environment)
        if found is None:
            bucket = self.bucket(context, environment)
            shared = BucketEntries(bucket, environment) if bucket else None
            path = context.project.ledger(environment, mirror=bucket is not None)
            found = context.ports.ledger(path, context.ports.clock, shared)
        elif not anew:
            return found
        found.refresh()
        self._ledgers[environment] = found
        return found


def open_ledger(context: Context, environment: str, *, anew: bool = False) -> Ledger:
    """The ledger of one environment, with what others wrote until the operation first asked for it, or until now with `anew`.

    Raises LedgerError where the shared entries cannot be reached, or are not those of the mirror on this machine.
    """
    return context.places.ledger(context, environment, anew=anew)


def mirror(context: Context, environment: str) -> LedgerFile:
    """The ledger as far as this machine knows it, to be read without a network."""
    return LedgerFile(ledger_path(context, environment))


def ledger_path(context: Context, environment: str) -> Path:
    """The file of the ledger on this machine."""
    loaded = load_environment(context.project.stacks, environment)
    return context.project.ledger(environment, mirror=loaded.environment.target == "aws")


def open_lock(context: Context, environment: str) -> EnvironmentLock:
    """The lock of one environment. Taking and asking raise OperationError where the bucket cannot be reached."""
    bucket = context.places.bucket(context, environment)
    place = BucketLockPlace(bucket, environment) if bucket else FileLockPlace(context.project.locks(), environment)
    return EnvironmentLock(place, environment, context.ports.clock)
