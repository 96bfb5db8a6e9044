"""Versions of datasets: what exactly lies in a bucket, pinned as a manifest, and whether it still does.

``stacks/data/<dataset>/<digest12>.<environment>.jsonl`` is JSON Lines: a header, then one line per object, in the order of their keys.
The dataset's version is a digest over keys, sizes and hashes of contents only, so that equal contents have equal versions in every
environment; version ids and ETags, which differ from bucket to bucket, stand in the file beside them.

How the hash of an object is had, in this order: its SHA-256 checksum, where S3 keeps one of the whole object; its content, read and
hashed, up to a limit; for larger ones the ETag, which says for this bucket whether the object changed, but not whether another
bucket has the same (with KMS encryption and for multipart uploads it is no hash of the content: Amazon S3 API Reference, "Object").

Nothing holds more than some pages of objects in memory. The objects are listed one page after the other, so what is written
meanwhile may be in or not: pin when nobody writes.
"""

from __future__ import annotations

import base64
import json
import os
import shutil
import tempfile
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import asdict, dataclass, replace
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any, Final, Literal, TypeVar

import rfc8785
from botocore.exceptions import BotoCoreError, ClientError

from mlops_infra import durable
from mlops_infra.config import LoadedEnvironment
from mlops_infra.errors import OperationError, UsageError
from mlops_infra.providers.aws.clients import POOL, CallError, Clients
from mlops_infra.providers.connection import Connection

FORMAT: Final = 1
FOLDER: Final = "data"
SHORT: Final = 12
READ_LIMIT: Final = 1 << 30
"""Bytes up to which an object without a checksum is read for its hash: a minute on an ordinary line."""
TOLD: Final = 1000
"""Findings that are kept; beyond them they are only counted."""
_CHUNK: Final = 1 << 20
_GONE: Final = frozenset({"404", "NoSuchKey", "NoSuchVersion", "405", "MethodNotAllowed"})

Trouble = Literal["version deleted", "content changed", "deleted since", "unreadable"]
T = TypeVar("T")
R = TypeVar("R")


@dataclass(frozen=True)
class Pinned:
    """One object of a manifest. `hash`: ``sha256:…`` or ``etag:…``; `size` in bytes."""

    key: str
    version: str
    size: int
    hash: str
    etag: str

    def content(self) -> bytes:
        """What the dataset's version covers."""
        return rfc8785.dumps({"key": self.key, "size": self.size, "hash": self.hash}) + b"\n"


@dataclass(frozen=True)
class Manifest:
    """A pinned version of a dataset. `digest`: ``sha256:…``, what `datasets[].version` says; `size` in bytes."""

    dataset: str
    environment: str
    bucket: str
    digest: str
    objects: int
    size: int
    file: Path


@dataclass(frozen=True)
class Finding:
    """One object that is not as it was pinned."""

    key: str
    trouble: Trouble
    detail: str


@dataclass(frozen=True)
class Verification:
    """Whether a pinned version is still there and unchanged: `checked` objects, `wrong` of them, and what is wrong with which (the first
    `TOLD`)."""

    manifest: Manifest
    checked: int
    wrong: int
    findings: tuple[Finding, ...]

    @property
    def intact(self) -> bool:
        return self.wrong == 0


def pin(
    loaded: LoadedEnvironment,
    connection: Connection,
    dataset: str,
    *,
    read_limit: int = READ_LIMIT,
    progress: Callable[[int], None] | None = None,
) -> Manifest:
    """Write the manifest of what the dataset's bucket holds now. The stack file is not touched.

    Arguments: `connection` of the environment; `read_limit`: bytes up to which objects without a checksum are read; `progress` is
    told the number of objects so far.
    Raises `UsageError` for an unknown dataset, `OperationError` where the bucket cannot be read.
    """
    bucket = Bucket.of(loaded, connection, dataset)
    return pin_bucket(loaded, bucket, dataset, read_limit=read_limit, progress=progress)


def pin_bucket(
    loaded: LoadedEnvironment,
    bucket: Bucket,
    dataset: str,
    *,
    read_limit: int = READ_LIMIT,
    progress: Callable[[int], None] | None = None,
) -> Manifest:
    """`pin` for a bucket that is at hand."""
    folder = _folder(loaded, dataset)
    folder.mkdir(parents=True, exist_ok=True)
    digest, objects, size, last = sha256(), 0, 0, b""
    handle, name = tempfile.mkstemp(dir=folder, prefix=".pin.")
    try:
        with os.fdopen(handle, "w+b") as body:
            for entry in _in_order(partial(bucket.pinned, read_limit=read_limit), bucket.latest()):
                key = entry.key.encode()
                if key <= last:
                    raise OperationError(
                        "the bucket does not list its objects in the order of their keys", where=bucket.name
                    )
                last = key
                digest.update(entry.content())
                body.write(rfc8785.dumps(asdict(entry)) + b"\n")
                objects, size = objects + 1, size + entry.size
                if progress is not None:
                    progress(objects)
            version = f"sha256:{digest.hexdigest()}"
            environment = loaded.environment.environment
            file = _file(loaded, dataset, version, environment)
            found = Manifest(dataset, environment, bucket.name, version, objects, size, file)
            body.seek(0)
            _write(found, body)
    finally:
        Path(name).unlink(missing_ok=True)
    return found


def verify(
    loaded: LoadedEnvironment,
    connection: Connection,
    dataset: str,
    *,
    version: str | None = None,
    progress: Callable[[int], None] | None = None,
) -> Verification:
    """Look at every pinned object of a version (default: the one that the stack file names), by its version id.

    Raises `UsageError` where there is no such version or no manifest of it for this environment, or where the file is not what its digest
    says; `OperationError` where AWS does not answer.
    """
    manifest = load(loaded, dataset, version)
    bucket = Bucket(Clients(connection.aws), loaded.environment.aws.region, manifest.bucket)
    checked, wrong, findings = 0, 0, []
    for finding in _in_order(bucket.trouble, _objects(manifest.file)):
        checked += 1
        if finding is not None:
            wrong += 1
            if wrong <= TOLD:
                findings.append(finding)
        if progress is not None:
            progress(checked)
    return Verification(manifest, checked, wrong, tuple(findings))


def load(loaded: LoadedEnvironment, dataset: str, version: str | None = None) -> Manifest:
    """The manifest of a version in this environment (default: the version that the stack file names), its digest computed again.

    Raises `UsageError` as `verify` does.
    """
    name = loaded.environment.environment
    if version is None:
        version = _dataset(loaded, dataset)
        if version is None:
            raise UsageError(
                f"{name} names no version of {dataset}",
                where=str(loaded.origin(("datasets", dataset))),
                hint=f"`mlops-infra data pin {dataset} --env {name} --set` pins what is there",
            )
    file = _file(loaded, dataset, version, name)
    if not file.exists():
        raise UsageError(
            f"version {version} of {dataset} is not pinned in {name}",
            where=str(file),
            hint=f"`mlops-infra data pin {dataset} --env {name}` pins what is there; with the same contents it has the same version",
        )
    try:
        with file.open("rb") as stream:
            header = json.loads(stream.readline())
            if header.pop("version") != FORMAT:
                raise ValueError("format")
            found = Manifest(**header, file=file)
        digest, objects = sha256(), 0
        for entry in _objects(file):
            digest.update(entry.content())
            objects += 1
    except (ValueError, TypeError, KeyError, AttributeError):
        raise _changed(file) from None
    if f"sha256:{digest.hexdigest()}" != version or (found.digest, found.objects, found.dataset) != (
        version,
        objects,
        dataset,
    ):
        raise _changed(file)
    return found


# The bucket


def as_reader(loaded: LoadedEnvironment, connection: Connection, dataset: str) -> Connection:
    """The connection of somebody who may read the dataset; buckets let nobody else, administrators included.

    In the sandbox that is a role that was granted the dataset; on AWS it must be whoever the credentials belong to.
    Raises `UsageError` for an unknown dataset, and for one that nobody was granted.
    """
    from mlops_infra.platform.grants import holders  # noqa: PLC0415 - brings Pulumi
    from mlops_infra.platform.names import Names  # noqa: PLC0415

    _dataset(loaded, dataset)
    if connection.aws.endpoint is None:
        return connection
    readers, _ = holders(Names(loaded.environment), dataset)
    if not readers:
        raise UsageError(
            f"nobody may read {dataset}",
            where=str(loaded.origin(("datasets", dataset))),
            hint="grant it to a team (teams[].grants), and run `mlops-infra up`",
        )
    with_roles = {"RoleArn": readers[0], "RoleSessionName": "mlops-infra-data"}
    clients = Clients(connection.aws)
    keys = clients.call("sts", connection.aws.region, "assume_role", with_roles, root="Credentials")
    aws = replace(connection.aws, access_key_id=keys["AccessKeyId"], secret_access_key=keys["SecretAccessKey"])
    return replace(connection, aws=aws)


class Bucket:
    """A dataset's bucket, as far as pinning needs it. Safe to use from several threads."""

    def __init__(self, clients: Clients, region: str, name: str) -> None:
        self._clients = clients
        self._region = region
        self.name = name

    @classmethod
    def of(cls, loaded: LoadedEnvironment, connection: Connection, dataset: str) -> Bucket:
        """The bucket of a dataset. Raises `UsageError` for an unknown one."""
        from mlops_infra.platform.names import Names  # noqa: PLC0415 - brings Pulumi

        _dataset(loaded, dataset)
        env = loaded.environment
        return cls(Clients(connection.aws), env.aws.region, Names(env).dataset_bucket(dataset))

    def latest(self) -> Iterator[tuple[str, str]]:
        """Key and version id of every object that is there, in the order of the listing."""
        markers: dict[str, str] = {}
        while True:
            page = self._call("list_object_versions", **markers)
            for entry in page.get("Versions", ()):
                if entry["IsLatest"]:
                    yield entry["Key"], entry["VersionId"]
            if not page.get("IsTruncated"):
                return
            markers = {"KeyMarker": page["NextKeyMarker"], "VersionIdMarker": page["NextVersionIdMarker"]}

    def pinned(self, named: tuple[str, str], *, read_limit: int) -> Pinned:
        """One version of an object with its hash."""
        key, version = named
        head = self._head(key, version)
        size, etag = int(head["ContentLength"]), str(head["ETag"]).strip('"')
        found = _whole(head)
        if found is None:
            found = self._read(key, version) if size <= read_limit else f"etag:{etag}"
        return Pinned(key, version, size, found, etag)

    def trouble(self, entry: Pinned) -> Finding | None:
        """What is wrong with a pinned object, if anything."""
        try:
            head = self._head(entry.key, entry.version)
        except CallError as error:
            if error.code in _GONE:
                return Finding(entry.key, "version deleted", f"version {entry.version} is no longer there")
            return Finding(entry.key, "unreadable", error.code)
        told = _difference(head, entry)
        if told:
            return Finding(entry.key, "content changed", told)
        try:
            self._call("head_object", Key=entry.key)
        except CallError as error:
            if error.code not in _GONE:
                return Finding(entry.key, "unreadable", error.code)
            return Finding(entry.key, "deleted since", "a delete marker lies on top; the pinned version is still there")
        return None

    def _head(self, key: str, version: str) -> dict[str, Any]:
        return self._call("head_object", Key=key, VersionId=version, ChecksumMode="ENABLED")

    def _read(self, key: str, version: str) -> str:
        client, digest = self._clients.client("s3", self._region), sha256()
        try:
            body = client.get_object(Bucket=self.name, Key=key, VersionId=version)["Body"]
            for chunk in body.iter_chunks(_CHUNK):
                digest.update(chunk)
        except (ClientError, BotoCoreError) as error:
            raise OperationError(
                f"an object cannot be read: {type(error).__name__}", where=f"s3://{self.name}/{key}"
            ) from None
        return f"sha256:{digest.hexdigest()}"

    def _call(self, operation: str, **params: str) -> dict[str, Any]:
        found: dict[str, Any] = self._clients.call("s3", self._region, operation, {"Bucket": self.name, **params})
        return found


def _whole(head: dict[str, Any]) -> str | None:
    """The SHA-256 of the whole object; that of a multipart upload is one over its parts' (a number of parts follows it)."""
    told = str(head.get("ChecksumSHA256") or "")
    if not told or "-" in told or head.get("ChecksumType") == "COMPOSITE":
        return None
    return f"sha256:{base64.b64decode(told).hex()}"


def _difference(head: dict[str, Any], entry: Pinned) -> str:
    """How a pinned version differs from what it was, in words; empty where it does not."""
    size, whole = int(head["ContentLength"]), _whole(head)
    if size != entry.size:
        return f"it has {size} bytes, {entry.size} were pinned"
    if whole is not None and entry.hash.startswith("sha256:"):
        return "" if whole == entry.hash else "its SHA-256 differs"
    return "" if str(head["ETag"]).strip('"') == entry.etag else "its ETag differs"


def _in_order(work: Callable[[T], R], entries: Iterable[T]) -> Iterator[R]:
    """`work` on every entry, `POOL` at once, results in the entries' order; never more than two pools full ahead."""
    with ThreadPoolExecutor(POOL) as pool:
        waiting: deque[Future[R]] = deque()
        try:
            for entry in entries:
                waiting.append(pool.submit(work, entry))
                if len(waiting) >= 2 * POOL:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()


# The files


def _dataset(loaded: LoadedEnvironment, name: str) -> str | None:
    """The version that the stack file names. Raises `UsageError` for an unknown dataset."""
    known = {dataset.name: dataset.version for dataset in loaded.environment.datasets}
    if name not in known:
        raise UsageError(
            f"there is no dataset {name!r}",
            where=f"stacks/{loaded.environment.environment}.yaml",
            hint=f"its datasets are: {', '.join(known) or 'none'}",
        )
    return known[name]


def _folder(loaded: LoadedEnvironment, dataset: str) -> Path:
    return loaded.stacks / FOLDER / dataset


def _file(loaded: LoadedEnvironment, dataset: str, version: str, environment: str) -> Path:
    return _folder(loaded, dataset) / f"{version.removeprefix('sha256:')[:SHORT]}.{environment}.jsonl"


def _write(manifest: Manifest, body: Any) -> None:
    told = {key: value for key, value in asdict(manifest).items() if key != "file"}
    with durable.replacing(manifest.file, mode=0o644) as out:
        out.write(rfc8785.dumps({"version": FORMAT, **told}) + b"\n")
        shutil.copyfileobj(body, out)


def _objects(file: Path) -> Iterator[Pinned]:
    """The objects of a manifest. Raises ValueError, TypeError or KeyError for a line that is none."""
    with file.open("rb") as stream:
        stream.readline()
        for line in stream:
            yield Pinned(**json.loads(line))


def _changed(file: Path) -> UsageError:
    return UsageError(
        "the manifest is not what its digest says: it was changed",
        where=str(file),
        hint="bring the file back from git, or pin again",
    )
