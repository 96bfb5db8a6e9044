"""release create, list, show, diff, hold, unhold, reject: the immutable sets of versions that move between environments."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Final, Literal

import typer
from rich.table import Table
from rich.text import Text

from mlops_infra.cli.app import command, group
from mlops_infra.cli.environment import PROMOTION
from mlops_infra.cli.invocation import Invocation

if TYPE_CHECKING:
    from rich.console import Console

    from mlops_infra.promotion.release import Difference
    from mlops_infra.promotion.releases import Kept

release = group("release", "Releases: the immutable sets of versions that move between environments.", PROMOTION)

_STYLES: Final = {"ready": "green", "held": "yellow", "rejected": "red"}
Named = Annotated[str, typer.Argument(metavar="RELEASE", help="Its id, or the start of it.")]
Reason = Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why; it is kept with the release.")]


@command(release, "create", examples=["release create --env staging"])
def create(invocation: Invocation) -> None:
    """Make a release of what an environment's stack file says. The same content is the same release."""
    from mlops_infra.promotion import catalogue  # noqa: PLC0415

    _result(invocation, catalogue.create(invocation.quiet_context(), invocation.environment))


@command(release, "list", examples=["release list", "release list --output json"])
def listing(invocation: Invocation) -> None:
    """List all releases, newest first."""
    from mlops_infra.cli.release_documents import releases_document  # noqa: PLC0415
    from mlops_infra.promotion import catalogue  # noqa: PLC0415

    found = catalogue.listing(invocation.quiet_context())
    invocation.output.result(lambda: releases_document(found), lambda console: _show_all(console, found))


@command(release, "show", examples=["release show 3f9a12bc04de"])
def show(invocation: Invocation, name: Named) -> None:
    """Show what a release says and what became of it."""
    from mlops_infra.promotion import catalogue  # noqa: PLC0415

    _result(invocation, catalogue.show(invocation.quiet_context(), name), whole=True)


@command(release, "diff", examples=["release diff 3f9a12bc04de 81c0aa2f9e11"])
def diff(
    invocation: Invocation,
    old: Annotated[str, typer.Argument(metavar="OLD", help="A release.")],
    new: Annotated[str, typer.Argument(metavar="NEW", help="Another one.")],
) -> None:
    """Show what two releases say differently."""
    from mlops_infra.cli.release_documents import diff_document  # noqa: PLC0415
    from mlops_infra.promotion import catalogue  # noqa: PLC0415

    found = catalogue.diff(invocation.quiet_context(), old, new)
    invocation.output.result(lambda: diff_document(old, new, found), lambda console: _show_differences(console, found))


@command(release, "hold", examples=['release hold 3f9a12bc04de --reason "waits for the legal review"'])
def hold(invocation: Invocation, name: Named, reason: Reason) -> None:
    """Keep a release from being promoted until `release unhold`."""
    _judge(invocation, "hold", name, reason)


@command(release, "unhold", examples=['release unhold 3f9a12bc04de --reason "reviewed, LEGAL-31"'])
def unhold(invocation: Invocation, name: Named, reason: Reason) -> None:
    """Let a held release go."""
    _judge(invocation, "unhold", name, reason)


@command(release, "reject", examples=['release reject 3f9a12bc04de --reason "accuracy fell in staging"'])
def reject(invocation: Invocation, name: Named, reason: Reason) -> None:
    """Reject a release for good: it can never be promoted again."""
    _judge(invocation, "reject", name, reason)


def _judge(invocation: Invocation, word: Literal["hold", "unhold", "reject"], name: str, reason: str) -> None:
    from mlops_infra.promotion import catalogue  # noqa: PLC0415

    environment = invocation.environment if invocation.options.env else None
    _result(invocation, catalogue.judge(invocation.quiet_context(), word, name, reason, environment))


def _result(invocation: Invocation, kept: Kept, *, whole: bool = False) -> None:
    from mlops_infra.cli.release_documents import release_document  # noqa: PLC0415

    def text(console: Console) -> None:
        _show_events(console, kept)
        if whole:
            _show_content(console, kept)

    invocation.output.result(lambda: release_document(kept), text)


# How it looks


def _show_events(console: Console, kept: Kept) -> None:
    console.print(Text.assemble(("release ", "bold"), (kept.release.short, "bold cyan"), "  ", _standing(kept)))
    for event in kept.events:
        where = f" from {event.environment}" if event.environment else ""
        why = f": {event.reason}" if event.reason else ""
        console.print(Text(f"{event.event}{where} by {event.by} at {event.at}{why}"), soft_wrap=True)


def _show_content(console: Console, kept: Kept) -> None:
    from mlops_infra.promotion.release import flat  # noqa: PLC0415

    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for key, value in flat(kept.release).items():
        table.add_row(key, Text("not pinned", style="dim") if value is None else Text(value))
    console.print(table)


def _show_all(console: Console, found: Sequence[Kept]) -> None:
    if not found:
        console.print("no releases")
        return
    table = Table("release", "standing", "made", "from", "by", "reason", box=None, pad_edge=False)
    for kept in found:
        made = kept.created
        table.add_row(
            Text(kept.release.short, style="cyan"),
            _standing(kept),
            made.at if made else "",
            (made.environment or "") if made else "",
            made.by if made else "",
            Text(kept.reason or ""),
        )
    console.print(table)


def _show_differences(console: Console, found: Sequence[Difference]) -> None:
    if not found:
        console.print("the two releases say the same")
        return
    table = Table("key", box=None, pad_edge=False)
    table.add_column("old", overflow="fold")
    table.add_column("new", overflow="fold")
    for one in found:
        table.add_row(one.key, Text(one.old or "-", style="red"), Text(one.new or "-", style="green"))
    console.print(table)


def _standing(kept: Kept) -> Text:
    return Text(kept.standing, style=_STYLES[kept.standing])
