"""The command line in this process, against a `FakeWorld`."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

import pytest
from fake_world import FakeWorld

from mlops_infra.cli import main
from mlops_infra.cli.invocation import Invocation


@dataclass
class Ran:
    """What one run left: exit code, stdout, stderr."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        """The one JSON document on stdout."""
        return json.loads(self.out)


@dataclass
class Terminal:
    """Runs command lines. `answers` are what the person types, in order; without any there is no person."""

    world: FakeWorld
    capture: pytest.CaptureFixture[str]
    questions: list[str] = field(default_factory=list)

    def __call__(self, *args: str, answers: tuple[str, ...] = ()) -> Ran:
        left = list(answers)

        def ask(question: str) -> str:
            self.questions.append(question)
            return left.pop(0) + "\n"

        invocation = Invocation(self.world.project.root, lambda: self.world.ports, ask if answers else None)
        self.capture.readouterr()
        code = main(args, invocation)
        out, err = self.capture.readouterr()
        assert "Traceback" not in out + err or "--debug" in args
        return Ran(code, out, err)
