"""The Typer application: groups, global options on every command, and how a run ends.

Commands register through `command`, which adds the global options (so that they may stand before and after the command's name), the
examples of ``--help``, and the exit codes. Commands hold no logic: they call one function and show its result.
"""

from __future__ import annotations

import inspect
import itertools
import os
import tempfile
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar, get_args, get_origin

import typer
from rich.markup import escape
from typer.core import TyperCommand, TyperGroup
from typer.models import OptionInfo

from mlops_infra import __version__
from mlops_infra.cli.invocation import Invocation
from mlops_infra.cli.output import Output
from mlops_infra.errors import ExitCode, MlopsInfraError, OperationError, UsageError

GLOBAL = "Global options"
PROGRAM = "mlops-infra"
Command = TypeVar("Command", bound=Callable[..., None])


class _QuietHelp:
    """Shows ``--help`` as the flag that it is, without the word for a value."""

    def get_help_option(self, ctx: Any) -> Any:
        option = super().get_help_option(ctx)  # type: ignore[misc]  # a mixin of Typer's two kinds of commands
        if option is not None:
            option.metavar = ""
        return option


class _Command(_QuietHelp, TyperCommand):
    """A command."""


class _Group(_QuietHelp, TyperGroup):
    """A group of commands."""


def _complete_environment(incomplete: str) -> list[str]:
    from mlops_infra.config import environments, find_stacks  # noqa: PLC0415

    try:
        return [name for name in environments(find_stacks(Path.cwd())) if name.startswith(incomplete)]
    except MlopsInfraError:
        return []


def _global_options(
    stacks: Annotated[
        Path | None, typer.Option("--stacks", metavar="DIR", help="Folder of stack files.", rich_help_panel=GLOBAL)
    ] = None,
    policies: Annotated[
        Path | None, typer.Option("--policies", metavar="DIR", help="Folder of policies.", rich_help_panel=GLOBAL)
    ] = None,
    env: Annotated[
        str | None,
        typer.Option(
            "--env",
            "-e",
            metavar="NAME",
            help="The environment.",
            rich_help_panel=GLOBAL,
            autocompletion=_complete_environment,
        ),
    ] = None,
    output: Annotated[
        Literal["text", "json"] | None,
        typer.Option("--output", help="For people, or one JSON document.", rich_help_panel=GLOBAL),
    ] = None,
    identity_file: Annotated[
        Path | None,
        typer.Option("--identity", metavar="FILE", help="SSH key that proves who you are.", rich_help_panel=GLOBAL),
    ] = None,
    debug: Annotated[
        bool, typer.Option("--debug", help="Show tracebacks with errors.", rich_help_panel=GLOBAL)
    ] = False,
    yes: Annotated[
        bool, typer.Option("--yes", "-y", help="Do not ask for confirmation.", rich_help_panel=GLOBAL)
    ] = False,
) -> None:
    """The options that every command takes."""


_GLOBALS = tuple(inspect.signature(_global_options, eval_str=True).parameters.values())
_CONTEXT = inspect.Parameter("context", inspect.Parameter.KEYWORD_ONLY, annotation=typer.Context)

app = typer.Typer(
    name=PROGRAM,
    cls=_Group,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
)


def group(name: str, about: str, panel: str | None = None) -> typer.Typer:
    """A group of commands for one noun; `panel` of the help that lists it, where it is not that of all groups."""
    made = typer.Typer(name=name, cls=_Group, help=about, no_args_is_help=True, rich_markup_mode="rich")
    app.add_typer(made, rich_help_panel=panel)
    return made


def command(
    to: typer.Typer, name: str, *, examples: Sequence[str], panel: str | None = None
) -> Callable[[Command], Command]:
    """Register a function ``(invocation, own options…)`` as a command; `examples` are command lines without the program's name."""

    def register(function: Command) -> Command:
        own = list(inspect.signature(function, eval_str=True).parameters.values())[1:]
        parameters = [
            _CONTEXT,
            *map(_keyword, own),
            *map(_keyword, _GLOBALS),
        ]

        def run(**given: Any) -> None:
            context: typer.Context = given.pop("context")
            invocation = context.find_object(Invocation)
            assert invocation is not None  # noqa: S101 - `main` always gives one
            invocation.take({p.name: given.pop(p.name) for p in _GLOBALS})
            try:
                function(invocation, **given)
            except KeyboardInterrupt:
                raise OperationError("interrupted") from None

        run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
        run.__annotations__ = {p.name: p.annotation for p in parameters}
        run.__doc__ = function.__doc__
        about = _unwrapped(function.__doc__ or "")
        to.command(name, cls=_Command, epilog=_examples(examples), help=about, rich_help_panel=panel)(run)
        return function

    return register


def _examples(lines: Sequence[str]) -> str:
    told = (line if PROGRAM in line else f"{PROGRAM} {line}" for line in lines)
    return "\n".join(["[bold]Examples:[/bold]", *(f"  {escape(line)}" for line in told)])


def _unwrapped(text: str) -> str:
    """A docstring with one line per paragraph, so that the terminal's width decides where lines break."""
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in inspect.cleandoc(text).split("\n\n"))


def _keyword(parameter: inspect.Parameter) -> inspect.Parameter:
    """A parameter as Typer takes it, with what help shows for its value: nothing for a flag, the words of a choice."""
    kind, *more = get_args(parameter.annotation) or (None,)
    choices = [word for option in (kind, *get_args(kind)) if get_origin(option) is Literal for word in get_args(option)]
    for info in more:
        if isinstance(info, OptionInfo) and (kind is bool or choices):
            info.metavar = "|".join(choices)
    return parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY)


def _root(version: bool = False, **given: Any) -> None:
    context: typer.Context = given.pop("context")
    if version:
        typer.echo(f"{PROGRAM} {__version__}")
        raise typer.Exit
    invocation = context.find_object(Invocation)
    assert invocation is not None  # noqa: S101 - `main` always gives one
    invocation.take(given)


def _register_root() -> None:
    version = _keyword(inspect.signature(_version_option, eval_str=True).parameters["version"])
    globals_ = [_keyword(p) for p in _GLOBALS]
    _root.__signature__ = inspect.Signature([_CONTEXT, version, *globals_])  # type: ignore[attr-defined]
    _root.__annotations__ = {p.name: p.annotation for p in (_CONTEXT, version, *globals_)}
    app.callback(
        invoke_without_command=True,
        help="Provision, govern and promote ML platforms from stack files.",
        epilog=_examples(["up --env staging", "status", "config validate"]),
    )(_root)


def _version_option(
    version: Annotated[
        bool, typer.Option("--version", help="Print the version.", rich_help_panel=GLOBAL, is_eager=True)
    ] = False,
) -> None:
    """The option that only the program itself takes."""


_register_root()


def run(args: Sequence[str], invocation: Invocation) -> int:
    """Run one command line; returns the exit code. Never raises but for SystemExit of a broken pipe."""
    try:
        ended = app(args=list(args), standalone_mode=False, obj=invocation, prog_name=PROGRAM)
    except MlopsInfraError as error:
        _output(args, invocation).error(error)
        return int(error.exit_code)
    except typer.TyperException as error:
        return _bad_usage(error, _output(args, invocation))
    except typer.Abort:
        _output(args, invocation).error(OperationError("interrupted"))
        return int(ExitCode.FAILED)
    except Exception as error:  # noqa: BLE001 - the last net: a bug must not look like a traceback
        _output(args, invocation).error(_bug(error, invocation))
        return int(ExitCode.FAILED)
    return ended if isinstance(ended, int) else int(ExitCode.DONE)


def _output(args: Sequence[str], invocation: Invocation) -> Output:
    """The output also where the options could not be read."""
    json = invocation.options.output == "json" or "--output=json" in args
    json = json or any(pair == ("--output", "json") for pair in itertools.pairwise(args))
    return Output(json=json, debug=invocation.options.debug or "--debug" in args)


def _bad_usage(error: typer.TyperException, output: Output) -> int:
    """A command line that Typer refuses."""
    context = getattr(error, "ctx", None)
    path = context.command_path if context is not None else PROGRAM
    if type(error).__name__ == "NoArgsIsHelpError":
        if output.json:
            output.error(UsageError("no command was given", hint=f"see `{path} --help`"))
        return int(ExitCode.BAD_USAGE)
    message = error.format_message() if hasattr(error, "format_message") else str(error)
    output.error(UsageError(message, hint=f"see `{path} --help`"))
    return int(ExitCode.BAD_USAGE)


def _bug(error: Exception, invocation: Invocation) -> OperationError:
    """An error that only a bug can cause, with its traceback in a file."""
    handle, name = tempfile.mkstemp(prefix="mlops-infra-bug-", suffix=".log", dir=invocation.log_folder())
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        traceback.print_exception(error, file=file)
    told = OperationError(
        f"{type(error).__name__}: this is a bug in mlops-infra",
        where=name,
        hint="please report it with that file; it may name your resources, so read it before",
    )
    told.__cause__ = error
    return told
