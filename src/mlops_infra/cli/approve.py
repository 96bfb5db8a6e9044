"""approve, receipt show: what a promotion is about to do, and a person's signature under it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.text import Text

from mlops_infra.cli.app import app, command, group
from mlops_infra.cli.environment import PROMOTION
from mlops_infra.cli.invocation import Invocation
from mlops_infra.errors import UsageError

if TYPE_CHECKING:
    from rich.console import Console

    from mlops_infra.promotion.approving import Looked

receipt = group("receipt", "Receipts: all that an approval of a promotion covers.")
_Name = Annotated[str, typer.Argument(metavar="RECEIPT", help="Its digest or the start of it, as `promote` tells.")]


@command(
    app,
    "approve",
    panel=PROMOTION,
    examples=["approve 3f1c2a9b4d5e --key ~/.ssh/id_ed25519", 'approve 3f1c2a9b4d5e --comment "load test was fine"'],
)
def approve(
    invocation: Invocation,
    name: _Name,
    key: Annotated[
        Path | None,
        typer.Option("--key", metavar="FILE", help="SSH key to sign with; default: the one of --identity."),
    ] = None,
    comment: Annotated[str, typer.Option("--comment", metavar="TEXT", help="Goes into what is signed.")] = "",
) -> None:
    """Approve a promotion: show all that its receipt covers, ask, sign it with your SSH key, and store that for `promote`.

    Never for what you asked for yourself. Whatever differs later from what you saw is refused by name.
    """
    from mlops_infra.cli.approve_documents import approve_document  # noqa: PLC0415
    from mlops_infra.promotion.approving import approve as operation  # noqa: PLC0415
    from mlops_infra.promotion.approving import show as look  # noqa: PLC0415

    invocation.must_be_able_to_ask()
    invocation.take({"identity_file": key})
    used = _key(invocation)
    context = invocation.quiet_context()

    def confirmed(looked: Looked) -> bool:
        invocation.show(lambda console: _show(console, looked))
        return invocation.confirmed(f"Approve the {looked.receipt.kind} of {looked.receipt.environment}?")

    made = operation(context, name, used, environment=invocation.options.env, comment=comment, confirm=confirmed)
    found = look(context, name, invocation.options.env).receipt
    told = f"{made.person} approved receipt {found.short} of {found.environment} as {', '.join(made.roles)}"
    invocation.output.result(
        lambda: approve_document(found.digest, found.environment, made),
        lambda console: console.print(Text(told), soft_wrap=True),
    )


@command(receipt, "show", examples=["receipt show 3f1c2a9b4d5e", "receipt show 3f1c2a9b4d5e --output json"])
def show(invocation: Invocation, name: _Name) -> None:
    """Show a receipt: what would change, what is unknown before the deployment, and which approvals count."""
    from mlops_infra.cli.approve_documents import receipt_document  # noqa: PLC0415
    from mlops_infra.promotion.approving import show as operation  # noqa: PLC0415

    found = operation(invocation.quiet_context(), name, invocation.options.env)
    invocation.output.result(lambda: receipt_document(found), lambda console: _show(console, found))


def _key(invocation: Invocation) -> Path:
    import os  # noqa: PLC0415

    from mlops_infra.identity.actor import Proof  # noqa: PLC0415

    found = Proof.of(os.environ, invocation.options.identity_file).key
    if found is None:
        raise UsageError("which key?", hint="say `--key FILE`, or set MLOPS_INFRA_SSH_KEY")
    return found.expanduser()


def _show(console: Console, looked: Looked) -> None:
    from mlops_infra.cli.views.delta import show_delta  # noqa: PLC0415
    from mlops_infra.promotion.approvals import Approval  # noqa: PLC0415

    found = looked.receipt
    show_delta(console, looked.delta)
    console.print()
    console.print(Text(f"receipt {found.digest}"), soft_wrap=True)
    console.print(Text(f"asked for by {found.requester} at {found.requested}"), soft_wrap=True)
    covered = (
        f"covers {len(found.plan)} changes, {len(found.base)} deployed resources, {len(found.configuration)} settings, "
        f"the policies {found.policies[:19]}, {len(found.waivers)} waivers and {', '.join(found.trust) or 'no trust files'}"
    )
    console.print(Text(covered), soft_wrap=True)
    if found.unknown:
        console.print(
            Text(f"{len(found.unknown)} values are known after the deployment only, and must pass then"), soft_wrap=True
        )
    if looked.used_by is not None:
        console.print(Text(f"used on {looked.used_by}"), soft_wrap=True)
    for entry in looked.approvals:
        if isinstance(entry, Approval):
            said = f": {entry.comment}" if entry.comment else ""
            text = Text(f"approved by {entry.person} ({', '.join(entry.roles)}) at {entry.at:%Y-%m-%d %H:%M} UTC{said}")
        else:
            text = Text(f"an approval does not count: {entry.what}", style="yellow")
        console.print(text, soft_wrap=True)
