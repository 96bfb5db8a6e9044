"""approve, receipt list, receipt show: what a promotion is about to do, and a person's signature under it."""

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

receipt = group("receipt", "Receipts: all that an approval of a promotion covers.", PROMOTION)
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
    from mlops_infra.cli.views.receipt import show_missing, show_receipt  # noqa: PLC0415
    from mlops_infra.promotion.approving import approve as operation  # noqa: PLC0415

    invocation.must_be_able_to_ask()
    invocation.take({"identity_file": key})
    used = _key(invocation)
    context = invocation.quiet_context()

    def confirmed(looked: Looked) -> bool:
        invocation.show(lambda console: show_receipt(console, looked))
        return invocation.confirmed(f"Approve the {looked.receipt.kind} of {looked.receipt.environment}?")

    made, looked = operation(
        context, name, used, environment=invocation.options.env, comment=comment, confirm=confirmed
    )

    def text(console: Console) -> None:
        found = looked.receipt
        told = f" {made.person} approved receipt {found.short} of {found.environment} as {', '.join(made.roles)}"
        console.print(Text.assemble(("✓", "green"), told), soft_wrap=True)
        show_missing(console, looked)

    invocation.output.result(lambda: approve_document(made, looked), text)


@command(receipt, "list", examples=["receipt list", "receipt list --env prod --all"])
def listing(
    invocation: Invocation,
    everything: Annotated[bool, typer.Option("--all", help="Also those that were used.")] = False,
) -> None:
    """List the receipts that wait, newest first, and who approved them."""
    from mlops_infra.cli.approve_documents import receipts_document  # noqa: PLC0415
    from mlops_infra.cli.views.receipt import show_receipts  # noqa: PLC0415
    from mlops_infra.promotion.approving import listing as operation  # noqa: PLC0415

    names = [invocation.environment] if invocation.options.env else invocation.project.environments()
    found = operation(invocation.quiet_context(), names, used=everything)
    invocation.output.result(lambda: receipts_document(found), lambda console: show_receipts(console, found))


@command(receipt, "show", examples=["receipt show 3f1c2a9b4d5e", "receipt show 3f1c2a9b4d5e --output json"])
def show(invocation: Invocation, name: _Name) -> None:
    """Show a receipt: what would change, what an approval binds, what is unknown before the deployment, and who must still approve."""
    from mlops_infra.cli.approve_documents import receipt_document  # noqa: PLC0415
    from mlops_infra.cli.views.receipt import show_receipt  # noqa: PLC0415
    from mlops_infra.promotion.approving import show as operation  # noqa: PLC0415

    found = operation(invocation.quiet_context(), name, invocation.options.env)
    invocation.output.result(lambda: receipt_document(found), lambda console: show_receipt(console, found))


def _key(invocation: Invocation) -> Path:
    import os  # noqa: PLC0415

    from mlops_infra.identity.actor import Proof  # noqa: PLC0415

    found = Proof.of(os.environ, invocation.options.identity_file).key
    if found is None:
        raise UsageError("which key?", hint="say `--key FILE`, or set MLOPS_INFRA_SSH_KEY")
    return found.expanduser()
