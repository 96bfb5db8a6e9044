"""What the policies say, as `check` tells it: on a terminal with colours, and folded where a line is longer than it is wide."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.table import Table
from rich.text import Text

from mlops_infra.governance.reports import lines
from mlops_infra.governance.reports.text import Line, details, told
from mlops_infra.governance.verdict import Verdict

STYLES: Final = {"pass": "green", "unknown": "yellow", "fail": "bold red"}
SEVERITIES: Final = {"critical": "bold red", "high": "red", "medium": "yellow", "low": "blue"}
_LINES: Final[Mapping[str, str]] = {
    **STYLES,
    **SEVERITIES,
    "message": "bold",
    "detail": "dim",
    "place": "cyan",
    "remedy": "green",
}


def show_verdict(console: Console, verdict: Verdict, root: Path) -> None:
    """Findings, unknowns and waivers with their lines in the stack files, then one line for the whole; that line alone where all is well.

    `root` is the project's root, from which files are named.
    """
    _show(console, details(verdict, root))
    console.print(Text(f"policies: {lines.result(verdict)}", style=STYLES[verdict.result]), soft_wrap=True)


def show_report(console: Console, verdicts: Sequence[Verdict], root: Path) -> None:
    """The text report."""
    _show(console, told(verdicts, root))


def show_facts(console: Console, description: str, facts: Mapping[str, str]) -> None:
    """A rule's description, and below it one fact after the other, each beside its word."""
    console.print(Text(description), soft_wrap=not console.is_terminal)
    table = Table.grid(padding=(0, 2, 0, 0))
    for word, fact in facts.items():
        table.add_row(Text(word, style="dim"), Text(fact))
    console.print(table)


def _show(console: Console, shown: Iterable[Line]) -> None:
    for line in shown:
        style = _LINES.get(line.kind, "")
        for part in _folded(line, console.width) if console.is_terminal else (line.text,):
            console.print(Text(part, style=style), soft_wrap=True)


def _folded(line: Line, width: int) -> Sequence[str]:
    """The line in pieces that fit, each below its text; lines of files stay whole, so that they can be searched for."""
    if len(line.text) <= width or line.kind == "source":
        return (line.text,)
    begins = len(line.text) - len(line.text.lstrip(" -"))
    return textwrap.wrap(
        line.text, width, subsequent_indent=" " * (begins + 2), break_long_words=False, break_on_hyphens=False
    )
