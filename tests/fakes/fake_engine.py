"""An engine in memory with the real interface: what it deploys lives in a `FakeCloud` that outlasts it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from mlops_infra.config import LoadedEnvironment
from mlops_infra.engine.plan import Change, Event, OnEvent, Operation, Outcome, Plan, PropertyChange
from mlops_infra.errors import OperationError
from mlops_infra.graph import UNKNOWN, Graph, Origin, Resource, Secret
from mlops_infra.providers.connection import Connection
from mlops_infra.providers.live.model import Live

COMPONENT = "mlops-infra:platform:"


@dataclass
class FakeCloud:
    """What is deployed (`state`) and what really is (`real`), by URN; and what shall go wrong.

    `seen`: how many seconds ago a part (``prod/platform``) was looked at; where that is enough, nobody looks again.
    """

    state: dict[str, Resource] = field(default_factory=dict)
    real: dict[str, Resource] = field(default_factory=dict)
    fails: set[str] = field(default_factory=set)
    outside: tuple[str, ...] = ()
    locks: list[str] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    seen: dict[str, float] = field(default_factory=dict)
    wanted: Callable[[LoadedEnvironment], Graph] = lambda loaded: wanted(loaded)  # noqa: PLW0108 - defined below
    before_step: Callable[[FakeEngine, str], None] = lambda engine, urn: None

    @contextmanager
    def engine(self, loaded: LoadedEnvironment, *_: object, looking: bool = False) -> Iterator[FakeEngine]:
        """The `EnginePort`."""
        yield FakeEngine(loaded, self)
        self.calls.append("closed")

    def live(self, connection: Connection, deployed: Graph, siblings: frozenset[str]) -> Live:
        """The `LivePort`."""
        return Live(
            Graph.of(deployed.environment, self.real.values()),
            gone=tuple(urn for urn in deployed.resources if urn not in self.real),
            found=tuple(urn for urn in self.real if urn not in deployed.resources),
        )

    def tamper(self, urn: str, **inputs: Any) -> None:
        """Change something behind the engine's back."""
        self.real[urn] = replace(self.real[urn], inputs={**self.real[urn].inputs, **inputs})

    def vanish(self, urn: str) -> None:
        """Delete something behind the engine's back."""
        del self.real[urn]


class FakeEngine:
    """Implements `mlops_infra.engine.interface.Engine`."""

    def __init__(self, loaded: LoadedEnvironment, cloud: FakeCloud) -> None:
        self.loaded = loaded
        self._cloud = cloud
        self._name = self.environment = loaded.environment.environment
        self.cancelled = False

    def preview(
        self, *, everything: bool = False, targets: Sequence[str] = (), seen_within: float = 0.0, on_event: OnEvent
    ) -> Plan:
        self._cloud.calls.append("preview")
        graph = self._cloud.wanted(self.loaded)
        left = self._left(graph, seen_within)
        changes = tuple(self._changes(graph, targets, left))
        drift = tuple(change for change in self._drifted() if change.part not in left)
        return Plan(
            environment=self._name,
            changes=changes,
            graph=graph,
            drift=drift,
            recorded_only=self._recorded_only(graph),
            untouched=() if everything else self._untouched(graph, changes, drift),
            settled=self._untouched(graph, changes, drift),
            changed_outside=self._cloud.outside,
        )

    def up(self, *, everything: bool = False, targets: Sequence[str] = (), on_event: OnEvent) -> Outcome:
        self._cloud.calls.append("up")
        graph = self._cloud.wanted(self.loaded)
        changes = tuple(self._changes(graph, targets))
        drift = tuple(self._drifted())
        done = []
        for change in changes:
            self._step(change, on_event)
            done.append(change)
            if change.operation == "delete":
                self._cloud.state.pop(change.urn)
                self._cloud.real.pop(change.urn, None)
            else:
                self._cloud.state[change.urn] = self._cloud.real[change.urn] = graph[change.urn]
        return Outcome(
            self._name,
            tuple(done),
            graph,
            outputs=self.outputs(),
            drift=drift,
            recorded_only=self._recorded_only(graph),
            untouched=() if everything else self._untouched(graph, changes, drift),
            seconds=1.25,
        )

    def preview_destroy(self, *, include_data: bool, on_event: OnEvent) -> Plan:
        self._cloud.calls.append("preview_destroy")
        gone = [r for r in self._deployed() if include_data or not (r.protect or r.holds_data)]
        changes = tuple(_change(resource, "delete") for resource in reversed(gone))
        return Plan(self._name, changes, Graph.of(self._name, self._deployed()))

    def destroy(self, *, include_data: bool, on_event: OnEvent) -> Outcome:
        plan = self.preview_destroy(include_data=include_data, on_event=on_event)
        self._cloud.calls.append("destroy")
        for change in plan.changes:
            self._step(change, on_event)
            self._cloud.state.pop(change.urn)
            self._cloud.real.pop(change.urn, None)
        left = self._deployed()
        kept = tuple(resource.urn for resource in left if resource.custom)
        return Outcome(self._name, plan.changes, Graph.of(self._name, left), kept=kept, seconds=0.5)

    def refresh(self, *, on_event: OnEvent) -> Outcome:
        self._cloud.calls.append("refresh")
        drift = tuple(self._drifted())
        for change in drift:
            if change.operation == "delete":
                self._cloud.state.pop(change.urn)
            else:
                self._cloud.state[change.urn] = self._cloud.real[change.urn]
        return Outcome(
            self._name,
            (),
            Graph.of(self._name, self._deployed()),
            drift=drift,
            changed_outside=self._cloud.outside,
        )

    def drift(self, *, seen_within: float = 0.0, on_event: OnEvent) -> Plan:
        self._cloud.calls.append("drift")
        graph = Graph.of(self._name, self._deployed())
        drift = tuple(change for change in self._drifted() if change.part in self.unseen(seen_within))
        return Plan(self._name, (), graph, drift=drift, changed_outside=self._cloud.outside)

    def unseen(self, within: float) -> tuple[str, ...]:
        parts = {resource.part for resource in self._deployed()}
        return tuple(sorted(part for part in parts if self._cloud.seen.get(f"{self._name}/{part}", within) >= within))

    def outputs(self) -> Mapping[str, Any]:
        found: dict[str, Any] = {"cluster.endpoint": "https://127.0.0.1:6443", "database.password": Secret("hunter2")}
        return found if self._deployed() else {}

    def deployed(self) -> Graph | None:
        return Graph.of(self._name, self._deployed()) if self._deployed() else None

    def break_locks(self) -> tuple[str, ...]:
        broken, self._cloud.locks = tuple(self._cloud.locks), []
        return broken

    def cancel(self) -> None:
        self.cancelled = True

    # How it is done

    def _deployed(self) -> list[Resource]:
        prefix = f"urn:pulumi:{self._name}-"
        return [resource for urn, resource in self._cloud.state.items() if urn.startswith(prefix)]

    def _changes(self, graph: Graph, targets: Sequence[str], left: Collection[str] = ()) -> Iterator[Change]:
        for resource in graph:
            have = self._cloud.state.get(resource.urn)
            if targets and resource.urn not in targets:
                continue
            if have is None:
                yield _change(resource, "create")
            elif have.inputs != resource.inputs:
                yield _change(resource, "update", tuple(_properties(have, resource)))
            elif self._cloud.real.get(resource.urn) != have and resource.custom and resource.part not in left:
                yield _change(resource, "update" if resource.urn in self._cloud.real else "create")
            else:
                yield _change(resource, "same")
        if not targets:
            for resource in self._deployed():
                if resource.urn not in graph.resources:
                    yield _change(resource, "delete")

    def _drifted(self) -> Iterator[Change]:
        for resource in self._deployed():
            real = self._cloud.real.get(resource.urn)
            if real is None:
                yield _change(resource, "delete")
            elif real.inputs != resource.inputs:
                yield _change(resource, "update", tuple(_properties(resource, real)))

    def _untouched(self, graph: Graph, changes: Sequence[Change], drift: Sequence[Change]) -> tuple[str, ...]:
        touched = {c.part for c in changes if c.operation != "same"} | {c.part for c in drift}
        return tuple(sorted({resource.part for resource in graph} - touched))

    def _left(self, graph: Graph, within: float) -> set[str]:
        """The parts that are not looked at for drift."""
        have = {resource.urn: resource.inputs for resource in self._deployed()}
        known = {resource.part for resource in self._deployed()} - set(self.unseen(within))
        return {
            part
            for part in known
            if all(have.get(resource.urn) == resource.inputs for resource in graph if resource.part == part)
        }

    def _recorded_only(self, graph: Graph) -> tuple[str, ...]:
        return tuple(sorted({r.type for r in graph} & {"aws:eks/addon:Addon"}))

    def _step(self, change: Change, on_event: OnEvent) -> None:
        event = Event("started", change.part, change.urn, change.type, change.name, change.operation, change.parent)
        if self.cancelled:
            raise OperationError(f"the engine was stopped in part {change.part}")
        on_event(event)
        self._cloud.before_step(self, change.urn)
        if change.urn in self._cloud.fails:
            on_event(replace(event, kind="failed"))
            raise OperationError(
                f"the engine failed in part {change.part}:\n{change.name} was refused", where=change.part
            )
        on_event(replace(event, kind="done"))


def wanted(loaded: LoadedEnvironment) -> Graph:
    """A small platform: a component with an add-on, a bucket per dataset and a namespace per team."""
    env = loaded.environment

    def urn(part: str, token: str, name: str) -> str:
        return f"urn:pulumi:{env.environment}-{part}::mlops-infra::{token}::{name}"

    def resource(
        part: str, token: str, name: str, inputs: dict[str, Any], *, parent: str = "", **more: Any
    ) -> Resource:
        return Resource(urn(part, token, name), token, name, part, inputs, parent=parent or None, **more)

    storage = urn("foundation", f"{COMPONENT}Storage", "storage")
    found = [
        resource("foundation", f"{COMPONENT}Storage", "storage", {}, custom=False),
        resource(
            "foundation",
            "aws:eks/addon:Addon",
            "coredns",
            {"clusterName": UNKNOWN, "token": Secret("hunter2")},
            parent=storage,
        ),
    ]
    for dataset in env.datasets:
        place = loaded.origin(("datasets",))
        found.append(
            resource(
                "foundation",
                "aws:s3/bucket:Bucket",
                dataset.name,
                {"bucket": dataset.name, "class": dataset.classification, "objectLockEnabled": True},
                parent=storage,
                protect=True,
                config_path=("datasets", dataset.name),
                origin=Origin(place.file, place.line, place.column, place.layer),
                dependencies=(found[1].urn,),
            )
        )
    for team in env.teams:
        component = urn("teams-00", f"{COMPONENT}Team", team.name)
        found.append(resource("teams-00", f"{COMPONENT}Team", team.name, {}, custom=False))
        labels = {"metadata": {"name": team.name, "labels": {"owner": team.owner}}}
        found.append(resource("teams-00", "kubernetes:core/v1:Namespace", team.name, labels, parent=component))
    return Graph.of(env.environment, found)


def _change(resource: Resource, operation: Operation, properties: tuple[PropertyChange, ...] = ()) -> Change:
    return Change(resource.urn, resource.type, resource.name, resource.part, operation, resource.parent, properties)


def _properties(old: Resource, new: Resource) -> Iterator[PropertyChange]:
    for key in sorted({*old.inputs, *new.inputs}):
        before, after = old.inputs.get(key), new.inputs.get(key)
        if before != after:
            yield PropertyChange(key, "update" if before is not None and after is not None else "add", before, after)
