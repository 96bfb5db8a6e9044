"""history: what was done to an environment, from its ledger."""

from __future__ import annotations

from typing import Annotated

import typer

from mlops_infra.cli.app import app, command
from mlops_infra.cli.environment import PROMOTION
from mlops_infra.cli.invocation import Invocation


@command(app, "history", panel=PROMOTION, examples=["history --env prod", "history --env prod --last 5 --output json"])
def history(
    invocation: Invocation,
    last: Annotated[int, typer.Option("--last", metavar="N", min=1, help="How many entries, newest first.")] = 20,
) -> None:
    """Show what was done to an environment, by whom, and how it ended."""
    from mlops_infra.cli.promote_documents import history_document  # noqa: PLC0415
    from mlops_infra.cli.views.promotion import show_history  # noqa: PLC0415
    from mlops_infra.promotion import status  # noqa: PLC0415

    name = invocation.environment
    found = status.history(invocation.quiet_context(), name, last)
    invocation.output.result(lambda: history_document(name, found), lambda console: show_history(console, name, found))
