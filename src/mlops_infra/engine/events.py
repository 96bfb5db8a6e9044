"""The engine's event stream → our `Event`s while it runs, and `Change`s afterwards.

One `PartEvents` listens to one command of one part. A refresh and an update may come in one stream: steps of operation ``refresh``
whose result differs from the state are *drift*, all others are *changes*.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Mapping
from typing import Any, Final

from pulumi.automation.events import EngineEvent, OpType, StepEventMetadata

from mlops_infra.engine.plan import Change, Event, OnEvent, Operation, PropertyChange
from mlops_infra.engine.record import STACK_TYPE
from mlops_infra.graph import UNKNOWN, Secret
from mlops_infra.providers.structs import UNKNOWN_SENTINELS

OPERATIONS: Final[Mapping[OpType, Operation]] = {
    OpType.SAME: "same",
    OpType.CREATE: "create",
    OpType.UPDATE: "update",
    OpType.DELETE: "delete",
    OpType.REPLACE: "replace",
    OpType.CREATE_REPLACEMENT: "replace",
    OpType.DELETE_REPLACED: "replace",
    OpType.READ: "read",
    OpType.READ_REPLACEMENT: "read",
    OpType.REFRESH: "refresh",
    OpType.IMPORT: "import",
    OpType.IMPORT_REPLACEMENT: "import",
    OpType.DISCARD_REPLACED: "same",
    OpType.REMOVE_PENDING_REPLACE: "same",
}
_MASKED: Final = "[secret]"
_COLOUR: Final = re.compile(r"\x1b\[[0-9;]*m|<\{%[^%]*%\}>")
_PATH_STEP: Final = re.compile(r"""\.?([A-Za-z_$][^.\[\]]*)|\[(\d+)\]|\["((?:[^"\\]|\\.)*)"\]""")


class PartEvents:
    """Collects what one engine command says about one part and passes it on."""

    def __init__(self, part: str, on_event: OnEvent, alive: Callable[[], None] = lambda: None) -> None:
        self._part = part
        self._alive = alive
        self._on_event = on_event
        self._lock = threading.Lock()
        self._changes: dict[str, Change] = {}
        self._drift: dict[str, Change] = {}
        self._refreshing: set[str] = set()
        self.errors: list[str] = []
        self.warnings: list[str] = []

    @property
    def changes(self) -> tuple[Change, ...]:
        return tuple(self._changes.values())

    @property
    def drift(self) -> tuple[Change, ...]:
        return tuple(self._drift.values())

    def __call__(self, event: EngineEvent) -> None:
        """Take one event of the engine, which is also a sign of life."""
        self._alive()
        with self._lock:
            if event.resource_pre_event:
                self._step(event.resource_pre_event.metadata, "started")
            elif event.res_outputs_event:
                self._step(event.res_outputs_event.metadata, "done")
            elif event.res_op_failed_event:
                self._step(event.res_op_failed_event.metadata, "failed")
            elif event.diagnostic_event:
                self._diagnostic(event)

    def _diagnostic(self, event: EngineEvent) -> None:
        told = event.diagnostic_event
        if told is None or told.ephemeral:
            return
        text = _COLOUR.sub("", told.message).strip()
        if not text or told.severity == "debug":
            return
        severity = "error" if "err" in told.severity else "warning" if told.severity == "warning" else "info"
        if severity == "error" and told.urn and name_of(told.urn) not in text:
            text = f"{name_of(told.urn)}: {text}"
        (self.errors if severity == "error" else self.warnings if severity == "warning" else []).append(text)
        self._on_event(
            Event("message", self._part, urn=told.urn or "", text=text, severity=severity)  # type: ignore[arg-type]
        )

    def _step(self, step: StepEventMetadata, kind: str) -> None:
        if step.type == STACK_TYPE or step.type.startswith("pulumi:providers:"):
            return
        operation = OPERATIONS.get(step.op, "same")
        # A refresh begins as such, and ends with what it came to: `update`, `delete` or `same`.
        if operation == "refresh" and kind == "started":
            self._refreshing.add(step.urn)
        elif step.urn in self._refreshing:
            self._refreshing.discard(step.urn)
            operation = "refresh"
        if operation == "refresh":
            if kind == "done":
                self._refreshed(step)
        elif step.op not in (OpType.CREATE_REPLACEMENT, OpType.DELETE_REPLACED) or step.urn not in self._changes:
            self._changes[step.urn] = change_of(step, operation, self._part)
        self._on_event(
            Event(
                kind,  # type: ignore[arg-type]
                self._part,
                urn=step.urn,
                type=step.type,
                name=name_of(step.urn),
                operation=operation,
                parent=parent_of(step),
            )
        )

    def _refreshed(self, step: StepEventMetadata) -> None:
        old = step.old
        if old is None or not old.custom:
            return
        if step.new is None or not step.new.id:
            self._drift[step.urn] = change_of(step, "delete", self._part)
            return
        change = change_of(step, "update", self._part, refreshed=True)
        if change.properties:
            self._drift[step.urn] = change


def name_of(urn: str) -> str:
    """The resource's name in its program: the last part of the URN."""
    return urn.rsplit("::", 1)[-1]


def parent_of(step: StepEventMetadata) -> str | None:
    """The URN of the parent, None for those directly below the stack."""
    state = step.new or step.old
    return None if state is None or STACK_TYPE in state.parent.split("::")[2:3] else state.parent or None


def change_of(step: StepEventMetadata, operation: Operation, part: str, *, refreshed: bool = False) -> Change:
    """One step as a `Change`, with the properties that differ."""
    return Change(
        urn=step.urn,
        type=step.type,
        name=name_of(step.urn),
        part=part,
        operation=operation,
        parent=parent_of(step),
        properties=tuple(_properties(step, refreshed)) if operation in ("update", "replace") else (),
    )


def _properties(step: StepEventMetadata, refreshed: bool) -> list[PropertyChange]:
    found: list[PropertyChange] = []
    for path, difference in sorted((step.detailed_diff or {}).items()):
        kind = difference.diff_kind.value
        # A refresh tells output differences, an update input differences; both sides are looked up where the engine did.
        old = (step.old.inputs if difference.input_diff else step.old.outputs) if step.old else None
        if step.old and old is not None and not difference.input_diff and _lookup(old, path) is None:
            old = step.old.inputs
        new = step.new.inputs if step.new else None
        if refreshed and step.new and not difference.input_diff:
            new = step.new.outputs
        found.append(
            PropertyChange(
                path=path,
                kind="add" if kind.startswith("add") else "delete" if kind.startswith("delete") else "update",
                old=plain(_lookup(old, path)),
                new=plain(_lookup(new, path)),
                forces_replacement=kind.endswith("replace"),
            )
        )
    return found


def plain(value: Any) -> Any:
    """A value of an event with the engine's masks and sentinels turned into our markers."""
    if isinstance(value, str):
        if value in UNKNOWN_SENTINELS:
            return UNKNOWN
        return Secret(None) if value == _MASKED else value
    if isinstance(value, Mapping):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    return value


def _lookup(value: Any, path: str) -> Any:
    """The value at a property path as the engine prints it (``a.b[0]["c.d"]``), or None."""
    for match in _PATH_STEP.finditer(path):
        name, index, quoted = match.groups()
        if index is not None:
            if not isinstance(value, list) or int(index) >= len(value):
                return None
            value = value[int(index)]
        else:
            key = name if name is not None else quoted.replace('\\"', '"')
            if not isinstance(value, Mapping) or key not in value:
                return None
            value = value[key]
    return value
