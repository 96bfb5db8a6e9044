"""Receipts for people: what would change, what an approval binds, what nobody can know yet, who approved, and what is missing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final

from rich.table import Table
from rich.text import Text

from mlops_infra.cli.views.delta import show_delta
from mlops_infra.promotion.approvals import Approval

if TYPE_CHECKING:
    from rich.console import Console

    from mlops_infra.promotion.approvals import Refused
    from mlops_infra.promotion.approving import Listed, Looked
    from mlops_infra.promotion.receipt import Receipt

_SHOWN: Final = 8
"""Unknown values that are named; `--output json` has them all."""


def show_receipt(console: Console, looked: Looked) -> None:
    """All of it, in the order in which an approver reads: what happens, what they sign for, what stays open, what is missing."""
    found = looked.receipt
    show_delta(console, looked.delta)
    _heading(console, f"receipt {found.short}")
    _line(console, f"{found.kind} asked for by {found.requester} at {_moment(found.requested)}; an approval binds")
    table = Table(box=None, pad_edge=False, show_header=False, padding=(0, 2, 0, 0))
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    for name, told in _bound(found):
        table.add_row(f"  {name}", Text(told))
    console.print(table)
    if found.unknown:
        _heading(
            console, f"not known before the deployment ({len(found.unknown)}): must pass after it, or it goes back"
        )
        for what in found.unknown[:_SHOWN]:
            _line(console, f"  {_unknown(what)}")
        if len(found.unknown) > _SHOWN:
            _line(console, f"  and {len(found.unknown) - _SHOWN} more (`--output json` lists them)", "dim")
    _heading(console, "approvals")
    for entry in looked.approvals:
        _approval(console, entry)
    show_missing(console, looked)


def show_missing(console: Console, looked: Looked) -> None:
    """What a receipt waits for, who could give it, and the next command."""
    if looked.used_by is not None:
        _line(console, f"  used on {looked.used_by}: it lets nothing pass any more", "dim")
        return
    if looked.waits is None:
        _line(console, f"  ? what is missing was not decided: {looked.undecided}", "yellow")
    for sentence in looked.waits or ():
        _line(console, f"  ✗ {sentence}", "red")
    if looked.waits == ():
        _line(console, f"  ✓ no more approvals are needed; next: `{looked.next_command}`", "green")
    elif looked.able:
        able = ", ".join(f"{name} ({', '.join(roles)})" for name, roles in looked.able.items())
        _line(console, f"  who may: {able}")


def show_receipts(console: Console, found: Sequence[Listed]) -> None:
    """A line for each receipt."""
    if not found:
        console.print("no receipts wait")
        return
    table = Table(box=None, header_style="bold", pad_edge=False)
    for title in ("receipt", "to", "what", "release", "asked by", "at (UTC)", "approved by"):
        table.add_column(title, overflow="fold", no_wrap=title not in ("asked by", "approved by"))
    for one in found:
        receipt = one.receipt
        used = (
            Text(f"used on {one.used_by}", style="dim") if one.used_by else Text(", ".join(one.people) or "nobody yet")
        )
        origin = f" from {receipt.source}" if receipt.source else ""
        table.add_row(
            Text(receipt.short, style="cyan"),
            receipt.environment,
            receipt.kind,
            f"{receipt.release[:12]}{origin}",
            Text(receipt.requester),
            _moment(receipt.requested).removesuffix(" UTC"),
            used,
        )
    console.print(table)


def _bound(found: Receipt) -> Iterator[tuple[str, str]]:
    steps = Counter(step.operation for step in found.plan.values())
    yield (
        "plan",
        f"{len(found.plan)} changes: {', '.join(f'{number} {name}' for name, number in sorted(steps.items()))}",
    )
    yield "deployed", f"{len(found.base)} resources as they are"
    yield "configuration", f"{len(found.configuration)} settings"
    yield "release", found.release[:12] + (f", in place of {found.previous[:12]}" if found.previous else "")
    yield "policies", f"{found.policies[:19]}, verdict {found.verdict.get('result', 'unknown')}"
    yield "waivers", ", ".join(key.rpartition(" ")[0] for key in found.waivers) or "none"
    yield "trust files", ", ".join(found.trust) or "none"
    yield "digest", found.digest


def _unknown(what: str) -> str:
    """``URN path`` or ``rule URN fingerprint`` in fewer words."""
    if what.startswith("urn:"):
        urn, _, path = what.rpartition(" ")
        return f"{_resource(urn)}: {path}"
    rule, _, rest = what.partition(" ")
    return f"{rule} on {_resource(rest.rpartition(' ')[0])}"


def _resource(urn: str) -> str:
    parts = urn.split("::")
    return f"{parts[-1]} ({parts[-2].rpartition('$')[2]})" if len(parts) > 2 else urn


def _approval(console: Console, entry: Approval | Refused) -> None:
    if isinstance(entry, Approval):
        said = f": {entry.comment}" if entry.comment else ""
        told = f" {entry.person} ({', '.join(entry.roles)}) on {entry.at:%Y-%m-%d %H:%M} UTC{said}"
        console.print(Text.assemble(("  ✓", "green"), told), soft_wrap=True)
    else:
        who = f" of {entry.who}" if entry.who else ""
        _line(console, f"  – one{who} does not count: {entry.what}", "yellow")


def _moment(text: str) -> str:
    """``2026-11-24T12:00:00Z`` for people."""
    return f"{text[:16].replace('T', ' ')} UTC"


def _heading(console: Console, text: str) -> None:
    console.print()
    console.print(Text(text, style="bold"), soft_wrap=True)


def _line(console: Console, text: str, style: str = "") -> None:
    console.print(Text(text, style=style), soft_wrap=True)
