"""How two environments differ, value by value."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.text import Text

from mlops_infra.cli.views.values import shown
from mlops_infra.config import Difference, Value
from mlops_infra.config.node import dotted


def show_differences(console: Console, before: str, after: str, found: Sequence[Difference]) -> None:
    """One key path at a time: what each environment says and where."""
    for item in found:
        console.print(Text(dotted(item.path), style="bold"), soft_wrap=True)
        _side(console, "-", before, item.before, "red")
        _side(console, "+", after, item.after, "green")
    console.print(Text(f"{len(found)} differences" if found else f"{before} and {after} say the same"))


def _side(console: Console, sign: str, name: str, value: Value | None, style: str) -> None:
    if value is not None:
        place = str(value.origin) if value.origin else "default"
        console.print(
            Text.assemble((f"  {sign} {name}: {shown(value.value)}", style), (f"  {place}", "dim")), soft_wrap=True
        )
