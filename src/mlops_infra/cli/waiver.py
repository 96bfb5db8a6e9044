"""waiver add, list, renew: expiring, reasoned exceptions from single rules."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated

import typer
from rich.text import Text

from mlops_infra.cli.app import command, group
from mlops_infra.cli.invocation import Invocation
from mlops_infra.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from rich.console import Console

    from mlops_infra.governance.waivers import Entry

_FORM = "docs/policies.md tells what a waiver needs"

waiver = group("waiver", "Expiring, reasoned exceptions from single rules.")


@command(waiver, "list", examples=["waiver list"])
def listing(invocation: Invocation) -> None:
    """List the waivers, and say of each whether it holds today."""
    from mlops_infra.cli.policy_documents import waivers_document  # noqa: PLC0415
    from mlops_infra.operations import policies  # noqa: PLC0415

    context = invocation.quiet_context()
    found = policies.waivers(context)
    today = policies.today(context)
    invocation.output.result(lambda: waivers_document(found), lambda console: _show(console, found, today))


@command(
    waiver,
    "add",
    examples=[
        "waiver add --env staging --rule MLI-RESILIENCE-001 --type aws:rds/instance:Instance --name mlflow"
        ' --reason "moves next sprint" --owner a@example.org --approver b@example.org --ticket SEC-1 --expires 2026-12-01'
    ],
)
def add(
    invocation: Invocation,
    rule: Annotated[str, typer.Option("--rule", metavar="RULE", help="The rule's id.")],
    kind: Annotated[str, typer.Option("--type", metavar="TYPE", help="The resource's type, exactly.")],
    name: Annotated[str, typer.Option("--name", metavar="NAME", help="The resource's name; may end with *.")],
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why the exception is right.")],
    owner: Annotated[str, typer.Option("--owner", metavar="EMAIL", help="Who answers for ending it.")],
    approver: Annotated[str, typer.Option("--approver", metavar="EMAIL", help="Who allowed it; not the owner.")],
    ticket: Annotated[str, typer.Option("--ticket", metavar="TEXT", help="Where it was discussed.")],
    expires: Annotated[datetime, typer.Option("--expires", formats=["%Y-%m-%d"], metavar="DAY", help="Its last day.")],
) -> None:
    """Add a waiver for one environment to `stacks/waivers.yaml`. It is checked first."""
    from pydantic import ValidationError  # noqa: PLC0415

    from mlops_infra.governance.waivers import Waiver, malformed  # noqa: PLC0415
    from mlops_infra.operations import policies  # noqa: PLC0415

    context = invocation.quiet_context()
    try:
        made = Waiver.model_validate(
            {
                "rule": rule,
                "resource": {"type": kind, "name": name},
                "environments": [invocation.environment],
                "reason": reason,
                "owner": owner,
                "approver": approver,
                "ticket": ticket,
                "granted": policies.today(context),
                "expires": expires.date(),
            }
        )
    except ValidationError as error:
        raise UsageError(f"this waiver is malformed: {malformed(error)}", hint=_FORM) from None
    _done(invocation, policies.add_waiver(context, made), f"waived {rule} until {made.expires}")


@command(waiver, "renew", examples=["waiver renew 1 --approver b@example.org --expires 2026-12-20"])
def renew(
    invocation: Invocation,
    number: Annotated[int, typer.Argument(metavar="NUMBER", help="As `waiver list` counts.")],
    approver: Annotated[str, typer.Option("--approver", metavar="EMAIL", help="Who allowed the new term.")],
    expires: Annotated[datetime, typer.Option("--expires", formats=["%Y-%m-%d"], metavar="DAY", help="Its last day.")],
) -> None:
    """Give a waiver a new term that begins today. It is checked first."""
    from mlops_infra.operations import policies  # noqa: PLC0415

    last: date = expires.date()
    file = policies.renew_waiver(invocation.quiet_context(), number, last, approver)
    _done(invocation, file, f"renewed waiver {number} until {last}")


def _done(invocation: Invocation, file: Path, what: str) -> None:
    from mlops_infra.cli.documents import DoneDocument  # noqa: PLC0415
    from mlops_infra.cli.views.live import near  # noqa: PLC0415

    told = f"{what} in {near(file)}"
    invocation.output.result(lambda: DoneDocument(done=told), lambda console: console.print(Text(told), soft_wrap=True))


def _show(console: Console, found: Sequence[tuple[Entry, str | None]], today: date) -> None:
    from rich.table import Table  # noqa: PLC0415

    from mlops_infra.governance.verdict import many  # noqa: PLC0415
    from mlops_infra.governance.waivers import SOON_DAYS  # noqa: PLC0415

    if not found:
        console.print("no waivers")
        return
    table = Table("", "rule", "resource", "environments", "until", "ticket", "holds", box=None, pad_edge=False)
    for entry, wrong in found:
        given = entry.waiver
        left = (given.expires - today).days if given else 0
        holds = Text(f"yes, {many(left, 'more day')}", style="yellow" if left <= SOON_DAYS else "green")
        table.add_row(
            str(entry.number + 1),
            entry.rule,
            f"{given.resource.type} {given.resource.name}" if given else entry.place,
            ", ".join(given.environments) if given else "",
            str(given.expires) if given else "",
            given.ticket if given else "",
            Text(f"no: {wrong}", style="red") if wrong else holds,
        )
    console.print(table)
