"""Commands of a project and a machine: init, setup, doctor, bootstrap."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer
from rich.console import Console
from rich.text import Text

from mlops_infra.cli.app import app, command
from mlops_infra.cli.invocation import Invocation
from mlops_infra.errors import ExitCode

PANEL = "Project and machine"


@command(app, "init", panel=PANEL, examples=["init ml-platform", "init ml-platform --name acme"])
def init(
    invocation: Invocation,
    directory: Annotated[Path, typer.Argument(metavar="DIR", help="A folder that is new, or has none of the files.")],
    name: Annotated[
        str | None,
        typer.Option("--name", metavar="NAME", help="Prefix of every resource's name; default: the folder's."),
    ] = None,
) -> None:
    """Make a new project: stack files for dev, staging and prod that work in the sandbox as they are."""
    from mlops_infra.cli.documents import InitDocument  # noqa: PLC0415
    from mlops_infra.config.scaffold import scaffold  # noqa: PLC0415

    files = [str(path) for path in scaffold(directory, name or directory.resolve().name)]
    invocation.output.result(
        lambda: InitDocument(directory=str(directory), files=files),
        lambda console: console.out("\n".join(files), highlight=False),
    )
    invocation.output.note(f"next: cd {directory} && mlops-infra up --env dev")


@command(
    app,
    "setup",
    panel=PANEL,
    examples=["setup", "setup --only opa --only pulumi", "setup --from source"],
)
def setup(
    invocation: Invocation,
    only: Annotated[
        list[str] | None, typer.Option("--only", metavar="NAME", help="Just this program; repeatable.")
    ] = None,
    how: Annotated[
        Literal["auto", "release", "source"],
        typer.Option("--from", help="Official release, or built from source; auto tries them in this order."),
    ] = "auto",
) -> None:
    """Find, download or build the external programs. What is there already is kept."""
    from mlops_infra.cli.documents import SetupDocument  # noqa: PLC0415
    from mlops_infra.cli.views.live import view  # noqa: PLC0415
    from mlops_infra.operations import programs  # noqa: PLC0415

    with view(invocation.output.errors, "Setting up the external programs", changes=False) as shown:
        found = programs.setup(invocation.ports.toolchain, only or [], how, shown.step)

    invocation.output.result(
        lambda: SetupDocument(programs={name: str(path) for name, path in found.items()}),
        lambda console: console.out("\n".join(f"{name}  {path}" for name, path in found.items()), highlight=False),
    )


@command(app, "doctor", panel=PANEL, examples=["doctor", "doctor --output json"])
def doctor(invocation: Invocation) -> None:
    """Show which external programs were found where, and how to mend what is missing. Exit code 1 where something is."""
    from mlops_infra.cli.convert import doctor_document  # noqa: PLC0415
    from mlops_infra.cli.views.tables import show_doctor  # noqa: PLC0415
    from mlops_infra.operations import programs  # noqa: PLC0415

    found = programs.doctor(invocation.ports.toolchain)
    healthy = programs.healthy(found)
    invocation.output.result(lambda: doctor_document(found, healthy), lambda console: show_doctor(console, found))
    if not healthy:
        invocation.output.errors.print(Text("`mlops-infra setup` installs what is missing"))
        raise typer.Exit(int(ExitCode.FAILED))


@command(app, "bootstrap", panel=PANEL, examples=["bootstrap --env prod"])
def bootstrap(invocation: Invocation) -> None:
    """Make what an environment on AWS needs before its first `up`: the state's bucket, its key, and the CI role.

    What is there already is kept, so that it can be run again.
    """
    from mlops_infra.cli.documents import BootstrapDocument  # noqa: PLC0415
    from mlops_infra.operations.bootstrap import bootstrap as operation  # noqa: PLC0415

    name = invocation.environment
    with invocation.operation(f"Preparing the account of {name}") as context:
        made = operation(context, name)

    def text(console: Console) -> None:
        for key, value in (("bucket", made.bucket), ("key", made.key), ("alias", made.alias), ("role", made.role)):
            console.print(
                Text.assemble((key.ljust(8), "bold"), value or "none: the stack file trusts no CI"), soft_wrap=True
            )
        console.print(Text(f"made: {', '.join(made.made) or 'nothing, all of it was there'}"), soft_wrap=True)

    invocation.output.result(
        lambda: BootstrapDocument(
            environment=name,
            bucket=made.bucket,
            key=made.key,
            alias=made.alias,
            role=made.role,
            made=list(made.made),
            found=list(made.found),
        ),
        text,
    )
    invocation.output.note(f"next: `mlops-infra plan --env {name}`")
