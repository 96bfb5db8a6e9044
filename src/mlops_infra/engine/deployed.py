"""What is known of the parts of one environment: the records that we keep of them, held against the state that the engine keeps.

A record counts for the checkpoint that it was written with. Where somebody else wrote the state since, or a mark says that something was
left unfinished or differed, the part must be looked at again.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from mlops_infra.config.model import Environment
from mlops_infra.engine.parts import PartRecord, PartRecords, given_record
from mlops_infra.engine.record import Recorder, given_from
from mlops_infra.engine.state import outputs_of, resources_of
from mlops_infra.engine.store import StateStore
from mlops_infra.engine.workspace import stack_name
from mlops_infra.errors import OperationError
from mlops_infra.graph import Resource
from mlops_infra.platform import part_names


class DeployedParts:
    """The parts of one environment, as they were deployed last."""

    def __init__(self, env: Environment, records: PartRecords, store: StateStore) -> None:
        self._env = env
        self._records = records
        self._store = store

    # The state

    def parts(self) -> list[str]:
        """Parts that have a state, in deployment order; those that the stack file no longer asks for come last."""
        return [part for part in self.known() if self.exists(part)]

    def known(self) -> list[str]:
        """Parts that the stack file asks for, and others that were deployed once."""
        return list(dict.fromkeys([*part_names(self._env), *self._records.parts()]))

    def exists(self, part: str) -> bool:
        """Whether the part has a state."""
        return self._store.exists(self._stack(part))

    def checkpoint(self, part: str) -> str:
        """The digest of the part's state, empty where there is none."""
        return self._store.digest(self._stack(part))

    def deployment(self, part: str) -> Mapping[str, Any]:
        """What is deployed of one part, as the engine exports it; secrets stay encrypted."""
        return self._store.deployment(self._stack(part))

    def resources(self, part: str) -> list[Resource]:
        """The resources that the state has."""
        return resources_of(self.deployment(part), part)

    def worked_on(self, part: str) -> None:
        """The engine has written, or may have: what was read of the state before counts no more."""
        self._store.forget(self._stack(part))

    # The records

    def record(self, part: str) -> PartRecord | None:
        """What is remembered of a part."""
        return self._records.read(part)

    def gave(self, part: str) -> bool:
        """Whether other parts may have taken something from this one: one that was never completed may have given anything."""
        record = self.record(part)
        return record is None or not record.checkpoint or bool(record.given)

    def begun(self, part: str) -> None:
        """Mark a part before the engine changes it: from its first resource on, it belongs to its kind of providers."""
        begun = self.record(part) or PartRecord("", "", self._env.providers)
        self._records.write(part, replace(begun, marked="interrupted"))

    def deployed(self, part: str, digest: str, recorder: Recorder) -> None:
        """Remember a completed deployment: the program's `digest` (empty where only some of it was deployed), and what it gave."""
        self.worked_on(part)
        recorder.given = given_from(outputs_of(self.deployment(part)))
        self._records.write(
            part,
            PartRecord(
                digest=digest,
                checkpoint=self.checkpoint(part),
                providers=self._env.providers,
                given=given_record(recorder.given),
            ),
        )

    def refreshed(self, part: str, before: PartRecord, *, drifted: bool) -> None:
        """The state was written by a refresh of ours; `before` is the record from before it."""
        marked = "drift" if drifted else before.marked
        self._records.write(part, replace(before, checkpoint=self.checkpoint(part), marked=marked))

    def destroyed(self, part: str, *, kept: bool) -> None:
        """All of a part is gone, or all but what it `kept`."""
        if kept:
            self._records.write(part, PartRecord("", "", self._env.providers, marked="interrupted"))
        else:
            self._records.forget(part)

    def mark(self, part: str, why: str) -> None:
        """Have a part looked at again: "drift", "interrupted" or "edited"."""
        if (record := self.record(part)) is not None:
            self._records.write(part, replace(record, marked=why))

    def unchanged(self, part: str, digest: str) -> bool:
        """Whether the part is as its program would deploy it, as far as anybody knows."""
        record = self._trusted(part)
        return record is not None and record.digest == digest and record.providers == self._env.providers

    def seen(self, part: str, within: float) -> bool:
        """Whether somebody looked at the part as it is now, no longer than so many seconds ago, and found no drift."""
        record = self._trusted(part)
        return record is not None and record.seen_within(within, time.time())

    def saw(self, part: str, at: float, *, drifted: bool) -> None:
        """Keep when the part was looked at, or that its look found drift or met a state that is not the one that we left.

        A deployment counts as a look: it looks first, and knows what it wrote. `at` in seconds since the epoch.
        """
        if (record := self.record(part)) is not None:
            clean = not drifted and record.checkpoint == self.checkpoint(part)
            self._records.write(part, replace(record, seen=at if clean else 0.0))

    def changed_outside(self, part: str) -> bool:
        """Whether somebody else wrote the part's state since our last deployment."""
        record = self.record(part)
        return record is not None and not record.marked and record.checkpoint != self.checkpoint(part)

    def check_providers(self, part: str) -> None:
        """Raise OperationError where the part was deployed with another kind of providers."""
        record = self.record(part)
        if record is not None and record.providers != self._env.providers:
            raise OperationError(
                f"the environment was deployed with `providers: {record.providers}` and cannot switch while it is alive",
                where=f"stacks/{self._env.environment}.yaml: providers",
                hint=f"set providers back to {record.providers}, or destroy the environment first",
            )

    def _trusted(self, part: str) -> PartRecord | None:
        record = self.record(part)
        fits = record is not None and not record.marked and record.checkpoint == self.checkpoint(part)
        return record if fits else None

    def _stack(self, part: str) -> str:
        return stack_name(self._env.environment, part)
