"""check: what the rules say, without any cloud."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mlops_infra.cli.app import app, command
from mlops_infra.cli.environment import PANEL
from mlops_infra.cli.invocation import Invocation
from mlops_infra.cli.reporting import Baseline, FailOn, Files, Form, Reporting
from mlops_infra.errors import ExitCode, MlopsInfraError, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mlops_infra.governance.verdict import Verdict


@command(
    app,
    "check",
    panel=PANEL,
    examples=[
        "check --env staging",
        "check --all --report sarif=policies.sarif --report junit=policies.xml",
        "check --env dev --as prod",
        "check --all --fail-on high --baseline policies.json",
        "check --all --changed-since origin/main",
        "check --env staging --watch",
        "check --env staging --manifests deploy/",
        "check --env prod --terraform plan.json",
    ],
)
def check(
    invocation: Invocation,
    every: Annotated[bool, typer.Option("--all", help="Every environment.")] = False,
    strict: Annotated[bool, typer.Option("--strict", help="What cannot be known yet fails too.")] = False,
    judged_as: Annotated[
        str | None, typer.Option("--as", metavar="NAME", help="Judge as if it were this environment.")
    ] = None,
    fail_on: FailOn = "low",
    baseline: Baseline = None,
    since: Annotated[
        str | None,
        typer.Option("--changed-since", metavar="REF", help="Only findings on lines changed since this commit fail."),
    ] = None,
    watching: Annotated[
        bool, typer.Option("--watch", help="Judge again whenever a stack file or a policy is saved, until Ctrl-C.")
    ] = False,
    graph: Annotated[
        Path | None, typer.Option("--graph", metavar="FILE", help="Judge a graph that `graph --format json` wrote.")
    ] = None,
    manifests: Annotated[
        Path | None,
        typer.Option("--manifests", metavar="DIR", help="Judge Kubernetes manifests, as part of the environment."),
    ] = None,
    terraform: Annotated[
        Path | None,
        typer.Option("--terraform", metavar="FILE", help="Judge what `terraform show -json` says, as part of it."),
    ] = None,
    form: Form = None,
    files: Files = None,
) -> None:
    """Judge environments by the policies: what their stack files ask for, before anything is deployed.

    Needs no cloud, no credentials, no running sandbox, and of the external programs only OPA. Exit code 3 means that a policy says no.
    """
    from mlops_infra.operations import check as operation  # noqa: PLC0415

    project = invocation.project
    reporting = Reporting.of(invocation, form, files or (), fail_on, strict=strict)
    if every and (invocation.options.env or graph):
        raise UsageError("`--all` goes with neither `--env` nor `--graph`", hint="say one of them")
    names = project.environments() if every else [invocation.environment]
    if judged_as:
        project.check(judged_as)
    if manifests or terraform:
        if every or graph or judged_as or since or watching or (manifests and terraform):
            raise UsageError(
                "`--manifests` and `--terraform` stand alone, with one environment",
                hint="say `--env NAME` with one of them",
            )
        reporting.end([_foreign(invocation, names[0], manifests, terraform, baseline)])
    elif watching:
        if graph or form not in (None, "text") or invocation.output.json:
            raise UsageError("`--watch` reports as text, about stack files", hint="leave `--graph` and `--format` out")
        _watch(reporting, names, judged_as=judged_as, baseline=baseline, since=since)
    else:
        reporting.end(
            operation.check(
                invocation.quiet_context(), names, judged_as=judged_as, baseline=baseline, graph=graph, since=since
            )
        )


def _watch(reporting: Reporting, names: Sequence[str], **options: Any) -> None:
    """Report after every change; ends with the last verdict's exit code."""
    from mlops_infra.operations import check as operation  # noqa: PLC0415

    invocation = reporting.invocation
    project, output = invocation.project, invocation.output
    ended = ExitCode.DONE

    def tell(verdicts: tuple[Verdict, ...]) -> None:
        nonlocal ended
        ended = reporting.report(verdicts)
        output.note("watching; Ctrl-C ends it")

    def failed(error: MlopsInfraError) -> None:
        nonlocal ended
        ended = error.exit_code
        output.error(error)

    with contextlib.suppress(KeyboardInterrupt):
        operation.watch(invocation.quiet_context(), names, operation.changed_files(project), tell, failed, **options)
    if ended is not ExitCode.DONE:
        raise typer.Exit(int(ended))


def _foreign(
    invocation: Invocation, name: str, manifests: Path | None, terraform: Path | None, baseline: Path | None
) -> Verdict:
    from mlops_infra.operations.foreign import check_manifests, check_terraform  # noqa: PLC0415

    context = invocation.quiet_context()
    if manifests is not None:
        return check_manifests(context, name, manifests, baseline)
    assert terraform is not None  # noqa: S101 - one of them was given
    return check_terraform(context, name, terraform, baseline)
