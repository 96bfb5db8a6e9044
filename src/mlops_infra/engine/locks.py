"""The engine's own locks: what a killed engine left is taken away, what a living one holds is respected.

Our environment's lock (`operations.lock`) keeps two of *us* apart on one host; the engine's lock also keeps out somebody with the
ordinary Pulumi CLI and, where the state lies in a bucket, somebody on another host. The engine never removes the lock of an engine that was
killed, so the next one would refuse to start.
"""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import parse_qs, urlsplit

import psutil

from mlops_infra.errors import LockedError

if TYPE_CHECKING:
    from mlops_infra.providers.aws.clients import Clients


class Locks(Protocol):
    """The locks of one stack, by the place of each."""

    def places(self) -> Iterator[str]:
        """Every lock there is."""

    def read(self, place: str) -> bytes:
        """What a lock says. Raises FileNotFoundError where it has gone meanwhile."""

    def remove(self, place: str) -> None:
        """Take a lock away; that it has gone is fine."""


@dataclass(frozen=True)
class FileLocks:
    """Locks of the file backend: one folder a stack."""

    folder: Path

    def places(self) -> Iterator[str]:
        yield from map(str, sorted(self.folder.glob("*.json")))

    def read(self, place: str) -> bytes:
        return Path(place).read_bytes()

    def remove(self, place: str) -> None:
        Path(place).unlink(missing_ok=True)


@dataclass(frozen=True)
class BucketLocks:
    """Locks of the S3 backend: `backend` is its URL (``s3://bucket/prefix?region=…``), `inside` the stack's folder below the prefix."""

    clients: Clients
    backend: str
    inside: str

    def places(self) -> Iterator[str]:
        prefix = "/".join(filter(None, (urlsplit(self.backend).path.strip("/"), self.inside, "")))
        listed = self._call("list_objects_v2", {"Prefix": f"{prefix}/"}, paginate=True).get("Contents") or ()
        yield from (f"s3://{self._bucket}/{item['Key']}" for item in listed if item["Key"].endswith(".json"))

    def read(self, place: str) -> bytes:
        from mlops_infra.providers.aws.clients import CallError  # noqa: PLC0415 - brings botocore

        try:
            body: str = self._call("get_object", {"Key": self._key(place)})["Body"]
        except CallError as error:
            if error.code == "NoSuchKey":
                raise FileNotFoundError(place) from None
            raise
        return body.encode()

    def remove(self, place: str) -> None:
        self._call("delete_object", {"Key": self._key(place)})

    @property
    def _bucket(self) -> str:
        return urlsplit(self.backend).netloc

    def _key(self, place: str) -> str:
        return place.removeprefix(f"s3://{self._bucket}/")

    def _call(self, operation: str, params: dict[str, str], *, paginate: bool = False) -> dict[str, Any]:
        region = parse_qs(urlsplit(self.backend).query).get("region", [self.clients.aws.region])[0]
        found: dict[str, Any] = self.clients.call(
            "s3", region, operation, {"Bucket": self._bucket, **params}, paginate=paginate
        )
        return found


def release_dead(locks: Locks, stack: str) -> list[str]:
    """Remove the locks of `stack` whose engines are provably dead; returns who held them.

    Raises LockedError for any other: a living process, another host, or a lock that cannot be read.
    """
    released = []
    for place in locks.places():
        try:
            told = json.loads(locks.read(place))
            pid, host, since = int(told["pid"]), str(told["hostname"]), str(told["timestamp"])
            holder = f"{told['username']}@{host} (pid {pid})"
        except FileNotFoundError:
            continue
        except (OSError, ValueError, KeyError, TypeError):
            raise _held(stack, "an engine that wrote an unreadable lock", "an unknown time", place) from None
        if host != socket.gethostname() or _alive(pid, since):
            raise _held(stack, holder, since, place)
        locks.remove(place)
        released.append(holder)
    return released


def break_locks(locks: Locks) -> list[str]:
    """Remove all locks of a stack, also those of engines that may live; returns who held them."""
    released = []
    for place in list(locks.places()):
        try:
            told = json.loads(locks.read(place))
            holder = f"{told['username']}@{told['hostname']} (pid {told['pid']})"
        except FileNotFoundError:
            continue
        except (ValueError, KeyError, TypeError):
            holder = "an engine that wrote an unreadable lock"
        locks.remove(place)
        released.append(holder)
    return released


def _alive(pid: int, since: str) -> bool:
    try:
        process = psutil.Process(pid)
        started = process.create_time()
        if process.status() == psutil.STATUS_ZOMBIE:
            return False
    except psutil.NoSuchProcess:
        return False
    # A process that started after the lock was written has taken over the number of a dead one.
    return started <= datetime.fromisoformat(since).timestamp()


def _held(stack: str, holder: str, since: str, place: str) -> LockedError:
    return LockedError(
        f"the engine's lock on {stack} is held by {holder} since {since}",
        where=place,
        hint="wait until that engine has ended; if it runs on another host and is gone, remove the lock with `mlops-infra unlock`",
    )
