"""check: what the rules say, without any cloud."""

from __future__ import annotations

import contextlib
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from mlops_infra.cli.app import app, command
from mlops_infra.cli.environment import PANEL
from mlops_infra.cli.invocation import Invocation
from mlops_infra.errors import ExitCode, MlopsInfraError, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mlops_infra.governance.reports import Format
    from mlops_infra.governance.verdict import Severity, Verdict


@command(
    app,
    "check",
    panel=PANEL,
    examples=[
        "check --env staging",
        "check --all --format sarif > policies.sarif",
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
    fail_on: Annotated[
        Literal["critical", "high", "medium", "low"],
        typer.Option("--fail-on", help="The least severity that fails."),
    ] = "low",
    baseline: Annotated[
        Path | None,
        typer.Option("--baseline", metavar="FILE", help="An earlier JSON report; only new findings fail."),
    ] = None,
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
    form: Annotated[
        Literal["text", "json", "sarif", "junit", "github", "markdown"] | None,
        typer.Option("--format", help="How to report."),
    ] = None,
) -> None:
    """Judge environments by the policies: what their stack files ask for, before anything is deployed.

    Needs no cloud, no credentials, no running sandbox, and of the external programs only OPA. Exit code 3 means that a policy says no.
    """
    from mlops_infra.governance.reports import REPORTS  # noqa: PLC0415
    from mlops_infra.operations import check as operation  # noqa: PLC0415

    project = invocation.project
    if every and (invocation.options.env or graph):
        raise UsageError("`--all` goes with neither `--env` nor `--graph`", hint="say one of them")
    names = project.environments() if every else [invocation.environment]
    if judged_as:
        project.check(judged_as)
    if watching:
        if graph or form not in (None, "text") or invocation.output.json:
            raise UsageError("`--watch` reports as text, about stack files", hint="leave `--graph` and `--format` out")
        _watch(invocation, names, fail_on, strict=strict, judged_as=judged_as, baseline=baseline, since=since)
        return
    if manifests or terraform:
        if every or graph or judged_as or since or watching or (manifests and terraform):
            raise UsageError(
                "`--manifests` and `--terraform` stand alone, with one environment",
                hint="say `--env NAME` with one of them",
            )
        verdicts: tuple[Verdict, ...] = (_foreign(invocation, names[0], manifests, terraform, baseline),)
    else:
        verdicts = operation.check(
            invocation.quiet_context(), names, judged_as=judged_as, baseline=baseline, graph=graph, since=since
        )
    chosen: Format = form or ("json" if invocation.output.json else "text")
    sys.stdout.write(REPORTS[chosen](verdicts, project.root))
    _tell(invocation, verdicts, fail_on)
    if any(operation.fails(verdict, fail_on=fail_on, strict=strict) for verdict in verdicts):
        raise typer.Exit(int(ExitCode.POLICY))


def _watch(invocation: Invocation, names: Sequence[str], fail_on: Severity, *, strict: bool, **options: Any) -> None:
    """Report after every change; ends with the last verdict's exit code."""
    from mlops_infra.governance.reports import REPORTS  # noqa: PLC0415
    from mlops_infra.operations import check as operation  # noqa: PLC0415

    project, output = invocation.project, invocation.output
    ended = ExitCode.DONE

    def tell(verdicts: tuple[Verdict, ...]) -> None:
        nonlocal ended
        failing = any(operation.fails(verdict, fail_on=fail_on, strict=strict) for verdict in verdicts)
        ended = ExitCode.POLICY if failing else ExitCode.DONE
        sys.stdout.write(REPORTS["text"](verdicts, project.root))
        sys.stdout.flush()
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


def _tell(invocation: Invocation, verdicts: Sequence[Verdict], fail_on: Severity) -> None:
    from mlops_infra.governance.verdict import at_least  # noqa: PLC0415

    below = sum(not at_least(finding.rule.severity, fail_on) for verdict in verdicts for finding in verdict.failures)
    if below:
        invocation.output.note(f"{below} findings are less grave than {fail_on} and do not fail")
