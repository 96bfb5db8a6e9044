"""Commands that look at environments: status, outputs, graph; and unlock."""

from __future__ import annotations

from typing import Annotated, Literal

import typer
from rich.text import Text

from mlops_infra.cli.app import app, command
from mlops_infra.cli.environment import PANEL
from mlops_infra.cli.invocation import Invocation


@command(app, "status", panel=PANEL, examples=["status", "status --env staging", "status --pipeline"])
def status(
    invocation: Invocation,
    pipeline: Annotated[
        bool, typer.Option("--pipeline", help="Which release runs where, and what each environment waits for.")
    ] = False,
) -> None:
    """Show how one environment stands, or all of them on one screen."""
    if pipeline:
        _pipeline(invocation)
        return
    from mlops_infra.cli.convert import status_document  # noqa: PLC0415
    from mlops_infra.cli.views.tables import show_status  # noqa: PLC0415
    from mlops_infra.operations import look  # noqa: PLC0415

    names = [invocation.environment] if invocation.options.env else invocation.project.environments()
    found = look.status(invocation.quiet_context(), names)
    invocation.output.result(lambda: status_document(found), lambda console: show_status(console, found))


def _pipeline(invocation: Invocation) -> None:
    from mlops_infra.cli.promote_documents import pipeline_document  # noqa: PLC0415
    from mlops_infra.cli.views.promotion import show_pipeline  # noqa: PLC0415
    from mlops_infra.promotion import status as standing  # noqa: PLC0415

    found = standing.pipeline_status(invocation.quiet_context())
    invocation.output.result(lambda: pipeline_document(found), lambda console: show_pipeline(console, found))


@command(app, "outputs", panel=PANEL, examples=["outputs --env staging", "outputs --env staging --output json"])
def outputs(invocation: Invocation) -> None:
    """Show the outputs of the deployed environment; secrets are not shown."""
    from mlops_infra.cli.convert import outputs_document  # noqa: PLC0415
    from mlops_infra.cli.views.tables import show_outputs  # noqa: PLC0415
    from mlops_infra.operations import look  # noqa: PLC0415

    name = invocation.environment
    found = look.outputs(invocation.quiet_context(), name)
    invocation.output.result(lambda: outputs_document(name, found), lambda console: show_outputs(console, found))


@command(
    app,
    "graph",
    panel=PANEL,
    examples=["graph --env staging", "graph --env staging --format json", "graph --env staging --deployed"],
)
def graph(
    invocation: Invocation,
    deployed: Annotated[
        bool, typer.Option("--deployed", help="What is deployed, not what the stack file asks for.")
    ] = False,
    form: Annotated[
        Literal["text", "json"] | None, typer.Option("--format", help="A tree, or one JSON document.")
    ] = None,
) -> None:
    """Show every resource: URN, type, inputs, edges, and the place in the stack files that it comes from.

    Needs no cloud, no credentials and no running sandbox.
    """
    from mlops_infra.cli.convert import graph_document  # noqa: PLC0415
    from mlops_infra.cli.views.tables import show_graph  # noqa: PLC0415
    from mlops_infra.operations import look  # noqa: PLC0415

    if form:
        invocation.take({"output": form})
    name = invocation.environment
    source: Literal["wanted", "deployed"] = "deployed" if deployed else "wanted"
    found = look.graph(invocation.quiet_context(), name, source)
    invocation.output.result(lambda: graph_document(found, source), lambda console: show_graph(console, found))


@command(app, "unlock", panel=PANEL, examples=["unlock --env staging"])
def unlock(invocation: Invocation) -> None:
    """Take an environment's lock, and the engine's, from their holders. Only when their operations surely no longer run."""
    from mlops_infra.cli.documents import UnlockDocument  # noqa: PLC0415
    from mlops_infra.operations import unlock as operation  # noqa: PLC0415
    from mlops_infra.operations.deploy import DeclinedError  # noqa: PLC0415

    name = invocation.environment
    context = invocation.quiet_context()
    invocation.must_be_able_to_ask()
    if not invocation.options.yes:
        holder = operation.holder_of(context, name)
        held = f"is locked by {holder}" if holder else "is not locked by mlops-infra, at most by an engine"
        invocation.output.note(f"{name} {held}")
        if not invocation.confirmed("Take the lock away?"):
            raise DeclinedError("unlock")
    before = operation.unlock(context, name)
    invocation.output.result(
        lambda: UnlockDocument(environment=name, holder=str(before) if before else None),
        lambda console: console.print(
            Text(f"{name}: the lock of {before} was taken away" if before else f"{name} was not locked"), soft_wrap=True
        ),
    )
