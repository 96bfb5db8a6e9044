"""config validate, show, diff, schema: the stack files, without any cloud or program."""

from __future__ import annotations

import sys
from typing import Annotated

import typer
from rich.text import Text

from mlops_infra.cli.app import command, group
from mlops_infra.cli.invocation import Invocation

config = group("config", "Check, show and compare stack files.")


@command(config, "validate", examples=["config validate", "config validate --env staging"])
def validate(invocation: Invocation) -> None:
    """Check one environment's stack files, or all of them, and tell every mistake at once."""
    from mlops_infra.cli.documents import ValidateDocument  # noqa: PLC0415
    from mlops_infra.config import ConfigError, validate  # noqa: PLC0415

    project = invocation.project
    names = [invocation.environment] if invocation.options.env else project.environments()
    problems = validate(project.stacks, invocation.options.env)
    if problems:
        raise ConfigError(problems)
    invocation.output.result(
        lambda: ValidateDocument(valid=True, environments=names, problems=[]),
        lambda console: console.print(Text(f"{', '.join(names)}: no mistakes")),
    )


@command(config, "show", examples=["config show --env staging", "config show --env staging --origins"])
def show(
    invocation: Invocation,
    origins: Annotated[bool, typer.Option("--origins", help="Say for every value who set it.")] = False,
) -> None:
    """Show an environment's stack file with all layers merged."""
    from mlops_infra.cli.documents import ShowDocument  # noqa: PLC0415
    from mlops_infra.config import load_environment, show, show_json  # noqa: PLC0415

    loaded = load_environment(invocation.project.stacks, invocation.environment)
    invocation.output.result(
        lambda: ShowDocument.model_validate(show_json(loaded, origins=origins)),
        lambda console: console.out(show(loaded, origins=origins), end="", highlight=False),
    )


@command(config, "diff", examples=["config diff --from dev --to staging"])
def diff(
    invocation: Invocation,
    before: Annotated[str, typer.Option("--from", metavar="NAME", help="The one environment.")],
    after: Annotated[str, typer.Option("--to", metavar="NAME", help="The other environment.")],
) -> None:
    """Show in which values two environments differ, and who set them."""
    from mlops_infra.cli.documents import DiffDocument  # noqa: PLC0415
    from mlops_infra.cli.views.differences import show_differences  # noqa: PLC0415
    from mlops_infra.config import difference, load_environment  # noqa: PLC0415

    stacks = invocation.project.stacks
    found = difference(load_environment(stacks, before), load_environment(stacks, after))
    invocation.output.result(
        lambda: DiffDocument(old=before, new=after, differences=[item.as_json() for item in found]),
        lambda console: show_differences(console, before, after, found),
    )


@command(config, "schema", examples=["config schema > stacks/schema/stack.schema.json"])
def schema(invocation: Invocation) -> None:  # noqa: ARG001 - every command takes its invocation
    """Print the JSON Schema of stack files, for editors."""
    from mlops_infra.config.schema import text  # noqa: PLC0415

    sys.stdout.write(text())
