"""Results to stdout, everything else to stderr; text for people or one JSON document for programs."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Callable
from typing import TYPE_CHECKING

from rich.console import Console
from rich.text import Text

from mlops_infra.errors import ExitCode, MlopsInfraError

if TYPE_CHECKING:
    from pydantic import BaseModel

PLAIN_WIDTH = 160
"""Columns of tables where there is no terminal whose width could be asked."""


class Output:
    """Where one run writes. Colour only on a terminal and without ``NO_COLOR`` (https://no-color.org)."""

    def __init__(self, *, json: bool, debug: bool) -> None:
        self.json = json
        self.debug = debug
        self.results = _console(stderr=False)
        self.errors = _console(stderr=True)

    def result(self, document: Callable[[], BaseModel], text: Callable[[Console], None]) -> None:
        """Write one result: `document` as JSON, or `text` for people."""
        if self.json:
            sys.stdout.write(document().model_dump_json(indent=2) + "\n")
            sys.stdout.flush()
        else:
            text(self.results)

    def note(self, text: str) -> None:
        """Tell people something beside the result."""
        self.errors.print(Text(text), soft_wrap=True)

    def error(self, error: MlopsInfraError) -> None:
        """Tell people (and programs, with JSON) what went wrong; a traceback with ``--debug`` only."""
        if self.debug:
            self.errors.print("".join(traceback.format_exception(error)), markup=False, highlight=False, soft_wrap=True)
        if self.json:
            from mlops_infra.cli.convert import error_document  # noqa: PLC0415

            sys.stdout.write(error_document(error).model_dump_json(indent=2) + "\n")
            sys.stdout.flush()
        if error.exit_code is ExitCode.POLICY:
            self._findings(error)
        self.errors.print(Text.assemble(("error: ", "bold red"), error.what), soft_wrap=True)
        if error.where:
            self.errors.print(Text.assemble(("where: ", "bold"), error.where), soft_wrap=True)
        if error.hint:
            self.errors.print(Text.assemble(("hint: ", "bold cyan"), error.hint), soft_wrap=True)

    def _findings(self, error: MlopsInfraError) -> None:
        """Show what the policies found, where that is the reason."""
        from mlops_infra.cli.views.policies import show_verdict  # noqa: PLC0415
        from mlops_infra.operations.judging import VerdictError  # noqa: PLC0415

        if isinstance(error, VerdictError):
            show_verdict(self.errors, error.verdict, error.root)


def _console(*, stderr: bool) -> Console:
    stream = sys.stderr if stderr else sys.stdout
    told = os.environ.get("COLUMNS", "")
    width = None if stream.isatty() or told.isdigit() else PLAIN_WIDTH
    return Console(stderr=stderr, width=width, highlight=False)
