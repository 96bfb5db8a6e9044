"""AWS resources as they are: those of the state through their rows, and what lies beside them.

Every call only reads. A resource of the state keeps its secrets hidden. Taken from the state are types that the emulator lacks, which exist
nowhere else, and `SECRET_ONLY`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any, Final, TypeVar

from mlops_infra.errors import OperationError
from mlops_infra.graph import Resource, Secret
from mlops_infra.providers.aws import recorded_only
from mlops_infra.providers.aws.clients import POOL, Clients
from mlops_infra.providers.aws.patience import Patience
from mlops_infra.providers.aws.resource import Resource as Handle
from mlops_infra.providers.aws.row import Row
from mlops_infra.providers.aws.state import secreted
from mlops_infra.providers.aws.table import ROWS
from mlops_infra.providers.connection import AwsConnection
from mlops_infra.providers.live.model import hidden

SECRET_ONLY: Final = frozenset({"aws:secretsmanager/secretVersion:SecretVersion"})
"""Types of which there is nothing to read but a secret: whoever judges need not be able to read it."""
_Item = TypeVar("_Item")
_Answer = TypeVar("_Answer")


class AwsReader:
    """Reads resources of one account. `environment` names what is found beside the state."""

    def __init__(self, aws: AwsConnection, environment: str) -> None:
        self.aws = aws
        self.environment = environment
        self.clients = Clients(aws)
        self._unread = recorded_only(aws.endpoint is not None) | SECRET_ONLY

    def each(self, work: Callable[[_Item], _Answer], items: Iterable[_Item]) -> list[_Answer]:
        """`work` on every item, many at once."""
        with ThreadPoolExecutor(POOL, thread_name_prefix="live-aws") as threads:
            return list(threads.map(work, items))

    def call(self, service: str, operation: str, root: str = "@", *, paginate: bool = True, **params: Any) -> Any:
        """One call in the environment's region; all pages."""
        return self.clients.call(service, self.aws.region, operation, params, root=root, paginate=paginate)

    def read(self, resource: Resource) -> Resource | None:
        """A resource of the state as it is, None where it is gone. Raises OperationError where that cannot be known."""
        if not resource.custom or resource.type in self._unread:
            return resource
        row = ROWS.get(resource.type)
        if row is None:
            raise OperationError(
                f"nobody can read the type {resource.type} from AWS, so what really is cannot be judged",
                where=resource.urn,
                hint="docs/reference/aws-types.md lists the types that can be read",
            )
        known = {name: value for name, value in resource.inputs.items() if not name.startswith("__")}
        handle = self._handle(row, resource.urn, {name: value for name, value in known.items() if not _secret(value)})
        found = handle.read(resource.id or "", resource.outputs)
        if found is None:
            return None
        rowless = {
            name: value
            for name, value in known.items()
            if name not in row.by_name and name not in ("tags", "region") and name not in found.inputs
        }
        live = {**rowless, **secreted(row, dict(found.inputs))}
        masked = {name: hidden(known.get(name), _hollow(value)) for name, value in live.items()}
        secrets = {name: value for name, value in known.items() if _secret(value)}
        return replace(resource, inputs={**masked, **secrets})

    def find(self, stranger: Resource) -> Resource | None:
        """A resource beside the state, of which the inputs that name it are known; None where it is not there."""
        row = ROWS[stranger.type]
        found = self._handle(row, stranger.urn, stranger.inputs).read(stranger.id or "", {})
        if found is None:
            return None
        told = {name: _hollow(value) for name, value in secreted(row, {**found.outputs, **found.inputs}).items()}
        own = {name: value for name, value in told.items() if name in row.by_name or name == "tags"}
        return replace(stranger, inputs={**stranger.inputs, **own}, outputs=told)

    def _handle(self, row: Row, urn: str, inputs: Mapping[str, Any]) -> Handle:
        return Handle(row, urn, self.clients, inputs, recorded=False, patience=Patience(seconds=0))


def _secret(value: Any) -> bool:
    return isinstance(value, Secret)


def _hollow(value: Any) -> Any:
    """A secret without its content."""
    return Secret(None) if isinstance(value, Secret) else value
