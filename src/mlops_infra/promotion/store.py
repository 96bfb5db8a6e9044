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
from typing import TYPE_CHECKING, Any, Final, Protocol
from urllib.parse import parse_qs, urlsplit

from mlops_infra.errors import OperationError
from mlops_infra.providers.connection import AwsConnection

if TYPE_CHECKING:
    from mlops_infra.config import LoadedEnvironment
    from mlops_infra.operations.project import Project
    from mlops_infra.providers.aws.clients import Clients

FOLDER: Final = "evidence"
MASKING_KEY: Final = "keys/masking"
_MASKING_BYTES: Final = 32
_KEY: Final = re.compile(r"[a-z0-9][a-z0-9._-]{0,127}(/[a-z0-9][a-z0-9._-]{0,127}){0,5}")
_CONFLICTS: Final = 3
"""Attempts where S3 answers that another write of the key is under way (409 ConditionalRequestConflict)."""


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
            _sync(file.parent)
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
    """Evidence in the bucket of the state, below ``evidence/``. `backend`: the state's URL (``s3://bucket/prefix?region=…``)."""

    def __init__(self, clients: Clients, backend: str) -> None:
        parts = urlsplit(backend)
        self._clients = clients
        self._bucket = parts.netloc
        self._prefix = "/".join(filter(None, (parts.path.strip("/"), FOLDER))) + "/"
        self._region = parse_qs(parts.query).get("region", [clients.aws.region])[0]

    def put_new(self, key: str, data: bytes) -> bool:
        """See `Store`. Raises OperationError where S3 refuses for another reason."""
        from mlops_infra.providers.aws.clients import CallError  # noqa: PLC0415 - brings botocore

        for attempt in range(_CONFLICTS):
            try:
                self._call("put_object", Key=self._key(key), Body=data, IfNoneMatch="*", ChecksumAlgorithm="SHA256")
            except CallError as error:
                if error.code in ("PreconditionFailed", "412"):
                    return False
                if error.code != "ConditionalRequestConflict" or attempt == _CONFLICTS - 1:
                    raise
            else:
                return True
        raise RuntimeError("the last attempt returns or raises")

    def get(self, key: str) -> bytes | None:
        """See `Store`. Raises OperationError where S3 refuses."""
        from mlops_infra.providers.aws.clients import CallError  # noqa: PLC0415 - brings botocore

        try:
            answer = self._call("get_object", Key=self._key(key))
        except CallError as error:
            if error.code in ("NoSuchKey", "404"):
                return None
            raise
        text: str = answer["Body"]
        return text.encode()

    def keys(self, prefix: str) -> tuple[str, ...]:
        """See `Store`. Raises OperationError where S3 refuses."""
        answer = self._call("list_objects_v2", paginate=True, Prefix=self._prefix + prefix)
        return tuple(sorted(item["Key"].removeprefix(self._prefix) for item in answer.get("Contents", [])))

    def _key(self, key: str) -> str:
        return self._prefix + _checked(key)

    def _call(self, operation: str, *, paginate: bool = False, **params: object) -> Any:
        return self._clients.call("s3", self._region, operation, {"Bucket": self._bucket, **params}, paginate=paginate)


def open_store(project: Project, loaded: LoadedEnvironment) -> Store:
    """The store of an environment's evidence: beside the state."""
    from mlops_infra.engine.workspace import state_of  # noqa: PLC0415 - brings Pulumi

    backend = state_of(loaded.environment).backend
    if backend is None:
        return FileStore(project.state_dir() / FOLDER)
    from mlops_infra.providers.aws.clients import Clients  # noqa: PLC0415 - brings botocore

    aws = loaded.environment.aws
    return S3Store(Clients(AwsConnection(aws.account, aws.region, aws.partition)), backend)


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


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
