"""The audit bucket of one environment, by the S3 API."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from mlops_infra.config import LoadedEnvironment
from mlops_infra.errors import OperationError
from mlops_infra.platform.names import Names
from mlops_infra.providers.aws.clients import CallError, Clients
from mlops_infra.providers.connection import Connection


class AuditBucket:
    """Implements `operations.ports.AuditBucketPort`."""

    def __init__(self, connection: Connection, loaded: LoadedEnvironment) -> None:
        env = loaded.environment
        self._name = Names(env).audit_bucket
        self._clients = Clients(connection.aws)
        self._region = env.aws.region

    def put(self, key: str, data: bytes) -> str:
        """Store an object; returns where: ``s3://bucket/key``. Raises OperationError."""
        self._call("put_object", Key=key, Body=data, ContentType="application/json", ChecksumAlgorithm="SHA256")
        return self._where(key)

    def all(self, prefix: str) -> Iterator[tuple[str, bytes]]:
        """Every object whose key begins with `prefix`, and where it lies. Raises OperationError."""
        for item in self._call("list_objects_v2", paginate=True, Prefix=prefix).get("Contents", ()):
            yield self._where(item["Key"]), self._call("get_object", Key=item["Key"])["Body"].encode()

    def _where(self, key: str) -> str:
        return f"s3://{self._name}/{key}"

    def _call(self, operation: str, *, paginate: bool = False, **arguments: Any) -> Any:
        wanted = {"Bucket": self._name, **arguments}
        try:
            return self._clients.call("s3", self._region, operation, wanted, paginate=paginate)
        except CallError as error:
            raise OperationError(
                f"the audit bucket refused: {error.what}",
                where=f"s3://{self._name}",
                hint="`mlops-infra up` makes the bucket",
            ) from None
