"""The store of evidence: receipts, deltas, approvals, versions of the trust files. What is in it is never changed.

One operation writes, and only where nothing is yet: files for the sandbox (a hard link, which is there whole or not at all), a bucket
with conditional writes for ``aws`` (S3 User Guide, "Conditional writes"). Two machines that write one key therefore know who was first.
"""

from __future__ import annotations

import os
import re
import secrets
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol

from mlops_infra import durable
from mlops_infra.config.state_folders import EVIDENCE
from mlops_infra.errors import OperationError
from mlops_infra.operations.bucket import StateBucket, state_bucket

if TYPE_CHECKING:
    from mlops_infra.config import LoadedEnvironment
    from mlops_infra.operations.project import Project

MASKING_KEY: Final = "keys/masking"
_MASKING_BYTES: Final = 32
_KEY: Final = re.compile(r"[a-z0-9][a-z0-9._-]{0,127}(/[a-z0-9][a-z0-9._-]{0,127}){0,5}")


class Store(Protocol):
    """Where evidence lies. Keys are lower-case words with slashes between them."""

    def put_new(self, key: str, data: bytes) -> bool:
        """Write `data` (UTF-8 text) where nothing is; False where something is, which stays. What was written is there for good."""

    def get(self, key: str) -> bytes | None:
        """What lies at a key; None where nothing does."""

    def keys(self, prefix: str) -> tuple[str, ...]:
        """The keys that begin with `prefix`, sorted."""


class FileStore:
    """Evidence in a folder of this machine (``.mlops-infra/evidence``): files 0600, folders 0700."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def put_new(self, key: str, data: bytes) -> bool:
        """See `Store`. Raises OperationError where the folder cannot be written."""
        file = self._file(key)
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            for folder in reversed((file.parent, *file.parent.parents)):
                if folder.is_relative_to(self._folder):
                    folder.mkdir(mode=0o700, exist_ok=True)
            handle, aside = tempfile.mkstemp(dir=file.parent, prefix=".new-")
            try:
                with os.fdopen(handle, "wb") as out:
                    out.write(data)
                    out.flush()
                    os.fsync(out.fileno())
                # A link, not a rename: a rename would take the place of what is there.
                file.hardlink_to(aside)
            except FileExistsError:
                return False
            finally:
                Path(aside).unlink(missing_ok=True)
            durable.sync(file.parent)
        except OSError as error:
            raise self._failed("written", error) from error
        return True

    def get(self, key: str) -> bytes | None:
        """See `Store`. Raises OperationError where the file cannot be read."""
        try:
            return self._file(key).read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise self._failed("read", error) from error

    def keys(self, prefix: str) -> tuple[str, ...]:
        """See `Store`."""
        found = (file for file in self._folder.rglob("*") if file.is_file() and not file.name.startswith("."))
        names = (file.relative_to(self._folder).as_posix() for file in found)
        return tuple(sorted(name for name in names if name.startswith(prefix)))

    def _file(self, key: str) -> Path:
        return self._folder / _checked(key)

    def _failed(self, what: str, error: OSError) -> OperationError:
        return OperationError(f"the evidence cannot be {what}: {error.strerror or error}", where=str(self._folder))


class S3Store:
    """Evidence in the bucket of the state, below ``evidence/``."""

    def __init__(self, bucket: StateBucket) -> None:
        self._bucket = bucket

    def put_new(self, key: str, data: bytes) -> bool:
        """See `Store`. Raises OperationError where S3 refuses for another reason."""
        return self._bucket.put_new(self._key(key), data)

    def get(self, key: str) -> bytes | None:
        """See `Store`. Raises OperationError where S3 refuses."""
        found = self._bucket.get(self._key(key))
        return None if found is None else found.data

    def keys(self, prefix: str) -> tuple[str, ...]:
        """See `Store`. Raises OperationError where S3 refuses."""
        return tuple(sorted(key.removeprefix(f"{EVIDENCE}/") for key in self._bucket.keys(f"{EVIDENCE}/{prefix}")))

    def _key(self, key: str) -> str:
        return f"{EVIDENCE}/{_checked(key)}"


def open_store(project: Project, loaded: LoadedEnvironment) -> Store:
    """The store of an environment's evidence: beside the state."""
    bucket = state_bucket(loaded)
    return FileStore(project.state_dir() / EVIDENCE) if bucket is None else S3Store(bucket)


def masking_key(store: Store) -> bytes:
    """The key (32 bytes) under which secrets and settings stand in receipts; made at first use, the same for all who read the store."""
    kept = store.get(MASKING_KEY)
    if kept is None:
        store.put_new(MASKING_KEY, secrets.token_hex(_MASKING_BYTES).encode())
        kept = store.get(MASKING_KEY)
    if kept is None or re.fullmatch(rb"[0-9a-f]{64}", kept) is None:
        raise OperationError(
            "the masking key of the evidence is damaged", where=MASKING_KEY, hint="bring it back from a copy"
        )
    return bytes.fromhex(kept.decode())


def _checked(key: str) -> str:
    if _KEY.fullmatch(key) is None:
        raise ValueError(f"{key!r} is no key of evidence")
    return key
