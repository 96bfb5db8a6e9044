"""Which kinds the API server has, and under which paths.

Aggregated discovery (two requests: the core group and all others), kept in the process and asked again once when a kind is unknown, so that
custom resources work in the run that made their definition.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from mlops_infra.errors import OperationError
from mlops_infra.providers.kubernetes.client import Json, KubeClient
from mlops_infra.providers.kubernetes.naming import object_id
from mlops_infra.providers.wire import UnreachableError

_AGGREGATED: Final = ",".join(
    f"application/json;g=apidiscovery.k8s.io;v={version};as=APIGroupDiscoveryList" for version in ("v2", "v2beta1")
)
"""KEP-3352, stable since Kubernetes 1.30."""


@dataclass(frozen=True)
class Kind:
    """One kind: ``apps/v1`` and ``Deployment``, its plural in paths, and whether its objects lie in namespaces."""

    api_version: str
    name: str
    plural: str
    namespaced: bool

    @property
    def group(self) -> str:
        """The API group, empty for the core group."""
        return self.api_version.rpartition("/")[0]

    def collection(self, namespace: str) -> str:
        """The path of all objects (of a namespace)."""
        inside = f"/namespaces/{quote(namespace, safe='')}" if self.namespaced else ""
        return f"{self._root}{inside}/{self.plural}"

    @property
    def everywhere(self) -> str:
        """The path of all objects, of all namespaces."""
        return f"{self._root}/{self.plural}"

    @property
    def _root(self) -> str:
        return f"/apis/{self.api_version}" if "/" in self.api_version else f"/api/{self.api_version}"

    def path(self, namespace: str, name: str) -> str:
        """The path of one object."""
        return f"{self.collection(namespace)}/{quote(name, safe=':')}"


@dataclass(frozen=True)
class Place:
    """Where one object lies."""

    kind: Kind
    namespace: str
    name: str

    @property
    def id(self) -> str:
        """What the engine knows it by."""
        return object_id(self.namespace, self.name)

    @property
    def path(self) -> str:
        """The path of its URL."""
        return self.kind.path(self.namespace, self.name)


class UnknownKindError(OperationError):
    """The API server has no such kind."""

    def __init__(self, api_version: str, name: str) -> None:
        super().__init__(
            f"the API server knows no kind {name} in {api_version}",
            hint="for a custom resource: let it depend on its CustomResourceDefinition (`depends_on`)",
        )


class Discovery:
    """Kinds by API version and name."""

    def __init__(self, client: KubeClient) -> None:
        self._client = client
        self._kinds: dict[tuple[str, str], Kind] = {}
        self._lock = asyncio.Lock()
        self._stale: frozenset[str] = frozenset()
        self._round = 0

    async def find(self, api_version: str, name: str) -> Kind:
        """The kind; raises `UnknownKindError` where the server does not have it."""
        known = self._kinds.get((api_version, name))
        if known is not None:
            return known
        asked_in = self._round
        async with self._lock:
            # Somebody else may have asked the server while we waited.
            if self._round == asked_in:
                await self._refresh()
        known = self._kinds.get((api_version, name))
        if known is None and api_version in self._stale:
            raise UnreachableError(f"the API {api_version} does not answer: its own server is down", where=name)
        if known is None:
            raise UnknownKindError(api_version, name)
        return known

    def learn(self, definition: Json) -> None:
        """Take the kinds of an established CustomResourceDefinition."""
        spec = definition["spec"]
        names = spec["names"]
        for version in spec["versions"]:
            api_version = f"{spec['group']}/{version['name']}"
            kind = Kind(api_version, names["kind"], names["plural"], spec["scope"] == "Namespaced")
            self._kinds[(api_version, kind.name)] = kind

    async def _refresh(self) -> None:
        answers = await asyncio.gather(*(self._client.get(root, accept=_AGGREGATED) for root in ("/api", "/apis")))
        self._stale = frozenset(version for answer in answers for version in stale_versions(answer))
        self._kinds = {(kind.api_version, kind.name): kind for answer in answers for kind in kinds_in(answer)}
        self._round += 1


def stale_versions(answer: Json) -> list[str]:
    """API versions of an ``APIGroupDiscoveryList`` whose server does not answer, so that their kinds are missing for now."""
    return [
        f"{group['metadata']['name']}/{version['version']}"
        for group in answer.get("items", ())
        for version in group.get("versions", ())
        if version.get("freshness") == "Stale"
    ]


def kinds_in(answer: Json) -> list[Kind]:
    """The kinds in an ``APIGroupDiscoveryList``."""
    found: list[Kind] = []
    for group in answer.get("items", ()):
        group_name = group.get("metadata", {}).get("name", "")
        for version in group.get("versions", ()):
            api_version = f"{group_name}/{version['version']}" if group_name else version["version"]
            for resource in version.get("resources", ()):
                name = (resource.get("responseKind") or {}).get("kind")
                if name and "patch" in resource.get("verbs", ()):
                    scoped = resource.get("scope") == "Namespaced"
                    found.append(Kind(api_version, name, resource["resource"], scoped))
    return found
