"""state backup, restore, move, unprotect, import: mending the state by hand."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mlops_infra.cli.app import command, group
from mlops_infra.cli.invocation import Invocation

state = group("state", "Copies of the state, and edits of it resource by resource.")
Urn = Annotated[str, typer.Argument(metavar="URN", help="The resource; `graph --format json` lists URNs.")]


@command(state, "backup", examples=["state backup --env staging", "state backup --env staging --to staging.json"])
def backup(
    invocation: Invocation,
    to: Annotated[Path | None, typer.Option("--to", metavar="FILE", help="A new file.", dir_okay=False)] = None,
) -> None:
    """Write the state of all parts to a file. Secrets in it stay encrypted."""
    from mlops_infra.cli.documents import BackupDocument  # noqa: PLC0415
    from mlops_infra.operations import state as operation  # noqa: PLC0415

    name = invocation.environment
    with invocation.operation(f"Copying the state of {name}") as context:
        file = operation.backup(context, name, to)
    invocation.output.result(
        lambda: BackupDocument(environment=name, file=str(file)), lambda console: console.out(str(file))
    )


@command(state, "restore", examples=["state restore staging.json --env staging"])
def restore(
    invocation: Invocation, file: Annotated[Path, typer.Argument(metavar="FILE", help="What `state backup` wrote.")]
) -> None:
    """Put a backup in place of the state. Nothing in the cloud changes."""
    from mlops_infra.cli.documents import RestoreDocument  # noqa: PLC0415
    from mlops_infra.operations import state as operation  # noqa: PLC0415

    name = invocation.environment
    _sure(invocation, f"Replace the state of {name} with {file}?")
    with invocation.operation(f"Restoring the state of {name}") as context:
        parts = operation.restore(context, name, file)
    invocation.output.result(
        lambda: RestoreDocument(environment=name, parts=list(parts)),
        lambda console: console.out(f"restored: {', '.join(parts)}"),
    )
    invocation.output.note(f"next: `mlops-infra drift --env {name}` compares it with what really is")


@command(
    state,
    "unprotect",
    examples=["state unprotect URN --env staging", "state unprotect URN_OF_A_COMPONENT --recursive --env staging"],
)
def unprotect(
    invocation: Invocation,
    urn: Urn,
    recursive: Annotated[
        bool, typer.Option("--recursive", help="And everything protected that it contains: of a team, its component.")
    ] = False,
) -> None:
    """Let the engine delete or replace a protected resource."""
    from mlops_infra.operations import state as operation  # noqa: PLC0415

    name = invocation.environment
    _sure(invocation, f"Take the protection from {urn}{' and everything in it' if recursive else ''}?")
    with invocation.operation(f"Editing the state of {name}") as context:
        urns = operation.unprotect(context, name, urn, recursive=recursive)
    _done(invocation, "\n".join(f"{found} is no longer protected" for found in urns))


@command(state, "move", examples=["state move URN --to teams-01 --env staging"])
def move(
    invocation: Invocation,
    urn: Urn,
    to: Annotated[str, typer.Option("--to", metavar="PART", help="The part that it shall belong to.")],
) -> None:
    """Move a resource to another part of the environment. Nothing in the cloud changes."""
    from mlops_infra.operations import state as operation  # noqa: PLC0415

    name = invocation.environment
    _sure(invocation, f"Move {urn} to {to}?")
    with invocation.operation(f"Editing the state of {name}") as context:
        operation.move(context, name, urn, to)
    _done(invocation, f"{urn} belongs to {to}")


@command(state, "import", examples=["state import URN meridian-staging-data-claims-history --env staging"])
def adopt(
    invocation: Invocation,
    urn: Urn,
    identity: Annotated[
        str, typer.Argument(metavar="ID", help="What the cloud calls it: a name, an id, NAMESPACE/NAME.")
    ],
) -> None:
    """Take something that exists already into the state, as a resource that the stack file asks for."""
    from mlops_infra.operations import state as operation  # noqa: PLC0415

    name = invocation.environment
    with invocation.operation(f"Importing into {name}") as context:
        operation.adopt(context, name, urn, identity)
    _done(invocation, f"{urn} was imported")
    invocation.output.note(f"next: `mlops-infra plan --env {name}` shows how it differs from the stack file")


def _sure(invocation: Invocation, question: str) -> None:
    from mlops_infra.operations.deploy import DeclinedError  # noqa: PLC0415

    invocation.must_be_able_to_ask()
    if not invocation.confirmed(question):
        raise DeclinedError("state")


def _done(invocation: Invocation, sentence: str) -> None:
    from mlops_infra.cli.documents import DoneDocument  # noqa: PLC0415

    invocation.output.result(lambda: DoneDocument(done=sentence), lambda console: console.out(sentence))
