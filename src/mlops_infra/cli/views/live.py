"""What is happening now: a live tree on a terminal, a few plain lines elsewhere.

A `View` is told steps (toolchain, sandbox), engine events and notices, from any thread. `Board` keeps the count; `LiveView` draws it
several times a second, `PlainView` writes a line now and then, so that a log of 10,000 resources stays readable.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Protocol

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.text import Text
from rich.tree import Tree

from mlops_infra.cli.views.plan import DONE_WORDS, MARKS
from mlops_infra.engine.plan import IDLE, Event, Operation
from mlops_infra.progress import Step

LINE_SECONDS: Final = 5.0
"""How often a plain view says how far it is."""
FRAMES_PER_SECOND: Final = 8
_SPINNER: Final = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"


class View(Protocol):
    """Shows one operation."""

    def step(self, step: Step) -> None: ...

    def event(self, event: Event) -> None: ...

    def notice(self, text: str) -> None: ...

    def stage(self, title: str) -> None:
        """A new stage begins: counts start again, and what happens from now on is real."""

    def paused(self) -> AbstractContextManager[None]:
        """Nothing is drawn inside, so that a person can be asked."""


@dataclass
class Component:
    """One component's progress. `running` maps URNs to when they began (monotonic seconds) and their event, `finished` to what was done.

    A resource may be refreshed and then updated: it counts once, by the step that changes it.
    """

    title: str
    running: dict[str, tuple[float, Event]] = field(default_factory=dict)
    finished: dict[str, Operation] = field(default_factory=dict)
    failed: list[str] = field(default_factory=list)

    def finish(self, event: Event) -> None:
        """Note a step that is done."""
        if event.operation not in IDLE or event.urn not in self.finished:
            self.finished[event.urn] = event.operation

    def busy(self) -> list[tuple[float, Event]]:
        """What runs, longest first; components are containers, which run as long as anything inside."""
        return sorted((item for item in self.running.values() if _is_resource(item[1].type)), key=lambda item: item[0])

    def counts(self, *, real: bool = True) -> str:
        """``3 created, 12 unchanged``; of a preview (not `real`) ``3 to create, 12 unchanged``."""
        done = Counter[str](self.finished.values())
        quiet = sum(done[operation] for operation in IDLE)
        words = DONE_WORDS if real else {key: planned for key, (_, _, planned) in MARKS.items()}
        told = [f"{done[key]} {word}" for key, word in words.items() if key not in IDLE and done[key]]
        return ", ".join([*told, *([f"{quiet} unchanged"] if quiet else [])])


class Board:
    """What was heard so far, grouped by component."""

    def __init__(self) -> None:
        self._parents: dict[str, tuple[str | None, str, str]] = {}
        self.components: dict[str, Component] = {}

    def take(self, event: Event) -> Component | None:
        """Count one event; returns the component that it belongs to."""
        if event.kind == "part-done":
            for component in self.components.values():
                component.running = {u: item for u, item in component.running.items() if item[1].part != event.part}
        if not event.urn or event.kind not in ("started", "done", "failed"):
            return None
        self._parents[event.urn] = (event.parent, event.name, event.type)
        component = self.components.setdefault(self._title(event), Component(self._title(event)))
        if event.kind == "started":
            component.running[event.urn] = (time.monotonic(), event)
        else:
            component.running.pop(event.urn, None)
            if event.kind == "done":
                component.finish(event)
            else:
                component.failed.append(event.name)
        return component

    def _title(self, event: Event) -> str:
        urn, found = event.urn, ""
        while urn in self._parents:
            parent, name, token = self._parents[urn]
            if not _is_resource(token):
                found = name
            urn = parent or ""
        return f"{event.part} › {found}" if found else event.part

    def total(self) -> Component:
        """Everything together."""
        whole = Component("")
        for component in self.components.values():
            whole.running.update(component.running)
            whole.failed.extend(component.failed)
            whole.finished.update(component.finished)
        return whole


class PlainView:
    """Lines for a log: steps as they begin and end, failures and notices at once, progress every few seconds."""

    def __init__(self, console: Console, title: str, *, changes: bool) -> None:
        self._console = console
        self._changes = changes
        self._board = Board()
        self._lock = threading.Lock()
        self._began = self._told = time.monotonic()
        self._steps: dict[str, str] = {}
        self._print(title)

    def step(self, step: Step) -> None:
        with self._lock:
            log = f" (log: {near(step.log)})" if step.log and not step.done else ""
            line = f"{'failed: ' if step.failed else 'done: ' if step.done else ''}{step.text}{log}"
            if self._steps.get(step.key) != line:
                self._steps[step.key] = line
                self._print(f"  {line}")

    def event(self, event: Event) -> None:
        with self._lock:
            self._board.take(event)
            if event.kind == "failed":
                self._print(f"  failed: {event.type} {event.name} {event.text}".rstrip(), "red")
            elif event.kind == "message":
                if event.severity != "info":
                    self._print(f"  {event.severity}: {event.text}", "red" if event.severity == "error" else "yellow")
            elif event.kind == "part-done" and self._changes:
                self._progress(f"{event.part} done")
            elif time.monotonic() - self._told >= LINE_SECONDS:
                self._progress("")

    def notice(self, text: str) -> None:
        self._print(text, "yellow")

    def stage(self, title: str) -> None:
        with self._lock:
            self._board = Board()
            self._changes = True
            self._print(title)

    @contextmanager
    def paused(self) -> Iterator[None]:
        yield

    def _progress(self, what: str) -> None:
        whole = self._board.total()
        now = ", ".join(event.name for _, event in whole.busy()[:2])
        counts = whole.counts() if self._changes else f"{len(whole.finished)} looked at"
        told = "; ".join(part for part in (what, counts, f"now: {now}" if now else "") if part)
        self._print(f"  {self._elapsed()}  {told or 'still working'}")

    def _elapsed(self) -> str:
        return elapsed(time.monotonic() - self._began)

    def _print(self, text: str, style: str = "") -> None:
        self._told = time.monotonic()
        self._console.print(Text(text, style=style), soft_wrap=True)


class LiveView:
    """A tree that is drawn over itself: components with counts, what runs now and for how long."""

    def __init__(self, console: Console, title: str, *, changes: bool) -> None:
        self._console = console
        self._title = title
        self._changes = changes
        self._board = Board()
        self._steps: dict[str, tuple[float, Step]] = {}
        self._lock = threading.Lock()
        self._began = time.monotonic()
        self._live = Live(
            console=console,
            get_renderable=self._draw,
            refresh_per_second=FRAMES_PER_SECOND,
            transient=True,
            vertical_overflow="ellipsis",
        )

    def __enter__(self) -> LiveView:
        self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._live.stop()

    def step(self, step: Step) -> None:
        with self._lock:
            began, _ = self._steps.pop(step.key, (time.monotonic(), step))
            if not step.done:
                self._steps[step.key] = (began, step)
        # Printed without our lock: the drawing thread holds the console's while it waits for ours.
        if step.done:
            style = "red" if step.failed else "green"
            self._console.print(Text.assemble(("✗ " if step.failed else "✓ ", style), step.text))

    def event(self, event: Event) -> None:
        with self._lock:
            self._board.take(event)
        if event.kind == "failed":
            self._console.print(Text(f"✗ {event.type} {event.name} {event.text}".rstrip(), style="red"))
        elif event.kind == "message" and event.severity != "info":
            self._console.print(Text(f"{event.severity}: {event.text}", style="yellow"))

    def notice(self, text: str) -> None:
        self._console.print(Text(text, style="yellow"))

    def stage(self, title: str) -> None:
        with self._lock:
            self._board = Board()
            self._title = title
            self._changes = True

    @contextmanager
    def paused(self) -> Iterator[None]:
        self._live.stop()
        try:
            yield
        finally:
            self._live.start()

    def _draw(self) -> RenderableType:
        with self._lock:
            now = time.monotonic()
            frame = _SPINNER[int(now * FRAMES_PER_SECOND) % len(_SPINNER)]
            head = Text.assemble(
                (f"{frame} ", "cyan"), (self._title, "bold"), (f"  {elapsed(now - self._began)}", "dim")
            )
            counts = self._board.total().counts(real=self._changes)
            if counts:
                head.append(f"  {counts}", "dim")
            tree = Tree(head, guide_style="dim")
            for began, step in self._steps.values():
                log = f"  log: {near(step.log)}" if step.log else ""
                tree.add(Text.assemble(step.text, (f"  {elapsed(now - began)}{log}", "dim")))
            self._draw_components(tree, now)
            return Group(tree)

    def _draw_components(self, tree: Tree, now: float) -> None:
        """Busy components with what they do, and idle ones on one line each as long as there is room."""
        room = max(4, self._console.height - 4 - len(self._steps))
        busy = [c for c in self._board.components.values() if c.busy() or c.failed]
        idle = [c for c in self._board.components.values() if not (c.busy() or c.failed)]
        for component in busy:
            if room <= 1:
                break
            node = tree.add(
                Text.assemble((component.title, "bold"), (f"  {component.counts(real=self._changes)}", "dim"))
            )
            room -= 1
            for began, event in component.busy()[: min(4, room - 1)]:
                sign, style, _ = MARKS.get(event.operation, ("·", "dim", ""))
                node.add(
                    Text.assemble((f"{sign} {event.type} {event.name}", style), (f"  {elapsed(now - began)}", "dim"))
                )
                room -= 1
        for component in idle[-max(0, room - 1) :] if room > 1 else []:
            tree.add(
                Text.assemble(("✓ ", "green"), component.title, (f"  {component.counts(real=self._changes)}", "dim"))
            )
        hidden = max(0, len(idle) - max(0, room - 1))
        if hidden:
            tree.add(Text(f"✓ {hidden} more components", style="dim"))


@contextmanager
def view(console: Console, title: str, *, changes: bool) -> Iterator[View]:
    """The view that fits the console; `changes` says that events are real from the start."""
    if console.is_terminal and not console.is_dumb_terminal:
        with LiveView(console, title, changes=changes) as live:
            yield live
    else:
        yield PlainView(console, title, changes=changes)


def _is_resource(token: str) -> bool:
    return token.split(":", 1)[0] in ("aws", "kubernetes")


def near(path: Path | str) -> str:
    """A path as it is best typed here: relative where it lies below the working directory."""
    try:
        return str(Path(path).relative_to(Path.cwd()))
    except ValueError:
        return str(path)


def elapsed(seconds: float) -> str:
    """``3.2 s``, ``1 min 05 s``."""
    if seconds < 60:
        return f"{seconds:.1f} s"
    return f"{int(seconds) // 60} min {int(seconds) % 60:02d} s"
