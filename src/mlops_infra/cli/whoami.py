"""whoami: who the tool takes you for, and what you may do."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.text import Text

from mlops_infra.cli.app import app, command
from mlops_infra.cli.environment import PANEL
from mlops_infra.cli.invocation import Invocation

if TYPE_CHECKING:
    from rich.console import Console

    from mlops_infra.operations.whoami import Standing


@command(
    app,
    "whoami",
    panel=PANEL,
    examples=["whoami", "whoami --env prod --identity ~/.ssh/id_ed25519", "whoami --output json"],
)
def whoami(invocation: Invocation) -> None:
    """Show who the tool takes you for, how it knows, and what you may do in one environment or in all."""
    from mlops_infra.cli.whoami_documents import whoami_document  # noqa: PLC0415
    from mlops_infra.operations.whoami import whoami as operation  # noqa: PLC0415

    names = [invocation.environment] if invocation.options.env else invocation.project.environments()
    found = operation(invocation.quiet_context(), tuple(names))
    invocation.output.result(lambda: whoami_document(found), lambda console: _show(console, found))


def _show(console: Console, found: Sequence[Standing]) -> None:
    from rich.table import Table  # noqa: PLC0415

    identity = found[0].identity
    if identity.verified:
        by = f"the SSH key {identity.fingerprint}" if identity.how == "ssh" else "the token of a CI job"
        console.print(Text(f"{identity.name}, proved by {by}"), soft_wrap=True)
    else:
        console.print(Text("the user of this machine, unauthenticated"), soft_wrap=True)
    console.print()
    table = Table("environment", "target", "roles", "may", box=None, pad_edge=False)
    alike: dict[tuple[str, tuple[str, ...], tuple[str, ...]], list[str]] = {}
    for item in found:
        alike.setdefault((item.target, tuple(item.roles), tuple(item.may)), []).append(item.environment)
    for (target, roles, may), environments in alike.items():
        table.add_row(", ".join(environments), target, ", ".join(roles) or "none", ", ".join(may) or "nothing")
    console.print(table)
