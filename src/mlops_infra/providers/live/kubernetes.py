"""Objects of a cluster as the API server returns them: those of the state, and those of the listed kinds that no state knows.

Kinds of which somebody's own objects matter are listed, one request for all namespaces; of the others only what the state knows is read.
What the cluster makes itself is left alone: see `is_own`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from mlops_infra.graph import Resource, Secret
from mlops_infra.providers.connection import Connection
from mlops_infra.providers.kubernetes.access import access
from mlops_infra.providers.kubernetes.client import Json, KubeClient
from mlops_infra.providers.kubernetes.discovery import Discovery, Kind, Place, UnknownKindError
from mlops_infra.providers.kubernetes.manifest import imported_inputs
from mlops_infra.providers.kubernetes.naming import DEFAULT_NAMESPACE, name_of, object_id, split_id
from mlops_infra.providers.live.model import hidden, stranger

LISTED: Final = (
    ("v1", "Namespace"),
    ("v1", "Pod"),
    ("v1", "Service"),
    ("v1", "ServiceAccount"),
    ("apps/v1", "Deployment"),
    ("apps/v1", "StatefulSet"),
    ("apps/v1", "DaemonSet"),
    ("apps/v1", "ReplicaSet"),
    ("batch/v1", "Job"),
    ("batch/v1", "CronJob"),
    ("networking.k8s.io/v1", "NetworkPolicy"),
    ("rbac.authorization.k8s.io/v1", "ClusterRole"),
    ("rbac.authorization.k8s.io/v1", "ClusterRoleBinding"),
    ("rbac.authorization.k8s.io/v1", "Role"),
    ("rbac.authorization.k8s.io/v1", "RoleBinding"),
)
"""API version and kind."""
SYSTEM_NAMESPACES: Final = frozenset({"kube-system", "kube-public", "kube-node-lease"})
"""Namespaces of the control plane (Kubernetes documentation, "Initial namespaces")."""
SYSTEM_NAMES: Final = ("system:", "eks:")
"""How the names of RBAC objects begin that Kubernetes and EKS make (Kubernetes: "Using RBAC", "Default roles")."""
_BOOTSTRAP: Final = "kubernetes.io/bootstrapping"
_PAGE: Final = "500"


@dataclass(frozen=True)
class Objects:
    """What a look at a cluster gives: `live` by URN, the URNs of those that are `gone`, and `found` beside the state."""

    live: Mapping[str, Resource]
    gone: tuple[str, ...]
    found: tuple[Resource, ...]


def read_objects(connection: Connection, known: Iterable[Resource], environment: str) -> Objects:
    """Look at the cluster. Raises UnreachableError where it does not answer, OperationError where it refuses."""
    return asyncio.run(_read(connection, tuple(known), environment))


async def _read(connection: Connection, known: tuple[Resource, ...], environment: str) -> Objects:
    client = KubeClient(access(connection))
    try:
        return await _Look(client, environment).at(known)
    finally:
        await client.close()


class _Look:
    def __init__(self, client: KubeClient, environment: str) -> None:
        self._client = client
        self._discovery = Discovery(client)
        self._environment = environment

    async def at(self, known: tuple[Resource, ...]) -> Objects:
        kinds = [await self._discovery.find(*listed) for listed in LISTED]
        lists = await asyncio.gather(*map(self._all, kinds))
        everything = {
            (kind, _namespace(kind, item), name_of(item)): item
            for kind, items in zip(kinds, lists, strict=True)
            for item in items
        }
        places = await asyncio.gather(*map(self._place, known))
        objects = await asyncio.gather(*(self._object(place, everything) for place in places))
        live = {
            resource.urn: described(resource, item)
            for resource, item in zip(known, objects, strict=True)
            if item is not None
        }
        ours = {(place.kind, place.namespace, place.name) for place in places if place is not None}
        beside = {place: item for place, item in everything.items() if place not in ours}
        others = {place: item for place, item in beside.items() if not is_own(place[0].name, item)}
        bound = {_role_of(item) for item in others.values() if "roleRef" in item}
        others |= {place: item for place, item in beside.items() if (place[0].name, *place[1:]) in bound}
        found = [self._stranger(kind, namespace, item) for (kind, namespace, _), item in others.items()]
        gone = tuple(resource.urn for resource in known if resource.urn not in live)
        return Objects(live, gone, tuple(found))

    async def _all(self, kind: Kind) -> list[Json]:
        items: list[Json] = []
        more: dict[str, str] = {}
        while True:
            answer = await self._client.get(kind.everywhere, limit=_PAGE, **more)
            items += ({"apiVersion": kind.api_version, "kind": kind.name, **item} for item in answer["items"])
            token = answer["metadata"].get("continue")
            if not token:
                return items
            more = {"continue": token}

    async def _place(self, resource: Resource) -> Place | None:
        """Where an object of the state lies; None where the server does not even know its kind any more."""
        _, api_version, name = resource.type.split(":", 2)
        told = str(resource.inputs.get("apiVersion") or api_version.removeprefix("core/"))
        try:
            kind = await self._discovery.find(told, str(resource.inputs.get("kind") or name))
        except UnknownKindError:
            return None
        namespace, name = split_id(resource.id or "")
        return Place(kind, (namespace or DEFAULT_NAMESPACE) if kind.namespaced else "", name)

    async def _object(self, place: Place | None, everything: Mapping[tuple[Kind, str, str], Json]) -> Json | None:
        if place is None:
            return None
        if (place.kind.api_version, place.kind.name) in LISTED:
            return everything.get((place.kind, place.namespace, place.name))
        return await self._client.find(place.path)

    def _stranger(self, kind: Kind, namespace: str, item: Json) -> Resource:
        group = kind.api_version if "/" in kind.api_version else f"core/{kind.api_version}"
        identity = object_id(namespace, name_of(item))
        made = stranger(self._environment, f"kubernetes:{group}:{kind.name}", identity, identity, inputs={})
        return described(made, item)


def described(resource: Resource, live: Json) -> Resource:
    """The resource with everything that the API server says of the object, what is secret hidden."""
    inputs = {name: _hollow(value) for name, value in imported_inputs(live).items()}
    return replace(resource, inputs={name: hidden(resource.inputs.get(name), value) for name, value in inputs.items()})


def is_own(kind: str, live: Json) -> bool:
    """Whether the cluster made an object itself, so that it is no business of an environment's rules.

    That is: what lies in `SYSTEM_NAMESPACES`, what a controller owns (its owner is judged), default service accounts, the ``kubernetes``
    service, and the roles and bindings that Kubernetes and EKS bring along. A binding of theirs that names somebody of ours is judged.
    """
    metadata = live["metadata"]
    name, namespace = metadata["name"], metadata.get("namespace", "")
    if namespace in SYSTEM_NAMESPACES or any(owner.get("controller") for owner in metadata.get("ownerReferences", ())):
        return True
    known: dict[str, Callable[[], bool]] = {
        "Namespace": lambda: name in SYSTEM_NAMESPACES or name == DEFAULT_NAMESPACE,
        "ServiceAccount": lambda: bool(name == "default"),
        "Service": lambda: (namespace, name) == (DEFAULT_NAMESPACE, "kubernetes"),
        "ClusterRole": lambda: _is_bootstrapped(metadata),
        "Role": lambda: _is_bootstrapped(metadata),
        "ClusterRoleBinding": lambda: _is_bootstrapped(metadata) and all(map(_is_system, live.get("subjects") or ())),
        "RoleBinding": lambda: _is_bootstrapped(metadata) and all(map(_is_system, live.get("subjects") or ())),
    }
    return kind in known and known[kind]()


def _is_bootstrapped(metadata: Json) -> bool:
    return metadata["name"].startswith(SYSTEM_NAMES) or _BOOTSTRAP in metadata.get("labels", {})


def _is_system(subject: Json) -> bool:
    if subject.get("kind") == "ServiceAccount":
        return subject.get("namespace") in SYSTEM_NAMESPACES
    return str(subject.get("name", "")).startswith(SYSTEM_NAMES)


def _role_of(binding: Json) -> tuple[str, str, str]:
    """Kind, namespace and name of the role that a binding gives: one that Kubernetes brought along is judged once somebody uses it."""
    role = binding["roleRef"]
    namespace = binding["metadata"].get("namespace", "") if role["kind"] == "Role" else ""
    return role["kind"], namespace, role["name"]


def _namespace(kind: Kind, item: Json) -> str:
    return str(item["metadata"].get("namespace", "")) if kind.namespaced else ""


def _hollow(value: Any) -> Any:
    """A secret without its content."""
    return Secret(None) if isinstance(value, Secret) else value
