"""Where the lock of an environment lies: a file of this machine, or an object of the state's bucket."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path
from typing import Final

from filelock import FileLock

from mlops_infra import durable
from mlops_infra.config.state_folders import LOCKS
from mlops_infra.operations.bucket import Kept, StateBucket

_GUARD_SECONDS: Final = 10.0


class FileLockPlace:
    """Implements `lock.LockPlace` by a file. Every look at it and change of it happens under a short lock of the operating system."""

    of_this_machine = True

    def __init__(self, folder: Path, environment: str) -> None:
        self._file = folder / f"{environment}.json"
        self._guard = FileLock(str(folder / f"{environment}.guard"), timeout=_GUARD_SECONDS, mode=0o600)

    @property
    def where(self) -> str:
        """The file."""
        return str(self._file)

    def read(self) -> Kept | None:
        """See `lock.LockPlace`."""
        if not self._file.parent.is_dir():
            return None
        with self._guard:
            return self._read()

    def create(self, data: bytes) -> bool:
        """See `lock.LockPlace`."""
        self._file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with self._guard:
            if self._read() is not None:
                return False
            durable.replace(self._file, data)
            return True

    def replace(self, data: bytes, version: str) -> bool:
        """See `lock.LockPlace`."""
        with self._guard:
            if not self._is(version):
                return False
            durable.replace(self._file, data)
            return True

    def remove(self, version: str) -> bool:
        """See `lock.LockPlace`."""
        with self._guard:
            if not self._is(version):
                return False
            self._file.unlink()
            return True

    def _is(self, version: str) -> bool:
        found = self._read()
        return found is not None and found.version == version

    def _read(self) -> Kept | None:
        try:
            data = self._file.read_bytes()
        except FileNotFoundError:
            return None
        return Kept(data, sha256(data).hexdigest())


class BucketLockPlace:
    """Implements `lock.LockPlace` by an object, ``locks/<environment>.json``. Raises OperationError where the bucket cannot be reached."""

    of_this_machine = False

    def __init__(self, bucket: StateBucket, environment: str) -> None:
        self._bucket = bucket
        self._key = f"{LOCKS}/{environment}.json"

    @property
    def where(self) -> str:
        """The object's URL."""
        return f"{self._bucket.where}/{self._key}"

    def read(self) -> Kept | None:
        """See `lock.LockPlace`."""
        return self._bucket.get(self._key)

    def create(self, data: bytes) -> bool:
        """See `lock.LockPlace`."""
        return self._bucket.put_new(self._key, data)

    def replace(self, data: bytes, version: str) -> bool:
        """See `lock.LockPlace`."""
        return self._bucket.replace(self._key, data, version)

    def remove(self, version: str) -> bool:
        """See `lock.LockPlace`."""
        return self._bucket.remove(self._key, version)
