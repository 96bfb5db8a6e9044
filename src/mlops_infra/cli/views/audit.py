"""The ledger for people: what verification found, and a line for each entry."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from mlops_infra.audit import Actor, Entry
from mlops_infra.operations.audit import Fetched, Verification
from mlops_infra.operations.erasure import Forgotten

_WORDS = (
    "release",
    "receipt",
    "pseudonym",
    "rule",
    "urn",
    "changes",
    "holder",
    "parts",
    "error",
    "reasons",
    "verdict",
    "verdict_after",
)
_SHORT = 12


def show_verification(console: Console, found: Verification) -> None:
    """What `audit verify` found."""
    verified, fault = found.verified, found.verified.fault
    if fault is None:
        console.print(Text.assemble(("✓ ", "green"), (found.environment, "bold"), f": {_intact(verified.entries)}"))
    else:
        console.print(
            Text.assemble(("✗ ", "red"), (found.environment, "bold"), ": ", (fault.tampering, "red"), f": {fault.what}")
        )
        console.print(Text(f"  {_intact(verified.entries, ' before it')}", style="dim"))
    if found.may_be_behind:
        told = (
            f"  this machine may only be behind: `mlops-infra audit fetch --env {found.environment}`, then verify again"
        )
        console.print(Text(told, style="dim"), soft_wrap=True)
    for seen in found.checkpoints:
        point = seen.stored.signed.checkpoint
        by = f"signed by {seen.signer.principal}" if seen.signer else "not signed"
        console.print(Text(f"  checkpoint of {point.time}: {point.count} entries, {by}", style="dim"), soft_wrap=True)
    if fault is None and not found.checkpoints:
        told = "  without a checkpoint nobody can tell whether its end was cut off, or all of it written anew"
        console.print(Text(told, style="dim"), soft_wrap=True)


def _intact(entries: int, where: str = "") -> str:
    return f"1 entry{where} is intact" if entries == 1 else f"{entries} entries{where} are intact"


def show_forgotten(console: Console, done: Forgotten) -> None:
    """What `audit forget` did, and what is left to do."""
    where = ", ".join(done.environments)
    console.print(
        Text.assemble(("✓ ", "green"), (done.pseudonym, "bold"), f" is nobody's any more; recorded in {where}"),
        soft_wrap=True,
    )
    for told in (
        "another machine that wrote for this project has a list of its own: run it there, too",
        "stacks/access.yaml, receipts, releases and git name people by themselves (docs/audit.md)",
    ):
        console.print(Text(f"  {told}", style="dim"), soft_wrap=True)


def show_fetched(console: Console, found: Fetched) -> None:
    """What `audit fetch` brought."""
    told = (
        f"{found.environment}: {found.entries} entries, {found.new} of them new here, from {found.where}"
        if found.where
        else f"{found.environment}: {found.entries} entries; this machine keeps the ledger itself, and there is nothing to fetch"
    )
    console.print(Text(told), soft_wrap=True)


def show_log(console: Console, entries: Sequence[Entry]) -> None:
    """Each entry, oldest first, with what it is about below what happened."""
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column("entry", justify="right")
    table.add_column("time (UTC)", no_wrap=True)
    table.add_column("who", overflow="fold")
    table.add_column("what", overflow="fold", ratio=1)
    for entry in entries:
        told = _about(entry.data)
        what = Text.assemble(_what(entry), "\n", told) if told else _what(entry)
        table.add_row(str(entry.seq), entry.time[:19].replace("T", " "), _who(entry.actor), what)
    console.print(table)


def _who(actor: Actor) -> Text:
    if actor.identity:
        return Text(actor.identity, style="cyan")
    return Text.assemble(f"{actor.user}@{actor.host}", (" unverified", "dim"))


def _what(entry: Entry) -> Text:
    operation, result = str(entry.data.get("operation", "")), entry.data.get("result")
    style = {"succeeded": "green", "failed": "red", "interrupted": "yellow", "unknown": "yellow"}.get(str(result), "")
    kind = Text(entry.kind, style="red" if entry.kind == "denied" else "dim")
    return Text.assemble(kind, " ", operation, (f" {result}" if result else "", style))


def _about(data: dict[str, Any] | Any) -> Text:
    return Text("; ".join(f"{key}: {_shown(data[key])}" for key in _WORDS if data.get(key)), style="dim")


def _shown(value: Any) -> str:
    if isinstance(value, dict):
        return str(value.get("what") or ", ".join(f"{key} {item}" for key, item in value.items()))
    if isinstance(value, list):
        return ", ".join(map(str, value))
    text = str(value)
    return text[:_SHORT] if len(text) == 64 else text
