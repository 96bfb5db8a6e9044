"""What an apply would do, before it is done: the API server's own dry run, or its schema where there is nothing to run against."""

from __future__ import annotations

from typing import Any, Final

from mlops_infra.errors import OperationError
from mlops_infra.graph import UNKNOWN
from mlops_infra.providers.caller import tell
from mlops_infra.providers.kubernetes.apply import Applier, object_error
from mlops_infra.providers.kubernetes.client import ApiError, KubeClient
from mlops_infra.providers.kubernetes.discovery import Kind, Place
from mlops_infra.providers.kubernetes.manifest import Asked
from mlops_infra.providers.kubernetes.schema import Schemas

_SERVER_SAYS: Final = ("uid", "resourceVersion", "creationTimestamp", "generation")
_NAMED_BY_CONTENT: Final = frozenset({"CustomResourceDefinition", "APIService"})
_KEPT: Final = ("uid", "creationTimestamp")


class Preview:
    """Checks objects without changing anything."""

    def __init__(self, client: KubeClient, applier: Applier) -> None:
        self._applier = applier
        self._schemas = Schemas(client)

    async def create(self, place: Place | None, asked: Asked, urn: str, *, replaces: bool) -> None:
        """Raise `OperationError` where the API server would refuse a new object; say so where only its schema could be asked.

        Where it `replaces` an object of its own name, which is still there, the dry run takes another name.
        """
        if place is not None and replaces:
            if place.kind.name in _NAMED_BY_CONTENT:
                await self._against_schema(place.kind, asked, urn, "it replaces an object that still exists")
                return
            asked = asked.renamed(f"{asked.name[:54]}-preview")
            place = Place(place.kind, place.namespace, asked.name)
        await self._dry_run(place, asked, urn, {})

    async def update(self, place: Place | None, asked: Asked, urn: str, owned: dict[str, Any]) -> None:
        """The same for an object that exists, of which we applied the fields in `owned`."""
        await self._dry_run(place, asked, urn, owned)

    async def _dry_run(self, place: Place | None, asked: Asked, urn: str, owned: dict[str, Any]) -> None:
        if place is None:
            why = f"{asked.kind} in {asked.api_version} is not defined yet"
            await tell(urn, f"not checked before it is applied: {why}", once=f"kind {asked.api_version} {asked.kind}")
            return
        why = "values that are not known yet" if asked.unknown else ""
        if not why and asked.name:
            try:
                await self._applier.apply(place.path, asked, urn, owned=owned, dry_run=True)
            except ApiError as error:
                if not _lacks_namespace(error, asked):
                    raise object_error(error, asked, asked.name) from error
                why = f"the namespace {asked.namespace} does not exist yet"
            else:
                return
        await self._against_schema(place.kind, asked, urn, why or "its name is not known yet")

    async def _against_schema(self, kind: Kind, asked: Asked, urn: str, why: str) -> None:
        problems = await self._schemas.problems(kind, asked)
        if problems:
            raise OperationError(
                f"{asked.kind} {asked.name} does not fit the API server's OpenAPI schema:\n" + "\n".join(problems),
                where=asked.name,
            )
        checked = (
            "checked against the API server's OpenAPI schema only, not by a dry run"
            if problems == []
            else "not checked"
        )
        await tell(urn, f"{checked}: {why}", once=why)


def _lacks_namespace(error: ApiError, asked: Asked) -> bool:
    """Whether a dry run failed for want of the object's namespace."""
    about = error.details.get("kind"), error.details.get("name")
    return error.code == 404 and bool(asked.namespace) and about == ("namespaces", asked.namespace)


def expected_outputs(inputs: dict[str, Any], before: dict[str, Any] | None) -> dict[str, Any]:
    """Outputs of a create (`before` None) or update as far as they follow from the inputs; the rest is not known yet."""
    outputs = {**inputs, "status": UNKNOWN}
    metadata = inputs.get("metadata")
    if isinstance(metadata, dict):
        known = before.get("metadata") if before else None
        known = known if isinstance(known, dict) else {}
        server: dict[str, Any] = {
            name: known[name] if name in _KEPT and name in known else UNKNOWN for name in _SERVER_SAYS
        }
        outputs["metadata"] = {**server, **metadata}
    spec = inputs.get("spec")
    if inputs.get("kind") == "Service" and isinstance(spec, dict):
        old = (before or {}).get("spec")
        old = old if isinstance(old, dict) else {}
        addresses = {name: old.get(name, UNKNOWN) for name in ("clusterIP", "clusterIPs")}
        outputs["spec"] = {**addresses, **spec}
    return outputs
