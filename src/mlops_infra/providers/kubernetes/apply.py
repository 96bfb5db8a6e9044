"""Server-side apply with ownership: what is ours is taken back, what never was is a conflict that names the manager."""

from __future__ import annotations

from typing import Any

from mlops_infra.errors import OperationError
from mlops_infra.providers.kubernetes.client import ApiError, Json, KubeClient
from mlops_infra.providers.kubernetes.manifest import Asked
from mlops_infra.providers.kubernetes.naming import URN, annotations_of
from mlops_infra.providers.kubernetes.ownership import field_conflicts, holds, managers_of


class Applier:
    """Applies objects under one field manager."""

    def __init__(self, client: KubeClient, manager: str) -> None:
        self._client = client
        self._manager = manager

    async def apply(self, path: str, asked: Asked, urn: str, *, owned: dict[str, Any], dry_run: bool = False) -> Json:
        """Apply an object. Fields in `owned` (what we applied before) are taken back from whoever changed them.

        Raises `ApiError` where the API server refuses the object, `OperationError` for fields that somebody else manages.
        """
        body = asked.signed(urn)
        try:
            return await self._client.apply(path, body, manager=self._manager, dry_run=dry_run)
        except ApiError as error:
            conflicts = field_conflicts(error)
            if not conflicts:
                raise
            foreign = [(manager, field) for manager, field in conflicts if not holds(owned, field)]
            if foreign:
                raise _conflict(asked, foreign) from error
        return await self._client.apply(path, body, manager=self._manager, force=True, dry_run=dry_run)

    async def would_be(self, path: str, asked: Asked, urn: str | None) -> Json:
        """The object as it would be if everything that is asked for were taken back; raises `ApiError`."""
        body = asked.signed(urn) if urn else asked.body
        return await self._client.apply(path, body, manager=self._manager, force=True, dry_run=True)

    def ours(self, live: Json | None, asked: Asked, urn: str, where: str) -> Json | None:
        """`live` where it carries `urn`, None where there is nothing; raises where it belongs to somebody else."""
        if live is None:
            return None
        signed = annotations_of(live).get(URN)
        if signed == urn:
            return live
        if signed is not None:
            raise OperationError(
                f"{asked.kind} {where} exists and is managed as {signed}",
                where=where,
                hint="a resource that was renamed needs an alias to its old name",
            )
        raise OperationError(
            f"{asked.kind} {where} exists and is not managed by this environment (its fields are managed by {managers_of(live)})",
            where=where,
            hint=f"take it over with `mlops-infra state import '{urn}' {where}`, or delete it",
        )


def _conflict(asked: Asked, foreign: list[tuple[str, str]]) -> OperationError:
    told = "; ".join(f"{field} is managed by {manager}" for manager, field in foreign)
    return OperationError(
        f"{asked.kind} {asked.name}: fields that we never applied are managed by somebody else: {told}",
        hint="leave these fields out of the program, or let the other manager give them up",
    )


def object_error(error: ApiError, asked: Asked, where: str) -> OperationError:
    """What the API server said about an object, without the object's secrets."""
    hint = {
        403: "the credentials in use, a quota or an admission policy forbid it",
        404: "a namespace or a definition that it needs does not exist (`depends_on`)",
    }.get(error.code)
    return OperationError(asked.redact(error.what), where=where, hint=hint)
