"""sandbox start, stop, simulate, status, reset, env: the embedded cloud by hand."""

from __future__ import annotations

import shlex
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from mlops_infra.cli.app import command, group
from mlops_infra.cli.invocation import Invocation

sandbox = group("sandbox", "The embedded cloud: a Kubernetes control plane per environment, and an AWS API.")


@command(sandbox, "start", examples=["sandbox start --env staging"])
def start(invocation: Invocation) -> None:
    """Start the embedded cloud of an environment, or what of it does not run. (`up` does it by itself.)"""
    from mlops_infra.cli.documents import DoneDocument  # noqa: PLC0415
    from mlops_infra.operations import embedded  # noqa: PLC0415

    name = invocation.environment
    with invocation.operation(f"Starting the sandbox of {name}") as context:
        embedded.start(context, name)
    _done(invocation, DoneDocument(done=f"the sandbox of {name} runs"))
    invocation.output.note(f'next: eval "$(mlops-infra sandbox env --env {name})"')


@command(sandbox, "stop", examples=["sandbox stop", "sandbox stop --env staging"])
def stop(invocation: Invocation) -> None:
    """Stop the embedded cloud of one environment, or of all. Its data stays."""
    from mlops_infra.cli.documents import DoneDocument  # noqa: PLC0415
    from mlops_infra.operations import embedded  # noqa: PLC0415

    names = [invocation.environment] if invocation.options.env else []
    with invocation.operation("Stopping the sandbox") as context:
        embedded.stop(context, names)
    _done(invocation, DoneDocument(done=f"the sandbox of {', '.join(names) or 'all environments'} is stopped"))


@command(
    sandbox,
    "simulate",
    examples=[
        "sandbox simulate fraud-scorer --env dev --latency p95=900ms --accuracy 0.71 --for 10m",
        "sandbox simulate --env dev --ago 1h --for 1h",
    ],
)
def simulate(
    invocation: Invocation,
    models: Annotated[
        list[str] | None, typer.Argument(metavar="[MODEL]...", help="Models to simulate; all, where none is named.")
    ] = None,
    latency: Annotated[
        str | None, typer.Option("--latency", metavar="p95=TIME", help="95th percentile of response time: p95=900ms.")
    ] = None,
    error_rate: Annotated[
        float | None, typer.Option("--error-rate", metavar="SHARE", help="Share of failed requests, 0 to 1.")
    ] = None,
    accuracy: Annotated[float | None, typer.Option("--accuracy", metavar="SHARE", help="Accuracy, 0 to 1.")] = None,
    drift: Annotated[
        float | None, typer.Option("--drift", metavar="PSI", help="Population stability index of the inputs.")
    ] = None,
    version: Annotated[
        str | None,
        typer.Option("--model-version", metavar="VERSION", help="Version that answers (default: as deployed)."),
    ] = None,
    lasting: Annotated[str, typer.Option("--for", metavar="TIME", help="How long: 90s, 10m, 1h30m.")] = "10m",
    ago: Annotated[
        str, typer.Option("--ago", metavar="TIME", help="How long ago it began; what has passed is written at once.")
    ] = "0s",
) -> None:
    """Feed the environment's Prometheus with simulated models. What is not said is what keeps the model's SLO.

    Prometheus is started (and installed) when it is first needed. The environment's sandbox must run.
    """
    from mlops_infra.cli.documents import DoneDocument  # noqa: PLC0415
    from mlops_infra.operations import embedded  # noqa: PLC0415
    from mlops_infra.sandbox import simulate as asked  # noqa: PLC0415

    wish = asked.Wish(
        seconds=asked.time_span(lasting),
        ago=asked.time_span(ago),
        latency_p95=None if latency is None else asked.latency(latency),
        error_rate=error_rate,
        accuracy=accuracy,
        drift=drift,
        version=version,
    )
    name = invocation.environment
    with invocation.operation(f"Simulating models in {name}") as context:
        connection = embedded.simulate(context, name, models or [], wish)
    told = f"{', '.join(models) if models else 'all models'} of {name}"
    _done(invocation, DoneDocument(done=f"Prometheus at {connection.prometheus} is fed with {told}"))


@command(sandbox, "status", examples=["sandbox status", "sandbox status --output json"])
def status(invocation: Invocation) -> None:
    """Show every process of the embedded cloud: health, port, memory, log, and what could not be restored."""
    from mlops_infra.cli.convert import sandbox_document  # noqa: PLC0415
    from mlops_infra.cli.views.tables import show_sandbox  # noqa: PLC0415
    from mlops_infra.operations import embedded  # noqa: PLC0415

    found = embedded.status(invocation.quiet_context())
    invocation.output.result(lambda: sandbox_document(found), lambda console: show_sandbox(console, found))


@command(sandbox, "reset", examples=["sandbox reset --env dev", "sandbox reset --env dev --yes"])
def reset(invocation: Invocation) -> None:
    """Stop the embedded cloud of an environment and forget all its data."""
    from mlops_infra.cli.documents import DoneDocument  # noqa: PLC0415
    from mlops_infra.operations import embedded  # noqa: PLC0415

    name = invocation.environment
    invocation.must_be_able_to_ask()
    with invocation.operation(f"Resetting the sandbox of {name}") as context:
        embedded.reset(
            context, name, confirm=lambda _: invocation.confirmed(f"Forget everything in the sandbox of {name}?", name)
        )
    _done(invocation, DoneDocument(done=f"the sandbox of {name} is empty"))


@command(sandbox, "env", examples=["sandbox env --env staging", 'eval "$(mlops-infra sandbox env --env staging)"'])
def env(invocation: Invocation) -> None:
    """Print exports with which plain kubectl, aws, boto3 and pulumi work against the environment's sandbox."""
    from mlops_infra.cli.documents import VariablesDocument  # noqa: PLC0415
    from mlops_infra.operations import embedded  # noqa: PLC0415

    name = invocation.environment
    found = dict(embedded.variables(invocation.quiet_context(), name))

    def text(console: Console) -> None:
        for key, value in found.items():
            console.out(f"export {key}={shlex.quote(value)}", highlight=False)

    invocation.output.result(lambda: VariablesDocument(environment=name, variables=found), text)


def _done(invocation: Invocation, document: object) -> None:
    from mlops_infra.cli.documents import DoneDocument  # noqa: PLC0415

    assert isinstance(document, DoneDocument)  # noqa: S101 - typed lazily, for a quick `--help`
    invocation.output.result(lambda: document, lambda console: console.print(Text(document.done)))
