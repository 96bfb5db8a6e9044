"""The Kubernetes provider: what the engine asks for, in the order in which it is done.

*check* names the object, *diff* says what would change and whether it needs a new object, a *preview* is a server-side dry run, *create*
and *update* apply and wait until the object is ready, *read* says what is really there, *delete* waits until it is gone.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any, Final

from pulumi.provider.experimental import provider as sdk
from pulumi.provider.experimental.property_value import PropertyValue

from mlops_infra.errors import OperationError, UsageError
from mlops_infra.graph import UNKNOWN
from mlops_infra.providers.caller import tell
from mlops_infra.providers.connection import Connection
from mlops_infra.providers.kubernetes.access import NoClusterError, access
from mlops_infra.providers.kubernetes.apply import Applier, object_error
from mlops_infra.providers.kubernetes.awaiting import DEFAULT_SECONDS, Awaiting, NotReadyError
from mlops_infra.providers.kubernetes.client import ApiError, Json, KubeClient
from mlops_infra.providers.kubernetes.difference import differences, printed
from mlops_infra.providers.kubernetes.discovery import Discovery, Place, UnknownKindError
from mlops_infra.providers.kubernetes.immutable import forces_replacement
from mlops_infra.providers.kubernetes.manifest import (
    Asked,
    asked_of,
    imported_inputs,
    outputs_of,
    refusal,
    revealed,
    wire_form,
)
from mlops_infra.providers.kubernetes.naming import (
    DEFAULT_NAMESPACE,
    DELETION_PROPAGATION,
    SKIP_AWAIT,
    TIMEOUT_SECONDS,
    URN,
    annotations_of,
    is_autonamed,
    name_of,
    split_id,
    with_name,
)
from mlops_infra.providers.kubernetes.preview import Preview, expected_outputs
from mlops_infra.providers.kubernetes.projection import project
from mlops_infra.providers.wire import InitFailedError, plain_map, wired_map

_KINDS: Final = {
    ("add", False): sdk.PropertyDiffKind.ADD,
    ("add", True): sdk.PropertyDiffKind.ADD_REPLACE,
    ("delete", False): sdk.PropertyDiffKind.DELETE,
    ("delete", True): sdk.PropertyDiffKind.DELETE_REPLACE,
    ("update", False): sdk.PropertyDiffKind.UPDATE,
    ("update", True): sdk.PropertyDiffKind.UPDATE_REPLACE,
}
_FOREGROUND: Final = frozenset({"Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Job", "CronJob"})
"""Kinds that have dependents: they are gone when these are gone."""
_log = logging.getLogger(__name__)


class KubernetesProvider(sdk.Provider):
    """Serves ``kubernetes:…`` resources from the cluster of one connection."""

    def __init__(self, connection: Connection) -> None:
        self._client = KubeClient(access(connection))
        self._discovery = Discovery(self._client)
        self._applier = Applier(self._client, connection.field_manager)
        self._awaiting = Awaiting(self._client)
        self._preview = Preview(self._client, self._applier)
        self._current_names: dict[str, str] = {}

    async def close(self) -> None:
        """Close the connections to the API server."""
        await self._client.close()

    async def check_config(self, request: sdk.CheckRequest) -> sdk.CheckResponse:
        """Refuse settings of the official provider: ignored, they would send objects to another cluster than the program says."""
        settings = ", ".join(sorted(set(request.new_inputs) - {"version"}))
        refused = f"the attached provider takes its cluster from the environment, not from {settings} (or set `providers: official`)"
        # Without the property's name: the engine would print its value.
        failures = [sdk.CheckFailure("", refused)] if settings else []
        return sdk.CheckResponse(inputs=request.new_inputs, failures=failures)

    async def configure(self, request: sdk.ConfigureRequest) -> sdk.ConfigureResponse:  # noqa: ARG002 - the connection says it all
        return sdk.ConfigureResponse(accept_secrets=True, supports_preview=True)

    async def invoke(self, request: sdk.InvokeRequest) -> sdk.InvokeResponse:
        raise UsageError(
            f"the attached provider has no function {request.tok}", hint="set `providers: official` in the stack file"
        )

    async def check(self, request: sdk.CheckRequest) -> sdk.CheckResponse:
        """The inputs with a name; refuses types that are not objects of the API server."""
        inputs, old = plain_map(request.new_inputs), plain_map(request.old_inputs)
        refused = refusal(request.type, inputs)
        if refused is not None:
            # Without the property's name: the engine would print its value.
            return sdk.CheckResponse(inputs=request.new_inputs, failures=[sdk.CheckFailure("", refused)])
        if old:
            self._current_names[request.urn] = name_of(old)
        named = with_name(inputs, old, request.urn, "" if old else self._current_names.get(request.urn, ""))
        return sdk.CheckResponse(inputs=request.new_inputs if named is inputs else wired_map(named), failures=[])

    async def diff(self, request: sdk.DiffRequest) -> sdk.DiffResponse:
        """Differences of the inputs, by property path."""
        old_inputs: Mapping[str, PropertyValue] = getattr(request, "old_inputs", None) or request.old_state
        old, new = revealed(plain_map(old_inputs)), revealed(plain_map(request.new_inputs))
        group, kind = str(old.get("apiVersion", "")).rpartition("/")[0], str(old.get("kind", ""))
        detailed, replaces = {}, []
        for found in differences(old, new):
            if found.path == ("apiVersion",):
                replaced = str(new.get("apiVersion", "")).rpartition("/")[0] != group
            else:
                replaced = forces_replacement(group, kind, found.path, old)
            text = printed(found.path)
            detailed[text] = sdk.PropertyDiff(_KINDS[found.kind, replaced], True)
            if replaced:
                replaces.append(str(found.path[0]))
        signed = annotations_of(revealed(plain_map(request.old_state))).get(URN)
        if signed is not None and signed != request.urn:
            detailed[printed(("metadata", "annotations", URN))] = sdk.PropertyDiff(sdk.PropertyDiffKind.UPDATE, False)
        same_place = name_of(old) == name_of(new) and _namespace(old) == _namespace(new)
        return sdk.DiffResponse(
            changes=bool(detailed),
            replaces=list(dict.fromkeys(replaces)),
            diffs=list(dict.fromkeys(path.split(".")[0].split("[")[0] for path in detailed)),
            detailed_diff=detailed,
            delete_before_replace=bool(replaces) and same_place and not is_autonamed(new),
        )

    async def create(self, request: sdk.CreateRequest) -> sdk.CreateResponse:
        """Apply, and wait until it is ready. An object that exists is taken only where it carries our URN."""
        inputs = plain_map(request.properties)
        asked = asked_of(inputs)
        if request.preview:
            try:
                await self._preview_create(asked, request.urn)
            except NoClusterError:
                why = "not checked before it is applied: the cluster does not exist yet"
                await tell(request.urn, why, once="no cluster")
            return sdk.CreateResponse(properties=wired_map(expected_outputs(inputs, None)))
        place = await self._place(asked)
        seconds = _seconds(asked, request.timeout)
        live = await self._taken(place, asked, request.urn, seconds)
        if live is not None and self._current_names.get(request.urn) == asked.name:
            # Not left by an interrupted run: it is the object that this one replaces under the same name.
            await self._delete(place, asked, live["metadata"]["uid"], request.urn, seconds)
            live = None
        elif live is not None:
            await tell(request.urn, f"taking over {place.id}, which an interrupted run created")
        applied = await self._applied(place, asked, request.urn, asked.body if live else {})
        ready = await self._ready(place, applied, asked, request.urn, seconds)
        return sdk.CreateResponse(resource_id=place.id, properties=outputs_of(ready, asked))

    async def update(self, request: sdk.UpdateRequest) -> sdk.UpdateResponse:
        """Apply, and wait until it is ready; fields that are asked for no more go."""
        inputs = plain_map(request.news)
        asked = asked_of(inputs)
        before = asked_of(plain_map(getattr(request, "old_inputs", None) or request.olds))
        if request.preview:
            await self._preview.update(await self._place_or_none(asked), asked, request.urn, before.body)
            return sdk.UpdateResponse(wired_map(expected_outputs(inputs, plain_map(request.olds))))
        place = await self._place(asked)
        applied = await self._applied(place, asked, request.urn, before.body)
        ready = await self._ready(place, applied, asked, request.urn, _seconds(asked, request.timeout))
        return sdk.UpdateResponse(outputs_of(ready, asked))

    async def read(self, request: sdk.ReadRequest) -> sdk.ReadResponse:
        """What is really there: outputs, and inputs that would describe it. Gone is an empty id; unreachable is an error."""
        inputs = plain_map(request.inputs)
        asked = asked_of(inputs or _identity(request))
        place = await self._place_or_none(asked, request.resource_id)
        live = await self._client.find(place.path) if place else None
        if place is None or live is None:
            return sdk.ReadResponse(resource_id="")
        if not inputs:
            found = imported_inputs(live)
            return sdk.ReadResponse(place.id, outputs_of(live, asked_of(found)), wired_map(found))
        really = await self._really(place, inputs, asked, live)
        kept = request.inputs if really is None else wired_map(really)
        return sdk.ReadResponse(place.id, outputs_of(live, asked), kept)

    async def delete(self, request: sdk.DeleteRequest) -> None:
        """Delete, and wait until it is gone; that it is gone already is fine."""
        outputs = revealed(plain_map(request.properties))
        asked = asked_of(plain_map(getattr(request, "old_inputs", None) or request.properties))
        place = await self._place_or_none(asked, request.resource_id)
        if place is not None:
            uid = outputs.get("metadata", {}).get("uid", "")
            await self._delete(place, asked, uid, request.urn, _seconds(asked, request.timeout))
        if self._current_names.get(request.urn) == split_id(request.resource_id)[1]:
            del self._current_names[request.urn]

    # Steps

    async def _preview_create(self, asked: Asked, urn: str) -> None:
        place = await self._place_or_none(asked)
        live = await self._taken(place, asked, urn, 0) if place and asked.name else None
        await self._preview.create(place, asked, urn, replaces=live is not None)

    async def _delete(self, place: Place, asked: Asked, uid: str, urn: str, seconds: float) -> None:
        annotations = annotations_of(asked.body)
        propagation = "Foreground" if place.kind.name in _FOREGROUND else "Background"
        propagation = annotations.get(DELETION_PROPAGATION, propagation).capitalize()
        try:
            answer = await self._client.delete(place.path, propagation=propagation, uid=uid)
        except ApiError as error:
            if error.code == 404 or (error.code == 409 and not await self._still(place, uid)):
                return
            if error.code != 409:
                raise object_error(error, asked, place.id) from error
            answer = {}
        # Gone at once is answered by a Status; an object that is held is answered as such.
        if annotations.get(SKIP_AWAIT) == "true" or answer.get("kind") == "Status":
            return
        await self._awaiting.gone(place.kind, place.namespace, place.name, urn=urn, seconds=seconds)

    async def _still(self, place: Place, uid: str) -> bool:
        """Whether the very object is still there (being deleted already), and not another one that has its name now."""
        live = await self._client.find(place.path)
        return live is not None and uid in ("", live["metadata"]["uid"])

    async def _place(self, asked: Asked, resource_id: str = "") -> Place:
        kind = await self._discovery.find(asked.api_version, asked.kind)
        namespace, name = split_id(resource_id) if resource_id else (asked.namespace, asked.name)
        return Place(kind, (namespace or DEFAULT_NAMESPACE) if kind.namespaced else "", name)

    async def _place_or_none(self, asked: Asked, resource_id: str = "") -> Place | None:
        try:
            return await self._place(asked, resource_id)
        except UnknownKindError:
            return None

    async def _taken(self, place: Place, asked: Asked, urn: str, seconds: float) -> Json | None:
        """The object where it exists and is ours already; raises where it is somebody else's. One that is being deleted is waited out."""
        live = await self._client.find(place.path)
        if live is not None and live["metadata"].get("deletionTimestamp") and seconds:
            await self._awaiting.gone(place.kind, place.namespace, place.name, urn=urn, seconds=seconds)
            return None
        return self._applier.ours(live, asked, urn, place.id)

    async def _applied(self, place: Place, asked: Asked, urn: str, owned: dict[str, Any]) -> Json:
        try:
            return await self._applier.apply(place.path, asked, urn, owned=owned)
        except ApiError as error:
            raise object_error(error, asked, place.id) from error

    async def _ready(self, place: Place, applied: Json, asked: Asked, urn: str, seconds: float) -> Json:
        if annotations_of(asked.body).get(SKIP_AWAIT) == "true":
            return applied
        try:
            ready = await self._awaiting.ready(place.kind, applied, urn=urn, seconds=seconds)
        except NotReadyError as error:
            reason = asked.redact(f"{place.kind.name} {place.id} did not become ready: {error.what}")
            raise InitFailedError(place.id, outputs_of(error.live, asked), [reason]) from error
        if place.kind.name == "CustomResourceDefinition":
            self._discovery.learn(ready)
        return ready

    async def _really(self, place: Place, inputs: dict[str, Any], asked: Asked, live: Json) -> dict[str, Any] | None:
        """The inputs as they would have to be to describe `live`; None where they do already."""
        wanted, live = revealed(inputs), wire_form(live)
        if revealed(project(inputs, live)) == wanted:
            return None
        try:
            applied = await self._applier.would_be(place.path, asked, annotations_of(live).get(URN))
        except ApiError as error:
            # An apply would be refused (somebody made another object of this name): then the literal comparison stands.
            _log.info("%s: a dry run was refused with %s", place.id, error.code)
            return project(inputs, live)
        really = project(inputs, live, wire_form(applied))
        return None if revealed(really) == wanted else really


def _identity(request: sdk.ReadRequest) -> dict[str, Any]:
    """API version and kind of a resource without inputs: from its state, or from the token (``kubernetes:core/v1:Namespace``)."""
    state = plain_map(request.properties)
    if state.get("apiVersion") and state.get("kind"):
        return {"apiVersion": state["apiVersion"], "kind": state["kind"]}
    _, api_version, kind = request.type.split(":", 2)
    return {"apiVersion": api_version.removeprefix("core/"), "kind": kind}


def _namespace(inputs: dict[str, Any]) -> Any:
    metadata = inputs.get("metadata")
    return metadata.get("namespace", DEFAULT_NAMESPACE) if isinstance(metadata, dict) else UNKNOWN


def _seconds(asked: Asked, timeout: float) -> float:
    """How long to wait: the resource's custom timeout, the annotation, or the default."""
    if timeout:
        return timeout
    told = annotations_of(asked.body).get(TIMEOUT_SECONDS)
    try:
        return float(told) if told is not None else DEFAULT_SECONDS
    except ValueError:
        raise OperationError(f"the annotation {TIMEOUT_SECONDS} is not a number of seconds", where=asked.name) from None
