"""Commands that change an environment or find out what would change: plan, up, destroy, refresh, drift."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.text import Text

from mlops_infra.cli.app import app, command
from mlops_infra.cli.invocation import Invocation
from mlops_infra.errors import ExitCode

if TYPE_CHECKING:
    from mlops_infra.operations.deploy import Doomed, Planned

PANEL = "Environments"
PROMOTION = "Promotion"
"""The panel of help for what moves releases."""
Targets = Annotated[list[str] | None, typer.Option("--target", metavar="URN", help="Only this resource; repeatable.")]
Everything = Annotated[
    bool, typer.Option("--all", help="Look at every part, also where nothing of the stack file changed.")
]


@command(
    app,
    "plan",
    panel=PANEL,
    examples=["plan --env staging", "plan --env staging --all", "--output json plan -e staging"],
)
def plan(invocation: Invocation, target: Targets = None, all_parts: Everything = False) -> None:
    """Show what `up` would change, property by property, and what the policies say of it. Changes nothing.

    Exit code 3 where a policy says no: `up` would stop there.
    """
    from mlops_infra.cli.convert import plan_document  # noqa: PLC0415
    from mlops_infra.cli.views.plan import show_plan  # noqa: PLC0415
    from mlops_infra.operations import deploy  # noqa: PLC0415

    name, root = invocation.environment, invocation.project.root
    with invocation.operation(f"Planning {name}") as context:
        planned = deploy.plan(context, name, everything=all_parts, targets=target or ())
    invocation.output.result(lambda: plan_document(planned, root), lambda console: show_plan(console, planned, root))
    if planned.verdict.result == "fail":
        raise typer.Exit(int(ExitCode.POLICY))


@command(
    app,
    "up",
    panel=PANEL,
    examples=["up --env staging", "up --env staging --yes", "up -e staging --target URN", "up -e staging --all"],
)
def up(invocation: Invocation, target: Targets = None, all_parts: Everything = False) -> None:
    """Make the environment what its stack file says.

    Starts the sandbox where the environment lives in it, shows the diff and asks before it changes anything. Drift of the parts that it
    touches is mended and shown. Where a policy says no to the diff nothing is changed; what is deployed is judged again. Both end with exit
    code 3.
    """
    from mlops_infra.cli.convert import up_document  # noqa: PLC0415
    from mlops_infra.cli.views.plan import show_plan  # noqa: PLC0415
    from mlops_infra.cli.views.tables import show_deployed  # noqa: PLC0415
    from mlops_infra.operations import deploy  # noqa: PLC0415

    name, root = invocation.environment, invocation.project.root
    invocation.must_be_able_to_ask()

    def confirm(planned: Planned) -> bool:
        invocation.show(lambda console: show_plan(console, planned, root))
        going = invocation.confirmed(f"Make these changes to {name}?")
        invocation.now(f"Deploying {name}")
        return going

    with invocation.operation(f"Planning {name}") as context:
        done = deploy.up(context, name, confirm=confirm, everything=all_parts, targets=target or ())
    invocation.output.result(lambda: up_document(done, root), lambda console: show_deployed(console, done, root))


@command(
    app,
    "destroy",
    panel=PANEL,
    examples=["destroy --env dev", "destroy --env dev --yes", "destroy --env dev --include-data"],
)
def destroy(
    invocation: Invocation,
    include_data: Annotated[
        bool, typer.Option("--include-data", help="Delete also what holds data or is protected.")
    ] = False,
) -> None:
    """Delete the environment's resources; what holds data stays unless `--include-data`.

    Says before what would be lost and what stays, and afterwards what AWS only schedules (KMS keys) or keeps (object lock).
    """
    from mlops_infra.cli.convert import destroy_document  # noqa: PLC0415
    from mlops_infra.cli.views.plan import show_doomed  # noqa: PLC0415
    from mlops_infra.cli.views.tables import show_destroyed  # noqa: PLC0415
    from mlops_infra.operations import deploy  # noqa: PLC0415

    name = invocation.environment
    invocation.must_be_able_to_ask()

    def confirm(doomed: Doomed) -> bool:
        invocation.show(lambda console: show_doomed(console, doomed))
        word = name if doomed.lost else "yes"
        going = invocation.confirmed(f"Delete all of this from {name}?", word)
        invocation.now(f"Deleting {name}")
        return going

    with invocation.operation(f"Looking at {name}") as context:
        done = deploy.destroy(context, name, confirm=confirm, include_data=include_data)
    invocation.output.result(lambda: destroy_document(done), lambda console: show_destroyed(console, done))


@command(app, "refresh", panel=PANEL, examples=["refresh --env staging"])
def refresh(invocation: Invocation) -> None:
    """Take what really is into the state, without changing anything in the cloud. (`up` refreshes by itself.)"""
    from mlops_infra.cli.convert import refresh_document  # noqa: PLC0415
    from mlops_infra.cli.views.plan import show_drift  # noqa: PLC0415
    from mlops_infra.operations import deploy  # noqa: PLC0415

    name = invocation.environment
    with invocation.operation(f"Refreshing {name}", changes=True) as context:
        outcome = deploy.refresh(context, name)

    def text(console: Console) -> None:
        show_drift(console, outcome.drift, outcome.graph)
        console.print(Text(f"{name}: {len(outcome.drift)} differences taken into the state"))

    invocation.output.result(lambda: refresh_document(outcome), text)


@command(app, "drift", panel=PANEL, examples=["drift --env staging", "drift --env staging --output json"])
def drift(invocation: Invocation) -> None:
    """Find what was changed or deleted behind our back, in all parts. Exit code 6 where there is something."""
    from mlops_infra.cli.convert import drift_document  # noqa: PLC0415
    from mlops_infra.cli.views.plan import show_drift  # noqa: PLC0415
    from mlops_infra.operations import deploy  # noqa: PLC0415

    name = invocation.environment
    with invocation.operation(f"Comparing {name} with what really is") as context:
        found = deploy.drift(context, name)

    def text(console: Console) -> None:
        show_drift(console, found.drift, found.graph)
        console.print(Text(f"{name}: {len(found.drift)} drifted" if found.drift else f"{name}: no drift"))
        if found.drift:
            invocation.output.note(f"`mlops-infra up --env {name}` mends it")

    invocation.output.result(lambda: drift_document(found), text)
    if found.drift:
        raise typer.Exit(int(ExitCode.DRIFT))
