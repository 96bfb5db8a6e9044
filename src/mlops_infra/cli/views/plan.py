"""A plan as a readable diff: grouped by component, changed properties old → new, losses of data standing out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from rich.console import Console
from rich.text import Text

from mlops_infra.cli.views.policies import show_verdict
from mlops_infra.cli.views.values import differences, shown
from mlops_infra.engine.plan import Change, Operation
from mlops_infra.graph import Graph
from mlops_infra.operations.deploy import Doomed, Planned

MARKS: dict[Operation, tuple[str, str, str]] = {
    "create": ("+", "green", "to create"),
    "import": ("=", "green", "to import"),
    "update": ("~", "yellow", "to update"),
    "replace": ("±", "magenta", "to replace"),
    "delete": ("-", "red", "to delete"),
    "same": (" ", "dim", "unchanged"),
}
"""Sign, colour and words of an operation, in the order in which they are counted."""

DONE_WORDS: dict[str, str] = {
    "create": "created",
    "import": "imported",
    "update": "updated",
    "replace": "replaced",
    "delete": "deleted",
    "same": "unchanged",
}


def show_plan(console: Console, planned: Planned, root: Path) -> None:
    """The whole diff, and what the policies say of it. `root` is the project's root."""
    plan = planned.plan
    _show_changes(console, plan.actual, plan.graph)
    if plan.drift:
        console.print(Text("\nChanged behind our back; `up` mends it:", style="bold yellow"))
        show_drift(console, plan.drift, plan.graph)
    if plan.actual:
        console.print()
    console.print(Text.assemble((f"{plan.environment}: ", "bold"), counts_text(plan.counts())))
    losses = [change for change in plan.changes if change.loses_data]
    if losses:
        console.print(Text(f"{len(losses)} of these lose data: {_names(losses)}", style="bold red"))
    if plan.untouched:
        console.print(Text(f"not looked at, because nothing of theirs changed: {', '.join(plan.untouched)}", "dim"))
    show_recorded_only(console, plan.recorded_only)
    for warning in plan.warnings:
        console.print(Text(f"warning: {warning}", style="yellow"), soft_wrap=True)
    if planned.verdict.findings or planned.verdict.problem:
        console.print()
    show_verdict(console, planned.verdict, root)


def show_drift(console: Console, drift: Sequence[Change], graph: Graph) -> None:
    """What really is against what was deployed."""
    for title, changes in grouped(drift, graph):
        console.print(Text(title, style="bold"))
        for change in changes:
            _line(console, change, {"delete": " is gone", "update": " was changed"}.get(change.operation, ""))


def show_doomed(console: Console, doomed: Doomed) -> None:
    """What `destroy` would delete, lose and leave."""
    _show_changes(console, doomed.plan.actual, doomed.plan.graph)
    console.print()
    console.print(Text.assemble((f"{doomed.plan.environment}: ", "bold"), counts_text(doomed.plan.counts())))
    for title, urns, style in (
        ("holds data that will be lost", doomed.lost, "bold red"),
        ("stays, because it holds data or is protected (`--include-data` deletes it too)", doomed.stays, "yellow"),
        ("only scheduled: AWS deletes a KMS key after its waiting period of 7 to 30 days", doomed.schedules, "yellow"),
        ("has object lock: AWS deletes no object before its retention ends", doomed.locked, "yellow"),
    ):
        show_urns(console, title, urns, style)


def show_urns(console: Console, title: str, urns: Sequence[str], style: str) -> None:
    """A titled list of resources, one line per type; nothing where it is empty."""
    if not urns:
        return
    by_type: dict[str, list[str]] = {}
    for urn in urns:
        by_type.setdefault(urn.split("::")[-2].rpartition("$")[2], []).append(urn.rsplit("::", 1)[-1])
    console.print(Text(f"{title}:", style=style))
    for token, names in by_type.items():
        console.print(Text.assemble((f"  {token} ", "dim"), ", ".join(sorted(names))), soft_wrap=True)


def show_recorded_only(console: Console, types: Sequence[str]) -> None:
    """The types that exist in the state only."""
    if types:
        console.print(
            Text(f"recorded only, because the sandbox has no such thing: {', '.join(types)}", style="yellow"),
            soft_wrap=True,
        )


def counts_text(counts: dict[str, int], words: dict[str, str] | None = None) -> Text:
    """``3 to create, 1 to update, 120 unchanged``."""
    told = []
    for operation, (_, style, planned) in MARKS.items():
        number = counts.get(operation, 0)
        if number:
            told.append((f"{number} {words[operation] if words else planned}", style))
    if not told or set(counts) <= {"same", "read", "refresh"}:
        return Text(f"nothing to change ({counts.get('same', 0)} unchanged)" if not words else "nothing was changed")
    text = Text()
    for index, (part, style) in enumerate(told):
        text.append(", " if index else "")
        text.append(part, style)
    return text


def grouped(changes: Iterable[Change], graph: Graph) -> list[tuple[str, list[Change]]]:
    """Changes by part and outermost component, in the order in which they come."""
    found: dict[str, list[Change]] = {}
    for change in changes:
        found.setdefault(component_title(change, graph), []).append(change)
    return list(found.items())


def component_title(change: Change, graph: Graph) -> str:
    """``foundation › storage``."""
    resource = graph.resources.get(change.urn)
    if resource is None and change.parent in graph.resources:
        resource = graph[str(change.parent)]
    component = graph.component_of(resource.urn) if resource is not None else None
    if component is None and resource is not None and not resource.custom:
        component = resource
    return f"{change.part} › {component.name}" if component is not None else change.part


def _show_changes(console: Console, changes: Sequence[Change], graph: Graph) -> None:
    for title, members in grouped(changes, graph):
        kinds: dict[str, int] = {}
        for change in members:
            kinds[change.operation] = kinds.get(change.operation, 0) + 1
        console.print(Text.assemble((title, "bold"), "  ", counts_text(kinds)))
        for change in members:
            _line(console, change)


def _line(console: Console, change: Change, after: str = "") -> None:
    sign, style, _ = MARKS.get(change.operation, ("?", "", ""))
    text = Text.assemble((f"  {sign} {change.type} ", style), (change.name, f"bold {style}"), (after, style))
    if change.loses_data and not after:
        text.append("  LOSES DATA", "bold white on red")
    console.print(text, soft_wrap=True)
    for prop in change.properties:
        for path, old, new in differences(prop.path, prop.old, prop.new):
            line = Text(f"      {path}: ")
            if prop.kind != "add":
                line.append(shown(old), "red")
            if prop.kind == "update":
                line.append(" → ")
            if prop.kind != "delete":
                line.append(shown(new), "green")
            else:
                line.append(" (taken away)", "red")
            if prop.forces_replacement:
                line.append("  forces a replacement", "bold magenta")
            console.print(line, soft_wrap=True)


def _names(changes: Sequence[Change]) -> str:
    return ", ".join(change.name for change in changes)
