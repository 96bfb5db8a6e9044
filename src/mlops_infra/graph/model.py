"""Resources, their typed edges, and where they come from.

A `Graph` is immutable. Property values are plain JSON-like Python (None, bool, int, float, str, list, dict) plus two markers:
`UNKNOWN` for a value that only the cloud can give, and `Secret` around a value that must not be shown.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final, Literal, TypeAlias

from mlops_infra.config.node import Origin

PropertyPath: TypeAlias = tuple[str | int, ...]
Plane: TypeAlias = Literal["aws", "kubernetes", "other"]


class Unknown:
    """The type of `UNKNOWN`. Compares equal only to itself; never a truth value by accident."""

    _instance: Unknown | None = None

    def __new__(cls) -> Unknown:
        if cls._instance is None:
            cls._instance = super().__new__(cls)
        return cls._instance

    def __repr__(self) -> str:
        return "UNKNOWN"

    def __bool__(self) -> bool:
        raise TypeError("an unknown value is neither true nor false")

    def __reduce__(self) -> tuple[type[Unknown], tuple[()]]:
        return (Unknown, ())


UNKNOWN: Final = Unknown()


@dataclass(frozen=True)
class Secret:
    """A value that must not be shown; `repr` never does."""

    value: Any = field(repr=False)


@dataclass(frozen=True)
class Edge:
    """`source` (URN) needs `target` (URN). `kind` is how: ``parent``, ``depends-on``, or ``property`` with the property's path."""

    source: str
    target: str
    kind: Literal["parent", "depends-on", "property"]
    path: PropertyPath = ()


@dataclass(frozen=True)
class Resource:
    """One resource as its program asked for it.

    `type` is Pulumi's token (``aws:s3/bucket:Bucket``), `inputs` what the program passed, `outputs` what is known of the result,
    `config_path` the stack-file key that caused it, `origin` where that key was set, `part` the Pulumi stack's part.
    """

    urn: str
    type: str
    name: str
    part: str
    inputs: Mapping[str, Any]
    outputs: Mapping[str, Any] = field(default_factory=dict)
    id: str | None = None
    parent: str | None = None
    dependencies: tuple[str, ...] = ()
    property_dependencies: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    protect: bool = False
    custom: bool = True
    config_path: PropertyPath = ()
    origin: Origin | None = None

    @property
    def plane(self) -> Plane:
        package = self.type.split(":", 1)[0]
        return "aws" if package == "aws" else "kubernetes" if package == "kubernetes" else "other"

    @cached_property
    def unknowns(self) -> tuple[PropertyPath, ...]:
        """Paths of the inputs whose values are not known yet."""
        return tuple(_unknown_paths(self.inputs, ()))

    @property
    def holds_data(self) -> bool:
        """Whether deleting or replacing the resource would lose data."""
        return self.type in DATA_TYPES


DATA_TYPES: Final = frozenset(
    {
        "aws:s3/bucket:Bucket",
        "aws:rds/instance:Instance",
        "aws:kms/key:Key",
        "aws:ecr/repository:Repository",
        "aws:secretsmanager/secret:Secret",
        "kubernetes:core/v1:PersistentVolumeClaim",
        "kubernetes:core/v1:PersistentVolume",
    }
)
"""Types whose deletion or replacement loses data: shown apart in diffs and kept by ``destroy`` unless told otherwise."""


@dataclass(frozen=True)
class Graph:
    """All resources of one environment, by URN, in registration order."""

    environment: str
    resources: Mapping[str, Resource]

    @classmethod
    def of(cls, environment: str, resources: Iterable[Resource]) -> Graph:
        """A graph of `resources`; raises ValueError where two share a URN."""
        by_urn: dict[str, Resource] = {}
        for resource in resources:
            if resource.urn in by_urn:
                raise ValueError(f"two resources have the URN {resource.urn}")
            by_urn[resource.urn] = resource
        return cls(environment, by_urn)

    def __iter__(self) -> Iterator[Resource]:
        return iter(self.resources.values())

    def __len__(self) -> int:
        return len(self.resources)

    def __getitem__(self, urn: str) -> Resource:
        return self.resources[urn]

    def merge(self, other: Graph) -> Graph:
        """Both graphs in one (parts of one environment)."""
        return Graph.of(self.environment, [*self, *other])

    @cached_property
    def by_type(self) -> Mapping[str, tuple[Resource, ...]]:
        found: dict[str, list[Resource]] = {}
        for resource in self:
            found.setdefault(resource.type, []).append(resource)
        return {key: tuple(value) for key, value in found.items()}

    @cached_property
    def edges(self) -> tuple[Edge, ...]:
        """Every edge whose two ends are in the graph, the most specific kind once per pair and property."""
        found: dict[Edge, None] = {}
        for resource in self:
            if resource.parent in self.resources:
                found[Edge(resource.urn, str(resource.parent), "parent")] = None
            by_property = {urn for urns in resource.property_dependencies.values() for urn in urns}
            for key, urns in resource.property_dependencies.items():
                for urn in urns:
                    if urn in self.resources:
                        found[Edge(resource.urn, urn, "property", (key,))] = None
            for urn in resource.dependencies:
                if urn in self.resources and urn not in by_property:
                    found[Edge(resource.urn, urn, "depends-on")] = None
        return tuple(found)

    def within(self, urn: str) -> tuple[Resource, ...]:
        """The resource and everything that it contains, at any depth."""
        inside: dict[str, bool] = {urn: True}

        def lies_inside(found: str | None) -> bool:
            if found is None or found not in self.resources:
                return False
            if found not in inside:
                inside[found] = lies_inside(self.resources[found].parent)
            return inside[found]

        return tuple(resource for resource in self if lies_inside(resource.urn))

    def component_of(self, urn: str) -> Resource | None:
        """The outermost component that contains the resource, or None."""
        top: Resource | None = None
        current = self.resources.get(urn)
        while current is not None and current.parent is not None:
            current = self.resources.get(current.parent)
            if current is not None and not current.custom:
                top = current
        return top


def _unknown_paths(value: Any, path: PropertyPath) -> Iterator[PropertyPath]:
    """As `walk` finds them, in a third of the time: texts and numbers, which nearly all leaves are, are passed over."""
    if value is UNKNOWN:
        yield path
        return
    if isinstance(value, dict):
        items: Iterable[tuple[Any, Any]] = value.items()
    elif isinstance(value, list | tuple):
        items = enumerate(value)
    else:
        items = value.items() if isinstance(value, Mapping) else ()
    for key, item in items:
        if not isinstance(item, _PLAIN):
            yield from _unknown_paths(item, (*path, key))


_PLAIN: Final = (str, int, float, type(None))


def walk(value: Any, path: PropertyPath = ()) -> Iterator[tuple[PropertyPath, Any]]:
    """Every leaf of nested dicts and lists with its path; the content of a `Secret` is not entered."""
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from walk(item, (*path, key))
    elif isinstance(value, list | tuple):
        for index, item in enumerate(value):
            yield from walk(item, (*path, index))
    else:
        yield path, value
