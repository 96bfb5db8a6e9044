"""One run of the command line: its global options, where it stands, and where it writes.

`app` makes one `Invocation` per run and hands it to the command; the command asks it for the context of an operation, for a name, for
consent, and gives it the result.
"""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from mlops_infra.cli.output import Output
from mlops_infra.errors import UsageError

if TYPE_CHECKING:
    from types import FrameType

    from rich.console import Console

    from mlops_infra.cli.views.live import View
    from mlops_infra.operations.ports import Context, Ports
    from mlops_infra.operations.project import Project
    from mlops_infra.promotion.rooms import Rooms

Ask: TypeAlias = Callable[[str], str]
Format: TypeAlias = Literal["text", "json"]


@dataclass(frozen=True)
class Options:
    """The global options, as far as they were given."""

    stacks: Path | None = None
    policies: Path | None = None
    env: str | None = None
    output: Format | None = None
    debug: bool = False
    yes: bool = False
    identity_file: Path | None = None

    def with_given(self, given: Mapping[str, Any]) -> Options:
        """These options, with what was given after the command's name on top."""
        return replace(self, **{key: value for key, value in given.items() if value})


class Invocation:
    """One run of the command line. `ports`, `ask` and `rooms` are for tests; `ask` reads a line from the person, if there is one."""

    def __init__(
        self,
        cwd: Path | None = None,
        ports: Callable[[], Ports] | None = None,
        ask: Ask | None = None,
        rooms: Callable[[], Rooms] | None = None,
    ) -> None:
        self.options = Options()
        self.cwd = cwd or Path.cwd()
        self._ports = ports
        self._rooms = rooms
        self._ask = ask or (self._read_line if sys.stdin.isatty() and sys.stderr.isatty() else None)
        self._project: Project | None = None
        self._told: set[str] = set()
        self._output: Output | None = None
        self._view: View | None = None

    def take(self, given: Mapping[str, Any]) -> None:
        """Take global options that were given."""
        self.options = self.options.with_given(given)

    @property
    def output(self) -> Output:
        """Where results and everything else go."""
        if self._output is None:
            self._output = Output(json=self.options.output == "json", debug=self.options.debug)
        return self._output

    @property
    def ports(self) -> Ports:
        """The rooms below."""
        if self._ports is not None:
            return self._ports()
        from mlops_infra.operations.real import real_ports  # noqa: PLC0415 - `--help` needs none of it
        from mlops_infra.promotion.guarding import RealGuard  # noqa: PLC0415

        return replace(real_ports(), guard=RealGuard())

    @property
    def rooms(self) -> Rooms:
        """What promotion asks."""
        if self._rooms is not None:
            return self._rooms()
        from mlops_infra.promotion.binding import real_rooms  # noqa: PLC0415 - brings cryptography

        return real_rooms()

    @property
    def project(self) -> Project:
        """The project; raises UsageError where there is none."""
        if self._project is None:
            from mlops_infra.operations.project import Project  # noqa: PLC0415

            self._project = Project.find(self.cwd, self.options.stacks, self.options.policies)
        return self._project

    @property
    def environment(self) -> str:
        """The environment that was named; the only one there is, where none was. Raises UsageError otherwise."""
        if self.options.env:
            name = self.project.check(self.options.env)
            self._tell_unfinished(name)
            return name
        known = self.project.environments()
        if len(known) == 1:
            return known[0]
        raise UsageError(
            "which environment?", hint=f"say `--env NAME`; there are: {', '.join(known) or 'none in this folder yet'}"
        )

    def _tell_unfinished(self, environment: str) -> None:
        """Say once that a promotion of the environment is unfinished, whatever was asked for."""
        if not (self.project.state / "promotions").is_dir() or environment in self._told:
            return
        from mlops_infra.promotion.journal import read, way_out  # noqa: PLC0415

        self._told.add(environment)
        journal = read(self.project, environment)
        if journal is not None:
            self.output.note(f"there is {journal}; {way_out(environment)}")

    def log_folder(self) -> Path | None:
        """The project's folder for logs, if the project has state already."""
        if self._project is None or not self._project.state.is_dir():
            return None
        folder = self._project.state / "logs"
        folder.mkdir(mode=0o700, exist_ok=True)
        return folder

    # Consent

    def must_be_able_to_ask(self) -> None:
        """Raise UsageError where nobody can be asked and `--yes` was not given."""
        if not self.options.yes and self._ask is None:
            raise UsageError("there is no terminal to confirm on", hint="look at the plan, then run again with `--yes`")

    def confirmed(self, question: str, word: str = "yes") -> bool:
        """Whether the person types `word`; True without asking where `--yes` was given."""
        if self.options.yes:
            return True
        if self._ask is None:
            return False
        with self._quiet():
            return self._ask(f"{question} Type `{word}` to go on: ").strip().lower() == word.lower()

    def show(self, text: Callable[[Console], None]) -> None:
        """Show people something while an operation runs (the diff before the question)."""
        with self._quiet():
            text(self.output.errors)

    def _read_line(self, question: str) -> str:
        self.output.errors.print(question, end="", highlight=False, markup=False)
        return sys.stdin.readline()

    @contextmanager
    def _quiet(self) -> Iterator[None]:
        if self._view is None:
            yield
        else:
            with self._view.paused():
                yield

    # Running an operation

    @contextmanager
    def operation(self, title: str, *, changes: bool = False) -> Iterator[Context]:
        """The context of one operation, shown while it runs; Ctrl-C asks it to stop.

        `changes` says that its events are real from the start, not those of a preview.
        """
        from mlops_infra.cli.views.live import view  # noqa: PLC0415
        from mlops_infra.operations.interruption import Interruption  # noqa: PLC0415
        from mlops_infra.operations.ports import Context  # noqa: PLC0415

        interruption = Interruption()
        project = self.project
        with view(self.output.errors, title, changes=changes) as shown, self._signals(interruption.request):
            self._view = shown
            try:
                yield Context(
                    project,
                    self.ports,
                    progress=shown.step,
                    on_event=shown.event,
                    notice=shown.notice,
                    interruption=interruption,
                    identity=self.options.identity_file,
                )
            finally:
                self._view = None

    def quiet_context(self) -> Context:
        """The context of an operation that only looks."""
        from mlops_infra.operations.ports import Context  # noqa: PLC0415

        return Context(self.project, self.ports, notice=self.output.note, identity=self.options.identity_file)

    def now(self, title: str) -> None:
        """Say that the operation's next stage begins, whose events are real."""
        if self._view is not None:
            self._view.stage(title)

    @contextmanager
    def _signals(self, request: Callable[[], bool]) -> Iterator[None]:
        def asked(number: int, frame: FrameType | None) -> None:  # noqa: ARG001 - the handler's interface
            if not request():
                raise KeyboardInterrupt
            if self._view is not None:
                self._view.notice("stopping in an orderly way; Ctrl-C again insists")

        before = {number: signal.signal(number, asked) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
