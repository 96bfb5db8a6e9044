"""Promotions as people read them: what would change, which gates hold, what runs where, and what was done."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC
from typing import TYPE_CHECKING, Final

from rich.console import Console
from rich.table import Table
from rich.text import Text

from mlops_infra.cli.views.delta import show_delta
from mlops_infra.promotion.journal import short
from mlops_infra.promotion.rooms import foremost

if TYPE_CHECKING:
    from datetime import datetime

    from mlops_infra.promotion.promote import Promoted
    from mlops_infra.promotion.rooms import Assessment
    from mlops_infra.promotion.status import Past, Standing
    from mlops_infra.promotion.steps import Ended

_GATES: Final = {"pass": ("✓", "green"), "fail": ("✗", "red"), "unknown": ("?", "yellow")}
_RESULTS: Final = {
    "succeeded": "green",
    "failed": "red",
    "interrupted": "yellow",
    "unknown": "yellow",
    "running": "cyan",
}


def show_assessment(console: Console, assessment: Assessment) -> None:
    """The delta, then each gate, then the receipt."""
    show_delta(console, assessment.delta)
    console.print()
    for gate in assessment.gates:
        sign, style = _GATES[gate.result]
        console.print(Text.assemble((f"{sign} ", style), gate.name.replace("_", " ")))
        for sentence in gate.missing:
            console.print(Text(f"    {sentence}", style=style), soft_wrap=True)
    if assessment.differences:
        console.print(Text("since the last approval something else changed:", style="bold red"))
        for difference in foremost(assessment.differences):
            console.print(Text(f"    {difference}", style="red"), soft_wrap=True)
    console.print(Text.assemble(("receipt ", "bold"), assessment.receipt.digest[:12]))


def show_promoted(console: Console, done: Promoted) -> None:
    """How a promotion or rollback ended."""
    release = done.release.short
    if done.result == "nothing":
        console.print(Text(f"{done.target} runs release {release} already"))
    elif done.result == "planned" and done.assessment is not None:
        show_assessment(console, done.assessment)
    elif done.ended is not None:
        show_ended(console, done.ended)


def show_ended(console: Console, ended: Ended) -> None:
    """The last line of a promotion, forward or back."""
    journal = ended.journal
    if ended.way == "forward":
        origin = f", from {journal.source}" if journal.source else ""
        console.print(
            Text.assemble(
                ("✓ ", "green"), (journal.environment, "bold"), f" runs release {short(journal.release)}{origin}"
            )
        )
        for result in ended.results:
            console.print(Text(f"  {result.name}: {result.result} ({result.observed}, asked for {result.threshold})"))
        console.print(
            Text(f"  before: {short(journal.previous or '')}; `mlops-infra rollback --env {journal.environment}`")
        )
    else:
        console.print(
            Text.assemble(
                ("↩ ", "yellow"), (journal.environment, "bold"), f" runs release {short(journal.previous or '')} again"
            )
        )
        if journal.reason:
            console.print(Text(f"  because {journal.reason}; {journal.standing}"), soft_wrap=True)


def show_pipeline(console: Console, found: Sequence[Standing]) -> None:
    """What runs where, and what each environment waits for."""
    table = Table(box=None, header_style="bold", pad_edge=False)
    for title in ("environment", "release", "since", "by", "with", "waits for"):
        table.add_column(title, overflow="fold")
    for item in found:
        runs = item.running
        notes = [*([item.unfinished] if item.unfinished else []), *item.waits]
        if item.held_by:
            notes.append(f"locked by {item.held_by}")
        table.add_row(
            item.environment,
            short(runs.release) if runs else f"{short(item.last)}?" if item.last else "none",
            _when(runs.since) if runs else "",
            runs.by if runs else "",
            runs.operation if runs else "",
            Text("; ".join(notes) or "nothing", style="" if notes else "dim"),
        )
    console.print(table)


def show_history(console: Console, environment: str, found: Sequence[Past]) -> None:
    """What was done to an environment, newest first."""
    if not found:
        console.print(Text(f"{environment}: nothing was done yet"))
        return
    table = Table(box=None, header_style="bold", pad_edge=False)
    for title in ("#", "when", "by", "what", "result", "release", ""):
        table.add_column(title, overflow="fold")
    for item in found:
        table.add_row(
            str(item.seq),
            _when(item.time),
            item.by + ("" if item.verified else " (not proved)"),
            item.what,
            Text(item.result or "", style=_RESULTS.get(item.result or "", "")),
            short(item.release) if item.release else "",
            item.detail,
        )
    console.print(table)


def _when(time: datetime) -> str:
    return f"{time.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
