"""What one walk over an environment's parts found and did, part by part, and what of it the next walk need not look at again."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from mlops_infra.engine.events import PartEvents
from mlops_infra.engine.plan import Change, Operation
from mlops_infra.engine.record import Recorder
from mlops_infra.graph import Resource
from mlops_infra.platform import Given

LOOK_HOLDS: Final = 60.0
"""Seconds for which `up` trusts the look at what really is that its own preview took. A person may think about a plan for longer."""


@dataclass(frozen=True)
class Scope:
    """What a walk is asked to look at; see `engine.interface.Engine`."""

    everything: bool = False
    targets: Sequence[str] = ()
    seen_within: float = 0.0


@dataclass
class PartRun:
    """What one engine command did to one part."""

    part: str
    events: PartEvents
    recorder: Recorder
    untouched: bool = False
    settled: bool = False
    changed_outside: bool = False
    kept: tuple[str, ...] = ()
    doomed: tuple[Change, ...] = ()


@dataclass(frozen=True)
class Look:
    """What a preview found of one part: the program it ran, the state it compared with, and when (monotonic seconds)."""

    run: PartRun
    digest: str
    checkpoint: str
    at: float

    def holds(self, digest: str, checkpoint: str) -> bool:
        """Whether what really is need not be looked at again for this program and this state."""
        fresh = time.monotonic() - self.at < LOOK_HOLDS
        return fresh and (self.digest, self.checkpoint) == (digest, checkpoint) and not self.run.events.drift


@dataclass
class Walk:
    """Collects the parts of one operation in order, and what they give to each other."""

    given: dict[str, Given] = field(default_factory=dict)
    runs: list[PartRun] = field(default_factory=list)

    @property
    def changes(self) -> tuple[Change, ...]:
        return tuple(
            change
            for run in self.runs
            for change in (
                map(_same, run.recorder.resources)
                if run.untouched or run.settled
                else (*run.doomed, *run.events.changes)
            )
        )

    @property
    def drift(self) -> tuple[Change, ...]:
        return tuple(change for run in self.runs for change in run.events.drift)

    @property
    def untouched(self) -> tuple[str, ...]:
        return tuple(run.part for run in self.runs if run.untouched)

    @property
    def settled(self) -> tuple[str, ...]:
        return tuple(run.part for run in self.runs if run.untouched or run.settled)

    @property
    def changed_outside(self) -> tuple[str, ...]:
        return tuple(run.part for run in self.runs if run.changed_outside)

    @property
    def warnings(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(text for run in self.runs for text in run.events.warnings))


def change_of(resource: Resource, operation: Operation) -> Change:
    """The change that an operation makes to a resource, without its properties."""
    return Change(resource.urn, resource.type, resource.name, resource.part, operation, resource.parent)


def _same(resource: Resource) -> Change:
    return change_of(resource, "same")
