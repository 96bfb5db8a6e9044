"""The real command line in a process of its own, struck in the middle of what it applies.

``python struck.py HOW AFTER ROOT ARGS…`` runs ``mlops-infra ARGS…`` in the project `ROOT`. When the engine has made its resource number
`AFTER`, HOW happens: ``tool`` (kill -9 of this process), ``engine`` or ``provider`` (kill -9 of that child), ``interrupt`` (Ctrl-C).
With ``spoil`` nothing is struck: the engine gets a team's quota that only the API server can refuse.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil
from fake_access import FakeAccess
from fake_judge import FakeJudge

from mlops_infra.cli import main
from mlops_infra.cli.invocation import Invocation
from mlops_infra.config import LoadedEnvironment
from mlops_infra.engine.plan import Event
from mlops_infra.operations.real import pulumi_engine, real_ports

WORDS = {"engine": "pulumi", "provider": "mlops_infra.providers.serve"}


def strike(how: str) -> None:
    """Do it, once and now."""
    if how in WORDS:
        for child in psutil.Process().children(recursive=True):
            if any(word.endswith(WORDS[how]) for word in child.cmdline()[:4]):
                child.kill()
    else:
        os.kill(os.getpid(), signal.SIGKILL if how == "tool" else signal.SIGINT)


class StruckEngine:
    """The real engine, but for what happens during its `up`."""

    def __init__(self, engine: Any, how: str, after: int) -> None:
        self._engine, self._how, self._left = engine, how, after

    def __getattr__(self, name: str) -> Any:
        return getattr(self._engine, name)

    def up(self, *, on_event: Callable[[Event], None], **options: Any) -> Any:
        def hear(event: Event) -> None:
            on_event(event)
            if event.kind == "done" and event.operation == "create":
                self._left -= 1
                if self._left == 0:
                    strike(self._how)

        return self._engine.up(on_event=hear, **options)


def spoiled(loaded: LoadedEnvironment) -> LoadedEnvironment:
    """The same, with a quota that the checks of the stack file would never let through."""
    (team,) = loaded.environment.teams
    spoiled = team.model_copy(update={"quota": team.quota.model_copy(update={"pods": -1})})
    return replace(loaded, environment=loaded.environment.model_copy(update={"teams": [spoiled]}))


def run(how: str, after: str, root: str, *args: str) -> int:
    @contextmanager
    def engine(loaded: LoadedEnvironment, *given: Any, **options: Any) -> Iterator[Any]:
        with pulumi_engine(spoiled(loaded) if how == "spoil" else loaded, *given, **options) as real:
            yield StruckEngine(real, how, int(after))

    access = FakeAccess()
    ports = replace(
        real_ports(), engine=engine, judge=FakeJudge(), identify=access.identify, authorise=access.authorise
    )
    return main(args, Invocation(Path(root), lambda: ports))


if __name__ == "__main__":
    sys.exit(run(*sys.argv[1:]))
