"""audit-state: what the rules say of what is really there."""

from __future__ import annotations

from mlops_infra.cli.app import app, command
from mlops_infra.cli.environment import PANEL
from mlops_infra.cli.invocation import Invocation
from mlops_infra.cli.reporting import Baseline, FailOn, Files, Form, Reporting


@command(
    app,
    "audit-state",
    panel=PANEL,
    examples=[
        "audit-state --env staging",
        "audit-state --env staging --report sarif=live.sarif --report json=live.json",
        "audit-state --env prod --fail-on high --baseline live.json",
    ],
)
def audit_state(
    invocation: Invocation,
    fail_on: FailOn = "low",
    baseline: Baseline = None,
    form: Form = None,
    files: Files = None,
) -> None:
    """Judge what is really there by the policies: every resource of the state as AWS and Kubernetes return it now, and what lies beside.

    Finds what was changed or added by hand. Reads only, needs no lock and starts nothing. Exit code 3 means that a policy says no, 1 that
    something could not be read.
    """
    from mlops_infra.operations.audit_state import audit_state as operation  # noqa: PLC0415

    name = invocation.environment
    reporting = Reporting.of(invocation, form, files or (), fail_on, strict=True)
    with invocation.operation(f"Looking at {name}") as context:
        found = operation(context, name, baseline=baseline)
    reporting.end([found.verdict])
