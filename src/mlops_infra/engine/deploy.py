"""The real engine: previews and deploys the parts of one environment through Pulumi's Automation API.

Order: ``foundation``, then ``platform``, then the teams' parts in parallel. What a part gives is taken from its running program where it
runs, from its record where it was left untouched. Each part's registrations are recorded, so that a preview ends with the same kind
of graph as synth.
"""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import Any

from pulumi.automation import CommandError

from mlops_infra.config.model import Environment
from mlops_infra.engine.attached import Attached
from mlops_infra.engine.deployed import DeployedParts
from mlops_infra.engine.events import PartEvents
from mlops_infra.engine.known import with_known
from mlops_infra.engine.locks import break_locks, release_dead
from mlops_infra.engine.parts import PartRecords, program_digest, waves
from mlops_infra.engine.plan import IDLE, Event, OnEvent, Outcome, Plan
from mlops_infra.engine.process import EngineCommand
from mlops_infra.engine.record import Recorder, recorded
from mlops_infra.engine.state import outputs_of
from mlops_infra.engine.store import EngineStore, FileStore, StateStore
from mlops_infra.engine.synth import OriginOf, located, synthesize_part
from mlops_infra.engine.target import Target, remedy
from mlops_infra.engine.walk import Look, PartRun, Scope, Walk, change_of
from mlops_infra.engine.workspace import EngineFolder, PartStack, PartWorkspace, backend_url, stack_name
from mlops_infra.errors import OperationError
from mlops_infra.graph import Graph, Resource
from mlops_infra.platform import Given, part_names, part_program
from mlops_infra.providers.connection import Connection
from mlops_infra.providers.prediction import recorded_only_types

# The SDK's inline server logs a traceback when the engine has gone before its program ended. That the engine has gone, and why, is
# told by its end; without a handler the logging module would print it onto the terminal.
logging.getLogger("grpc").addHandler(logging.NullHandler())

ENGINE_VERSION = "3.250.0"
PARTS_AT_ONCE = 4
TEAMS = "teams-"
"""How the names of the teams' parts begin; these need nothing of each other."""


class PulumiEngine:
    """One environment's engine; see `engine.interface.Engine`. Use as a context manager: leaving it ends the providers."""

    def __init__(
        self,
        env: Environment,
        connection: Connection,
        state_dir: Path,
        binary: Path,
        *,
        origin: OriginOf = lambda _: None,
    ) -> None:
        self._env = env
        self._origin = origin
        self._connection = connection
        self._folder = EngineFolder.of(state_dir)
        self._log = self._folder.log(env.environment)
        self._command = EngineCommand(binary, ENGINE_VERSION, self._log)
        self._target = Target(env, connection, self._folder)
        local = backend_url(env, self._folder).startswith("file://")
        store: StateStore = FileStore(self._folder) if local else EngineStore(self._workspace)
        self.parts = DeployedParts(env, PartRecords(self._folder.root / "parts", env.environment), store)
        self._attached = Attached(env, connection, self._folder, self._ids)
        self._released: list[str] = []
        self._programs: dict[str, tuple[dict[str, Given], Recorder]] = {}
        self._looks: dict[str, Look] = {}

    def __enter__(self) -> PulumiEngine:
        return self

    def __exit__(self, *_: object) -> None:
        self._attached.close()

    # The interface

    def preview(
        self, *, everything: bool = False, targets: Sequence[str] = (), seen_within: float = 0.0, on_event: OnEvent
    ) -> Plan:
        """What `up` would do."""
        self._looks.clear()
        if everything and not targets:
            self._see(seen_within, on_event)
        walk = self._walk("preview", Scope(everything, targets, seen_within), on_event)
        return Plan(
            environment=self._env.environment,
            changes=walk.changes,
            graph=self._graph(walk),
            drift=walk.drift,
            recorded_only=self._recorded_only(walk),
            untouched=walk.untouched,
            settled=walk.settled,
            changed_outside=walk.changed_outside,
            released=self._take_released(),
            warnings=walk.warnings,
        )

    def up(self, *, everything: bool = False, targets: Sequence[str] = (), on_event: OnEvent) -> Outcome:
        """Make it so."""
        started = time.monotonic()
        walk = self._walk("up", Scope(everything, targets), on_event)
        return self._outcome(walk, started)

    def refresh(self, *, on_event: OnEvent) -> Outcome:
        """Take what really is into the state of all deployed parts."""
        started = time.monotonic()
        walk = Walk()
        for part in self.parts.parts():
            run = PartRun(part, PartEvents(part, on_event, self._command.heard), Recorder(part))
            before = self.parts.record(part)
            self.parts.check_providers(part)
            stack = self.stack(part)
            self.parts.mark(part, "interrupted")
            at = time.time()
            with self._reported(part, run.events):
                stack.refresh(on_event=run.events, color="never")
            if before is not None:
                self.parts.refreshed(part, before, drifted=bool(run.events.drift))
                self.parts.saw(part, at, drifted=bool(run.events.drift))
            walk.runs.append(run)
        return self._outcome(walk, started)

    def drift(self, *, seen_within: float = 0.0, on_event: OnEvent) -> Plan:
        """What really is against the state; parts with drift are marked, so that the next `up` looks at them."""
        walk = Walk(runs=self._look_at(self.unseen(seen_within), on_event))
        graph = self.deployed() or Graph.of(self._env.environment, ())
        return Plan(
            self._env.environment,
            (),
            graph,
            drift=walk.drift,
            recorded_only=self._recorded_only(walk),
            released=self._take_released(),
        )

    def unseen(self, within: float) -> tuple[str, ...]:
        """The parts that nobody has looked at for so long."""
        return tuple(part for part in self.parts.parts() if not self.parts.seen(part, within))

    def preview_destroy(self, *, include_data: bool, on_event: OnEvent) -> Plan:
        """What `destroy` would delete."""
        walk = self._destroy_walk(include_data, on_event, preview=True)
        graph = self.deployed() or Graph.of(self._env.environment, ())
        return Plan(self._env.environment, walk.changes, graph, released=self._take_released())

    def destroy(self, *, include_data: bool, on_event: OnEvent) -> Outcome:
        """Delete, what took before what gave; without `include_data` what holds data stays."""
        started = time.monotonic()
        walk = self._destroy_walk(include_data, on_event, preview=False)
        return self._outcome(walk, started)

    def outputs(self) -> Mapping[str, Any]:
        """Outputs of all deployed parts; what one part gives to another is shown as its value."""
        found: dict[str, Any] = {}
        for part in self.parts.parts():
            for key, value in outputs_of(self.parts.deployment(part)).items():
                given = isinstance(value, dict) and set(value) == {"urn", "value"}
                found[key] = value["value"] if given else value
        return found

    def deployed(self) -> Graph | None:
        """The graph of the deployed state."""
        parts = self.parts.parts()
        return Graph.of(self._env.environment, chain.from_iterable(map(self.parts.resources, parts))) if parts else None

    def cancel(self) -> None:
        """Ask the running engine commands to stop."""
        self._command.cancel()

    def break_locks(self) -> tuple[str, ...]:
        """Take the engine's own locks away, whoever holds them."""
        names = [stack_name(self._env.environment, part) for part in self.parts.known()]
        return tuple(holder for name in names for holder in break_locks(self._target.locks(name)))

    @property
    def environment(self) -> str:
        """The environment's name."""
        return self._env.environment

    # How it is done

    def _see(self, within: float, on_event: OnEvent) -> None:
        """Look for drift in what a preview will not change and nobody has looked at for so long: without its programs, and all at once.

        What is found to be as it was deployed is settled, and the preview does not run it.

        Which parts will change is a guess, by what the parts before gave when they were deployed. Where it is wrong, the preview looks.
        """
        self._attached.begin()
        given: dict[str, Given] = {}
        found: dict[str, str] = {}
        for part in part_names(self._env):
            record, synthesized = self.parts.record(part), self._synthesized(part, given)
            digest = program_digest(synthesized.resources, given)
            if self.parts.unchanged(part, digest) and not self.parts.seen(part, within):
                found[part] = digest
            if not part.startswith(TEAMS):
                given.update(record.taken() if record else synthesized.given)
        began = time.monotonic()
        for run in self._look_at(tuple(found), on_event):
            settled = replace(run, settled=not run.events.drift)
            self._looks[run.part] = Look(settled, found[run.part], self.parts.checkpoint(run.part), began)

    def _look_at(self, parts: Sequence[str], on_event: OnEvent) -> list[PartRun]:
        if parts:
            self._attached.begin()
        with ThreadPoolExecutor(max_workers=PARTS_AT_ONCE) as pool:
            return list(pool.map(lambda part: self._look(part, on_event), parts))

    def _look(self, part: str, on_event: OnEvent) -> PartRun:
        """Compare one part's state with what really is."""
        run = PartRun(part, PartEvents(part, on_event, self._command.heard), Recorder(part))
        self.parts.check_providers(part)
        stack = self.stack(part)
        at = time.time()
        with self._reported(part, run.events, preview=True):
            stack.preview_refresh(on_event=run.events, color="never")
        self.parts.saw(part, at, drifted=bool(run.events.drift))
        if run.events.drift:
            self.parts.mark(part, "drift")
        return run

    def _walk(self, action: str, scope: Scope, on_event: OnEvent) -> Walk:
        walk = Walk()
        parts = part_names(self._env)
        shared, teams = [p for p in parts if not p.startswith(TEAMS)], [p for p in parts if p.startswith(TEAMS)]
        for part in shared:
            run = self._part(action, part, walk.given, scope, on_event)
            walk.given.update(run.recorder.given)
            walk.runs.append(run)
        with ThreadPoolExecutor(max_workers=PARTS_AT_ONCE) as pool:
            walk.runs.extend(pool.map(lambda part: self._part(action, part, walk.given, scope, on_event), teams))
        return walk

    def _part(self, action: str, part: str, given: Mapping[str, Given], scope: Scope, on_event: OnEvent) -> PartRun:
        record = self.parts.record(part)
        seen = not scope.everything or self.parts.seen(part, scope.seen_within)
        if scope.everything or record is None or record.marked:
            # It will be needed, and starts while the program runs.
            self._attached.begin()
        synthesized = self._synthesized(part, given)
        digest = program_digest(synthesized.resources, given)
        events = PartEvents(part, on_event, self._command.heard)
        as_deployed = self.parts.unchanged(part, digest)
        as_it_was = Recorder(part, synthesized.resources, record.taken() if record else synthesized.given)
        if as_deployed and seen and not scope.targets:
            return PartRun(part, events, as_it_was, untouched=True)
        look = self._looks.get(part) if action == "preview" else self._looks.pop(part, None)
        looked = look is not None and look.holds(digest, self.parts.checkpoint(part))
        if looked and look is not None and look.run.settled:
            return replace(look.run, recorder=as_it_was)
        self.parts.check_providers(part)
        outside = self.parts.changed_outside(part)
        recorder = Recorder(part)
        name = stack_name(self._env.environment, part)
        stack = self.stack(part, recorded(part_program(self._env, part, given), recorder, name))
        own = [urn for urn in scope.targets if urn.startswith(f"urn:pulumi:{name}::")]
        if scope.targets and not own:
            return PartRun(part, events, as_it_was, untouched=True)
        on_event(Event("part-started", part))
        options: dict[str, Any] = {
            "on_event": events,
            "color": "never",
            "refresh": not looked and (record is not None or self.parts.exists(part)),
        }
        if own:
            options["target"] = own
        at = time.time()
        with self._reported(part, events, preview=action == "preview"):
            if action == "preview":
                stack.preview(**options)
            else:
                self.parts.begun(part)
                stack.up(**options)
                self.parts.deployed(part, digest if not own else "", recorder)
                if looked and record is not None:
                    at = record.seen
        on_event(Event("part-done", part))
        idle = not events.drift and all(change.operation in IDLE for change in events.changes)
        run = PartRun(part, events, recorder, settled=as_deployed and idle, changed_outside=outside)
        if action == "preview":
            self._looks[part] = Look(run, digest, self.parts.checkpoint(part), time.monotonic())
        if not own:
            self.parts.saw(part, at, drifted=bool(events.drift))
        return run

    def _synthesized(self, part: str, given: Mapping[str, Given]) -> Recorder:
        """What the part's program registers with what it is given; `up` gets from its preview's run what that has found."""
        known = self._programs.get(part)
        if known is None or known[0] != given:
            known = self._programs[part] = dict(given), synthesize_part(self._env, part, given)
        return known[1]

    def _destroy_walk(self, include_data: bool, on_event: OnEvent, *, preview: bool) -> Walk:
        walk = Walk()
        state_tells = preview and include_data
        if not state_tells:
            self._attached.begin()

        def run(part: str) -> PartRun:
            found = PartRun(part, PartEvents(part, on_event, self._command.heard), Recorder(part))
            self.parts.check_providers(part)
            if state_tells:
                # The engine does not preview the deletion of what is protected; here everything goes, and the state says what that is.
                doomed = reversed(self.parts.resources(part))
                return replace(found, doomed=tuple(change_of(resource, "delete") for resource in doomed))
            return self._destroy_part(found, include_data, on_event, preview=preview)

        with ThreadPoolExecutor(max_workers=PARTS_AT_ONCE) as pool:
            for wave in waves(self.parts.parts(), self.parts.gave):
                walk.runs.extend(pool.map(run, wave))
        return walk

    def _destroy_part(self, run: PartRun, include_data: bool, on_event: OnEvent, *, preview: bool) -> PartRun:
        part = run.part
        stack = self.stack(part)
        on_event(Event("part-started", part))
        with self._reported(part, run.events, preview=preview):
            if not preview:
                self.parts.mark(part, "interrupted")
            if include_data and not preview:
                stack.workspace.run(["state", "unprotect", "--all", "--yes", "--stack", stack.name])
            (stack.preview_destroy if preview else stack.destroy)(
                on_event=run.events, color="never", exclude_protected=not include_data
            )
            if not preview:
                run.kept = tuple(resource.urn for resource in self.parts.resources(part))
                self.parts.destroyed(part, kept=bool(run.kept))
                if not run.kept:
                    stack.workspace.remove_stack(stack.name, force=True)
        on_event(Event("part-done", part))
        return run

    def stack(self, part: str, program: Callable[[], Any] | None = None) -> PartStack:
        """The Pulumi stack of one part, ready for the engine's commands; without a program it registers nothing."""
        name = stack_name(self._env.environment, part)
        self._target.check()
        self._released.extend(release_dead(self._target.locks(name), name))
        workspace = self._workspace({**self._attached.variables(), **self._target.plugin_variables()})
        workspace.program = program or _nothing
        stack = PartStack(name, workspace)
        # Whoever asks for a stack means to work on it, and it may be new.
        self.parts.worked_on(part)
        return stack

    def _workspace(self, variables: Mapping[str, str] | None = None) -> PartWorkspace:
        known = {**self._target.state_variables(), **(variables or {})}
        return PartWorkspace(self._env, self._folder, self._command, known, self._target.config())

    def _ids(self) -> dict[str, str | None]:
        """The id of every resource that the state has, by URN."""
        return {resource.urn: resource.id for part in self.parts.parts() for resource in self.parts.resources(part)}

    def _take_released(self) -> tuple[str, ...]:
        taken, self._released = self._released, []
        return tuple(taken)

    def _graph(self, walk: Walk) -> Graph:
        """The merged graph; of parts that are left as they are with what the state knows, where anything is unknown."""
        resources: list[Resource] = []
        for run in walk.runs:
            found = run.recorder.resources
            if run.untouched or run.settled:
                found = with_known(found, self.parts.resources(run.part))
            resources.extend(located(found, self._origin))
        return Graph.of(self._env.environment, resources)

    def _recorded_only(self, walk: Walk) -> tuple[str, ...]:
        types = recorded_only_types(self._connection.aws)
        return tuple(sorted(types & {r.type for run in walk.runs for r in run.recorder.resources}))

    def _outcome(self, walk: Walk, started: float) -> Outcome:
        return Outcome(
            environment=self._env.environment,
            changes=walk.changes,
            graph=self._graph(walk),
            outputs=self.outputs(),
            drift=walk.drift,
            recorded_only=self._recorded_only(walk),
            untouched=walk.untouched,
            changed_outside=walk.changed_outside,
            released=self._take_released(),
            kept=tuple(urn for run in walk.runs for urn in run.kept),
            seconds=time.monotonic() - started,
        )

    @contextmanager
    def _reported(self, part: str, events: PartEvents, *, preview: bool = False) -> Iterator[None]:
        """Turn an engine's failure into an error for people."""
        try:
            yield
        except CommandError as error:
            told = "\n".join(dict.fromkeys(events.errors)) or _last_lines(str(error))
            left = "nothing was changed" if preview else "what was done is kept and the next `up` goes on from there"
            again = f"{left}; the whole log is {os.path.relpath(self._log)}"
            what = "was stopped" if self._command.cancelled else "failed"
            raise OperationError(
                f"the engine {what} in part {part}:\n{told}",
                where=stack_name(self._env.environment, part),
                hint=remedy(told) or again,
            ) from error
        finally:
            self.parts.worked_on(part)


def _nothing() -> None:
    """A program that registers nothing, for commands that only look at the state."""


def _last_lines(text: str, count: int = 12) -> str:
    lines = [line for line in text.splitlines() if line.strip()]
    return "\n".join(lines[-count:])
