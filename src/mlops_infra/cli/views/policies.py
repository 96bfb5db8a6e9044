"""What the policies say, as `check` tells it."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from rich.console import Console
from rich.text import Text

from mlops_infra.governance.reports import lines
from mlops_infra.governance.reports.text import text
from mlops_infra.governance.verdict import Verdict

STYLES: Final = {"pass": "green", "unknown": "yellow", "fail": "bold red"}


def show_verdict(console: Console, verdict: Verdict, root: Path) -> None:
    """Findings, unknowns and waivers with their lines in the stack files, then one line for the whole; that line alone where all is well.

    `root` is the project's root, from which files are named.
    """
    *told, _ = text([verdict], root).splitlines()
    for line in told:
        console.print(Text(line), soft_wrap=True)
    console.print(Text(f"policies: {lines.result(verdict)}", style=STYLES[verdict.result]), soft_wrap=True)
