"""What the engine says it would do, is doing and has done: plain data for operations and views."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal, TypeAlias

from mlops_infra.graph import Graph
from mlops_infra.graph.model import DATA_TYPES

Operation: TypeAlias = Literal["same", "create", "update", "replace", "delete", "read", "refresh", "import"]

IDLE: Final = frozenset({"same", "read", "refresh"})
"""Operations that change nothing."""


@dataclass(frozen=True)
class PropertyChange:
    """One property that differs. `path` as the engine prints it (``spec.hard["cpu"]``); secrets are `Secret`, unknown values `UNKNOWN`."""

    path: str
    kind: Literal["add", "update", "delete"]
    old: Any
    new: Any
    forces_replacement: bool = False


@dataclass(frozen=True)
class Change:
    """What happens to one resource."""

    urn: str
    type: str
    name: str
    part: str
    operation: Operation
    parent: str | None = None
    properties: tuple[PropertyChange, ...] = ()

    @property
    def loses_data(self) -> bool:
        """Whether data would be lost: a resource that holds data is deleted or replaced."""
        return self.operation in ("delete", "replace") and self.type in DATA_TYPES


@dataclass(frozen=True)
class Plan:
    """What `up` would do to an environment. `changes` holds every resource, unchanged ones included (``same``).

    `graph` is the merged graph of all parts; `drift` what the refresh found changed behind our back, `recorded_only` the
    types that the emulator lacks and that therefore exist in the state only; `untouched` the parts that were not asked about
    because nothing of theirs changed since they were deployed, `settled` these and the ones that were found to be as they were
    deployed: none of them needs the engine; `changed_outside` the parts whose state somebody else wrote since
    (the ordinary Pulumi CLI); `released` who held the engine locks that dead engines had left and that were taken away.
    """

    environment: str
    changes: tuple[Change, ...]
    graph: Graph
    drift: tuple[Change, ...] = ()
    recorded_only: tuple[str, ...] = ()
    untouched: tuple[str, ...] = ()
    settled: tuple[str, ...] = ()
    changed_outside: tuple[str, ...] = ()
    released: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def actual(self) -> tuple[Change, ...]:
        """The changes that do something."""
        return tuple(change for change in self.changes if change.operation not in IDLE)

    def counts(self) -> dict[str, int]:
        """Number of resources per operation."""
        found: dict[str, int] = {}
        for change in self.changes:
            found[change.operation] = found.get(change.operation, 0) + 1
        return found


@dataclass(frozen=True)
class Event:
    """Something that the engine did: `kind` ``started``, ``done`` or ``failed`` for one resource, ``message`` for a diagnostic.

    `part` always; `urn`, `type`, `name`, `operation` for resource events; `text` for messages and failures.
    """

    kind: Literal["started", "done", "failed", "message", "part-started", "part-done"]
    part: str
    urn: str = ""
    type: str = ""
    name: str = ""
    operation: Operation = "same"
    parent: str | None = None
    text: str = ""
    severity: Literal["info", "warning", "error"] = "info"


OnEvent: TypeAlias = Callable[[Event], None]


def ignore_events(event: Event) -> None:
    """An OnEvent that does nothing."""


@dataclass(frozen=True)
class Outcome:
    """What an operation did. `outputs` of all parts; `kept` the URNs that a destroy left; `seconds` is wall time."""

    environment: str
    changes: tuple[Change, ...]
    graph: Graph
    outputs: Mapping[str, Any] = field(default_factory=dict)
    drift: tuple[Change, ...] = ()
    recorded_only: tuple[str, ...] = ()
    untouched: tuple[str, ...] = ()
    changed_outside: tuple[str, ...] = ()
    released: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    seconds: float = 0.0

    def counts(self) -> dict[str, int]:
        """Number of resources per operation."""
        found: dict[str, int] = {}
        for change in self.changes:
            found[change.operation] = found.get(change.operation, 0) + 1
        return found
