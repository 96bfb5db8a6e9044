"""A promotion delta for people: versions, configuration, resources with what going back would cost, verdict and waivers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from rich.console import Console

    from mlops_infra.promotion.delta import Delta

_COLOURS = {"reversible": "green", "lossy": "yellow", "irreversible": "red"}
_RESULTS = {"pass": "green", "unknown": "yellow", "fail": "red"}


def show_delta(console: Console, delta: Delta) -> None:
    """Print all that would change."""
    origin = f" from {delta.source}" if delta.source else ""
    replaced = f", in place of {delta.previous[:12]}" if delta.previous else ""
    console.print(Text(f"release {delta.release[:12]} to {delta.environment}{origin}{replaced}"), soft_wrap=True)
    for title, lines in (("versions", delta.versions), ("configuration", delta.configuration)):
        if lines:
            table = _table(title, "before", "after")
            for line in lines:
                table.add_row(Text(line.key), Text(line.old or "—"), Text(line.new or "—"))
            console.print()
            console.print(table)
    if delta.steps:
        table = _table("resources", "operation", "type", "going back")
        for step in delta.steps:
            back = Text(step.reversibility, style=_COLOURS[step.reversibility])
            back.append(f" ({step.reason})" if step.reason else "", style="default")
            table.add_row(Text(step.name), step.operation, Text(step.type), back)
        console.print()
        console.print(table)
    console.print()
    told = Text("policies: ")
    told.append(delta.verdict, style=_RESULTS.get(delta.verdict, ""))
    told.append(f", {len(delta.findings)} findings, {delta.unknown} decided after the deployment; going back: ")
    told.append(delta.label, style=_COLOURS[delta.label])
    console.print(told, soft_wrap=True)
    for sentence in (*delta.findings, *delta.waived):
        console.print(Text(f"  {sentence}"), soft_wrap=True)


def _table(*columns: str) -> Table:
    table = Table(box=None, pad_edge=False)
    for column in columns:
        table.add_column(column, overflow="fold")
    return table
