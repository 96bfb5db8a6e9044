"""Summaries and tables: after `up`, `status`, `doctor`, `sandbox status`, `graph`, outputs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text
from rich.tree import Tree

from mlops_infra.cli.views.live import elapsed, near
from mlops_infra.cli.views.plan import DONE_WORDS, counts_text, show_drift, show_recorded_only, show_urns
from mlops_infra.cli.views.policies import show_verdict
from mlops_infra.cli.views.values import shown
from mlops_infra.graph import Graph, Secret
from mlops_infra.operations.deploy import Deployed, Destroyed
from mlops_infra.operations.look import EnvironmentStatus

_ENDPOINT_WORDS = ("endpoint", "url", "address")


def show_deployed(console: Console, done: Deployed, root: Path) -> None:
    """The summary after `up`. `root` is the project's root."""
    outcome = done.outcome
    name = outcome.environment
    if outcome.drift:
        console.print(Text("mended, because it was changed behind our back:", style="yellow"))
        show_drift(console, outcome.drift, outcome.graph)
    head = Text.assemble(("✓ ", "green"), (name, "bold"), " is up on ", done.target, ": ")
    head.append(counts_text(outcome.counts(), DONE_WORDS))
    if done.applied:
        head.append(f" in {elapsed(outcome.seconds)}", "dim")
    console.print(head)
    console.print(Text(f"{len(outcome.graph)} resources in all", style="dim"))
    for key, value in _endpoints(outcome.outputs):
        console.print(Text.assemble(("  ", ""), (key, "cyan"), "  ", str(value)), soft_wrap=True)
    show_recorded_only(console, outcome.recorded_only)
    show_verdict(console, done.verdict, root)
    console.print(Text("next:", style="bold"))
    for line, about in _next_commands(name, done.target):
        console.print(Text.assemble("  ", (line, "cyan"), (f"  {about}", "dim")), soft_wrap=True)


def _endpoints(outputs: Mapping[str, Any]) -> list[tuple[str, Any]]:
    return [
        (key, value)
        for key, value in outputs.items()
        if isinstance(value, str) and any(word in key.lower() for word in _ENDPOINT_WORDS)
    ]


def _next_commands(name: str, target: str) -> list[tuple[str, str]]:
    found = [
        (f"mlops-infra status --env {name}", "how it stands"),
        (f"mlops-infra drift --env {name}", "whether somebody changed it"),
        (f"mlops-infra outputs --env {name}", "all outputs"),
    ]
    if target == "sandbox":
        found.insert(0, (f'eval "$(mlops-infra sandbox env --env {name})"', "then kubectl and aws work against it"))
    return found


def show_destroyed(console: Console, done: Destroyed) -> None:
    """The summary after `destroy`."""
    outcome = done.outcome
    if not done.applied:
        console.print(Text(f"{outcome.environment}: nothing to delete"))
    else:
        deleted = sum(change.operation == "delete" for change in outcome.changes)
        console.print(
            Text.assemble(
                ("✓ ", "green"),
                (outcome.environment, "bold"),
                f": {deleted} deleted in {elapsed(outcome.seconds)}, {len(outcome.kept)} kept",
            )
        )
    show_urns(console, "kept, because it holds data or is protected", outcome.kept, "yellow")
    if done.applied:
        show_urns(console, "scheduled for deletion by AWS after 7 to 30 days", done.doomed.schedules, "yellow")
        show_urns(console, "object lock keeps their objects until the retention ends", done.doomed.locked, "yellow")


def show_outputs(console: Console, outputs: Mapping[str, Any]) -> None:
    """One line per output."""
    for key, value in sorted(outputs.items()):
        text = value if isinstance(value, str) else "[secret]" if isinstance(value, Secret) else shown(value, 10_000)
        console.print(Text.assemble((key, "cyan"), "  ", text), soft_wrap=True)


def show_status(console: Console, found: Sequence[EnvironmentStatus]) -> None:
    """One environment in full, or all of them as a table."""
    if len(found) == 1:
        _show_one(console, found[0])
        return
    table = Table(box=None, header_style="bold", pad_edge=False)
    for title in ("environment", "target", "resources", "last operation", "when", "by", "drift", "sandbox", "notes"):
        table.add_column(title, overflow="fold")
    for item in found:
        table.add_row(
            item.environment,
            item.target,
            "" if item.resources is None else str(item.total),
            _last(item),
            _when(item.last.time) if item.last else "",
            item.last.by if item.last else "",
            _drift(item),
            item.sandbox,
            "; ".join(_notes(item)),
        )
    console.print(table)


def _show_one(console: Console, item: EnvironmentStatus) -> None:
    rows = [
        ("environment", item.environment),
        ("target", f"{item.target} ({item.providers} providers)" if item.target else ""),
        ("last operation", f"{_last(item)}, {_when(item.last.time)}, by {item.last.by}" if item.last else "none yet"),
        ("resources", f"{item.total}" if item.resources is not None else "nothing is deployed"),
        *((f"  {part}", str(number)) for part, number in (item.resources or {}).items()),
        ("drift", _drift(item)),
        ("sandbox", item.sandbox),
        *(("recorded only", kind) for kind in item.recorded_only),
        *(("not restored", lost) for lost in item.lost),
        ("locked by", item.locked_by or "nobody"),
        *([("problem", item.problem)] if item.problem else []),
    ]
    width = max(len(key) for key, _ in rows)
    for key, value in rows:
        if value:
            console.print(Text.assemble((key.ljust(width), "bold"), "  ", value), soft_wrap=True)


def _last(item: EnvironmentStatus) -> str:
    return f"{item.last.operation} {item.last.result}" if item.last else "none yet"


def _drift(item: EnvironmentStatus) -> str:
    if item.drifted is None:
        return "not looked at since" if item.last else ""
    return f"{item.drifted} drifted" if item.drifted else "none"


def _notes(item: EnvironmentStatus) -> list[str]:
    notes = []
    if item.problem:
        notes.append(item.problem)
    if item.locked_by:
        notes.append(f"locked by {item.locked_by}")
    if item.recorded_only:
        notes.append(f"{len(item.recorded_only)} types recorded only: {', '.join(item.recorded_only)}")
    notes.extend(item.lost)
    return notes


def _when(time: str) -> str:
    return time[:19].replace("T", " ") + " UTC"


def show_doctor(console: Console, found: Sequence[Any]) -> None:
    """What was found where."""
    table = Table(box=None, header_style="bold", pad_edge=False)
    for title in ("program", "wanted", "version", "verdict", "found", "how to mend"):
        table.add_column(title, overflow="fold")
    for item in found:
        style = "green" if item.verdict == "ok" else "dim" if item.optional else "red"
        verdict = f"{item.verdict} (optional)" if item.optional and item.verdict != "ok" else item.verdict
        where = f"{near(item.found.path)} ({item.found.source})" if item.found else ""
        version = item.found.version if item.found else ""
        table.add_row(item.name, item.wanted, version, Text(verdict, style=style), where, item.hint)
    console.print(table)


def show_sandbox(console: Console, found: Sequence[Any]) -> None:
    """Every process of the embedded cloud."""
    if not found:
        console.print("no sandbox was started in this project")
        return
    table = Table(box=None, header_style="bold", pad_edge=False)
    for title in ("environment", "process", "health", "pid", "port", "memory", "since", "log"):
        table.add_column(title, overflow="fold")
    for item in found:
        for process in item.processes:
            health = "running" if process.healthy else "not healthy" if process.pid else "stopped"
            table.add_row(
                item.environment,
                process.name,
                Text(health, style="green" if process.healthy else "red" if process.pid else "dim"),
                _optional(process.pid),
                _optional(process.port),
                f"{process.memory / 2**20:.0f} MiB" if process.memory else "",
                f"{datetime.fromtimestamp(process.since, UTC):%Y-%m-%d %H:%M:%S} UTC" if process.since else "",
                near(process.log),
            )
    console.print(table)
    for item in found:
        for lost in item.lost:
            console.print(Text(f"{item.environment}: not restored: {lost}", style="yellow"), soft_wrap=True)


def _optional(value: int | None) -> str:
    return "" if value is None else str(value)


def show_graph(console: Console, graph: Graph) -> None:
    """The graph as a tree of components, each resource with the place in the stack files that caused it."""
    root = Tree(Text(f"{graph.environment}: {len(graph)} resources", style="bold"), guide_style="dim")
    nodes: dict[str, Tree] = {}
    parts: dict[str, Tree] = {}

    def node(urn: str) -> Tree:
        if urn not in nodes:
            resource = graph[urn]
            above = node(str(resource.parent)) if resource.parent in graph.resources else parts[resource.part]
            origin = f"  {resource.origin}" if resource.origin else ""
            label = Text.assemble((resource.type, "dim"), " ", (resource.name, "cyan"), (origin, "dim"))
            nodes[urn] = above.add(label)
        return nodes[urn]

    for resource in graph:
        if resource.part not in parts:
            parts[resource.part] = root.add(Text(resource.part, style="bold"))
        node(resource.urn)
    console.print(root, soft_wrap=True)
