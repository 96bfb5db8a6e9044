"""The bucket of an environment's state: whatever machines share of an environment beside the state itself lies there.

Every write says what it expects to find (S3 User Guide, "Conditional writes" and "Conditional deletes"), so that of two machines which do
the same at once the bucket picks one, and the other one learns of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Protocol
from urllib.parse import parse_qs, urlsplit

from mlops_infra.errors import OperationError
from mlops_infra.providers.connection import AwsConnection

if TYPE_CHECKING:
    from mlops_infra.config import LoadedEnvironment
    from mlops_infra.providers.aws.clients import CallError, Clients

_CONFLICTS: Final = 3
"""Attempts where S3 answers that another write of the key is under way (409 ConditionalRequestConflict)."""
_NOT_AS_EXPECTED: Final = frozenset({"PreconditionFailed", "412"})
_NOT_THERE: Final = frozenset({"NoSuchKey", "404"})


@dataclass(frozen=True)
class Kept:
    """What lies at a key, and its `version` (S3: ETag), which differs from that of whatever lay there before."""

    data: bytes
    version: str


class StateBucket(Protocol):
    """The part of a bucket that belongs to one state. Every method raises OperationError where the bucket refuses or does not answer."""

    @property
    def where(self) -> str:
        """``s3://bucket/prefix``."""

    def put_new(self, key: str, data: bytes) -> bool:
        """Write `data` (UTF-8 text) where nothing is; False where something is, which stays."""

    def get(self, key: str) -> Kept | None:
        """What lies at a key; None where nothing does."""

    def replace(self, key: str, data: bytes, version: str) -> bool:
        """Write `data` in place of just this version; False where something else, or nothing, is there."""

    def remove(self, key: str, version: str) -> bool:
        """Remove just this version; False where something else, or nothing, is there."""

    def keys(self, prefix: str, after: str = "") -> Iterator[str]:
        """The keys that begin with `prefix` and come after `after`, in the order of their bytes."""


class S3Bucket:
    """Implements `StateBucket`. `backend`: the state's URL (``s3://bucket/prefix?region=…``); `page`: keys per listing, 1000 at most."""

    def __init__(self, clients: Clients, backend: str, page: int = 1000) -> None:
        parts = urlsplit(backend)
        path = parts.path.strip("/")
        self._clients = clients
        self._bucket = parts.netloc
        self._prefix = f"{path}/" if path else ""
        self._page = page
        self._region = parse_qs(parts.query).get("region", [clients.aws.region])[0]

    @property
    def where(self) -> str:
        """See `StateBucket`."""
        return f"s3://{self._bucket}/{self._prefix}".rstrip("/")

    def put_new(self, key: str, data: bytes) -> bool:
        """See `StateBucket`."""
        return self._written("put_object", key, Body=data, IfNoneMatch="*", ChecksumAlgorithm="SHA256")

    def get(self, key: str) -> Kept | None:
        """See `StateBucket`."""
        from mlops_infra.providers.aws.clients import CallError  # noqa: PLC0415 - brings botocore

        try:
            answer = self._call("get_object", Key=self._prefix + key)
        except CallError as error:
            if error.code in _NOT_THERE:
                return None
            raise self._refused(error) from None
        text: str = answer["Body"]
        return Kept(text.encode(), str(answer["ETag"]))

    def replace(self, key: str, data: bytes, version: str) -> bool:
        """See `StateBucket`."""
        return self._written("put_object", key, Body=data, IfMatch=version, ChecksumAlgorithm="SHA256")

    def remove(self, key: str, version: str) -> bool:
        """See `StateBucket`."""
        return self._written("delete_object", key, IfMatch=version)

    def keys(self, prefix: str, after: str = "") -> Iterator[str]:
        """See `StateBucket`."""
        from mlops_infra.providers.aws.clients import CallError  # noqa: PLC0415 - brings botocore

        start = self._prefix + after if after else ""
        while True:
            wanted = {
                "Prefix": self._prefix + prefix,
                "MaxKeys": self._page,
                **({"StartAfter": start} if start else {}),
            }
            try:
                answer = self._call("list_objects_v2", **wanted)
            except CallError as error:
                raise self._refused(error) from None
            found = [str(item["Key"]) for item in answer.get("Contents", ())]
            yield from (key.removeprefix(self._prefix) for key in found)
            if not answer.get("IsTruncated"):
                return
            start = found[-1]

    def _written(self, operation: str, key: str, **params: object) -> bool:
        from mlops_infra.providers.aws.clients import CallError  # noqa: PLC0415 - brings botocore

        for attempt in range(_CONFLICTS):
            try:
                self._call(operation, Key=self._prefix + key, **params)
            except CallError as error:
                if error.code in _NOT_AS_EXPECTED | _NOT_THERE:
                    return False
                if error.code != "ConditionalRequestConflict" or attempt == _CONFLICTS - 1:
                    raise self._refused(error) from None
            else:
                return True
        raise RuntimeError("the last attempt returns or raises")

    def _call(self, operation: str, **params: object) -> Any:
        return self._clients.call("s3", self._region, operation, {"Bucket": self._bucket, **params})

    def _refused(self, error: CallError) -> OperationError:
        if error.code == "NoSuchBucket":
            what, hint = "the state's bucket does not exist", "`mlops-infra bootstrap` makes it"
        else:
            what, hint = f"the state's bucket refused: {error.what}", "docs/aws.md tells which rights that takes"
        return OperationError(what, where=self.where, hint=hint)


def state_bucket(loaded: LoadedEnvironment) -> S3Bucket | None:
    """The bucket of an environment's state; None where the state lies in files of this machine (the sandbox)."""
    env = loaded.environment
    if env.target != "aws" or env.state.backend is None:
        return None
    from mlops_infra.providers.aws.clients import Clients  # noqa: PLC0415 - brings botocore

    return S3Bucket(Clients(AwsConnection(env.aws.account, env.aws.region, env.aws.partition)), env.state.backend)
