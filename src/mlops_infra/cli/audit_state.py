"""audit-state: what the rules say of what is really there."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from mlops_infra.cli.app import app, command
from mlops_infra.cli.environment import PANEL
from mlops_infra.cli.invocation import Invocation
from mlops_infra.errors import ExitCode

if TYPE_CHECKING:
    from mlops_infra.governance.reports import Format


@command(
    app,
    "audit-state",
    panel=PANEL,
    examples=[
        "audit-state --env staging",
        "audit-state --env staging --format sarif > live.sarif",
        "audit-state --env prod --fail-on high --baseline live.json",
    ],
)
def audit_state(
    invocation: Invocation,
    fail_on: Annotated[
        Literal["critical", "high", "medium", "low"],
        typer.Option("--fail-on", help="The least severity that fails."),
    ] = "low",
    baseline: Annotated[
        Path | None,
        typer.Option("--baseline", metavar="FILE", help="An earlier JSON report; only new findings fail."),
    ] = None,
    form: Annotated[
        Literal["text", "json", "sarif", "junit", "github", "markdown"] | None,
        typer.Option("--format", help="How to report."),
    ] = None,
) -> None:
    """Judge what is really there by the policies: every resource of the state as AWS and Kubernetes return it now, and what lies beside.

    Finds what was changed or added by hand. Reads only, needs no lock and starts nothing. Exit code 3 means that a policy says no, 1 that
    something could not be read.
    """
    from mlops_infra.governance.reports import REPORTS  # noqa: PLC0415
    from mlops_infra.operations.audit_state import audit_state as operation  # noqa: PLC0415
    from mlops_infra.operations.check import fails  # noqa: PLC0415

    name = invocation.environment
    with invocation.operation(f"Looking at {name}") as context:
        found = operation(context, name, baseline=baseline)
    chosen: Format = form or ("json" if invocation.output.json else "text")
    sys.stdout.write(REPORTS[chosen]([found.verdict], invocation.project.root))
    if fails(found.verdict, fail_on=fail_on, strict=True):
        raise typer.Exit(int(ExitCode.POLICY))
