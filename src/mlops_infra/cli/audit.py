"""audit verify, fetch, log, report, export, checkpoint, forget: the ledger, for who has to trust it and who stands in it."""

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, TypeAlias

import typer
from rich.text import Text

from mlops_infra.cli.app import command, group
from mlops_infra.cli.invocation import Invocation
from mlops_infra.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from mlops_infra.operations.erasure import Forgotten

audit = group("audit", "The ledger: who did what to an environment, and proof that nobody rewrote it.")

_DAYS = ["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"]
Kind: TypeAlias = Annotated[
    str | None, typer.Option("--kind", metavar="KIND", help="Entries of this kind (`intent`, `denied`, …).")
]
Operation: TypeAlias = Annotated[
    str | None, typer.Option("--operation", metavar="NAME", help="Entries of this operation (`up`, …).")
]
By: TypeAlias = Annotated[
    str | None, typer.Option("--by", metavar="NAME", help="Entries of this actor, also under their pseudonym.")
]
Since: TypeAlias = Annotated[
    datetime | None, typer.Option("--since", formats=_DAYS, metavar="TIME", help="From this day or moment on, UTC.")
]
Until: TypeAlias = Annotated[
    datetime | None, typer.Option("--until", formats=_DAYS, metavar="TIME", help="Until this day or moment, UTC.")
]
Last: TypeAlias = Annotated[int | None, typer.Option("--last", min=1, metavar="N", help="The newest N entries.")]


@command(
    audit,
    "verify",
    examples=[
        "audit verify --env staging",
        "audit verify --env staging --checkpoint 000000000042.json",
        "audit verify --env staging --bucket",
    ],
)
def verify(
    invocation: Invocation,
    checkpoint: Annotated[
        list[Path] | None,
        typer.Option("--checkpoint", metavar="FILE", help="A checkpoint, taken out of the audit bucket."),
    ] = None,
    bucket: Annotated[
        bool, typer.Option("--bucket", help="Fetch it, and hold it against all checkpoints in the audit bucket.")
    ] = False,
) -> None:
    """Check an environment's ledger from its first entry on. Exit 1 names the first entry that is wrong, and what was done to it.

    Offline, unless `--bucket` asks the audit bucket. Signatures of checkpoints are held against stacks/access/allowed_signers.
    """
    from mlops_infra.cli.audit_documents import verification_document  # noqa: PLC0415
    from mlops_infra.cli.views.audit import show_verification  # noqa: PLC0415
    from mlops_infra.operations import audit as use  # noqa: PLC0415
    from mlops_infra.operations import checkpoints  # noqa: PLC0415

    name = invocation.environment
    context = invocation.quiet_context()
    stored = checkpoints.from_files(checkpoint or ()) + (checkpoints.from_bucket(context, name) if bucket else ())
    found = use.verify(context, name, stored, fetched=bucket)
    invocation.output.result(lambda: verification_document(found), lambda console: show_verification(console, found))
    if not found.verified.intact:
        raise typer.Exit(int(ExitCode.FAILED))


@command(audit, "log", examples=["audit log --env staging", "audit log --env prod --kind denied --since 2026-11-01"])
def log(
    invocation: Invocation,
    kind: Kind = None,
    operation: Operation = None,
    by: By = None,
    since: Since = None,
    until: Until = None,
    last: Last = None,
) -> None:
    """Show the entries of a ledger, oldest first."""
    from mlops_infra.audit.select import Filter  # noqa: PLC0415
    from mlops_infra.cli.audit_documents import log_document  # noqa: PLC0415
    from mlops_infra.cli.views.audit import show_log  # noqa: PLC0415
    from mlops_infra.operations import audit as use  # noqa: PLC0415

    name = invocation.environment
    wanted = Filter(kind, operation, by, _utc(since), _end(until), last)
    found = use.log(invocation.quiet_context(), name, wanted)
    invocation.output.result(lambda: log_document(name, found), lambda console: show_log(console, found))


@command(
    audit, "export", examples=["audit export --env prod > prod.ndjson", "audit export --env prod --since 2026-11-01"]
)
def export(
    invocation: Invocation,
    form: Annotated[  # noqa: ARG001 - there is one so far
        Literal["cloudevents"], typer.Option("--format", help="CloudEvents 1.0, a JSON document a line.")
    ] = "cloudevents",
    since: Since = None,
    until: Until = None,
) -> None:
    """Write the entries of a ledger for other systems, one event a line; its id is the entry's hash."""
    from mlops_infra.audit.select import Filter  # noqa: PLC0415
    from mlops_infra.operations import audit as use  # noqa: PLC0415

    wanted = Filter(since=_utc(since), until=_end(until))
    for event in use.export(invocation.quiet_context(), invocation.environment, wanted):
        sys.stdout.write(event + "\n")


@command(
    audit,
    "report",
    examples=[
        "audit report --framework hipaa --from 2026-10-01 --to 2026-12-31 --html report.html",
        "audit report --framework gdpr --env prod --output json",
    ],
)
def report(
    invocation: Invocation,
    framework: Annotated[
        str, typer.Option("--framework", metavar="NAME", help="`gdpr`, `hipaa` or another of policies/frameworks.")
    ],
    start: Annotated[
        datetime | None,
        typer.Option("--from", formats=_DAYS, metavar="DAY", help="First day, UTC; by default 90 days ago."),
    ] = None,
    end: Annotated[
        datetime | None, typer.Option("--to", formats=_DAYS, metavar="DAY", help="Last day, UTC; by default today.")
    ] = None,
    html: Annotated[Path | None, typer.Option("--html", metavar="FILE", help="Write the page there.")] = None,
) -> None:
    """Report who had access to what, who approved what, what was changed or denied, and which exceptions are open.

    Of one environment with `--env`, else of all. Without `--html` the page goes to stdout; `--output json` gives the same as data.
    """
    from mlops_infra.audit.report import to_html  # noqa: PLC0415
    from mlops_infra.operations import audit as use  # noqa: PLC0415

    context = invocation.quiet_context()
    names = [invocation.environment] if invocation.options.env else invocation.project.environments()
    until = _end(end) or context.ports.clock()
    found = use.report(context, framework, names, _utc(start) or until - timedelta(days=90), until)
    if html is None:
        invocation.output.result(lambda: found, lambda _: print(to_html(found)))
        return
    html.write_text(to_html(found), encoding="utf-8")
    invocation.output.result(lambda: found, lambda console: console.print(Text(f"wrote {html}"), soft_wrap=True))


@command(audit, "checkpoint", examples=["audit checkpoint --env prod --identity ~/.ssh/id_ed25519"])
def checkpoint(invocation: Invocation) -> None:
    """Write how long the ledger is, and the hash of its last entry, into the audit bucket, where object lock keeps it.

    Signed with the key of `--identity`. Later, `audit verify` finds with it what was cut off or written anew.
    """
    from mlops_infra.cli.audit_documents import checkpoint_document  # noqa: PLC0415
    from mlops_infra.operations import checkpoints  # noqa: PLC0415

    made = checkpoints.make(invocation.quiet_context(), invocation.environment)
    point = made.signed.checkpoint
    told = f"{point.environment}: {point.count} entries, {'signed' if made.signed.signature else 'not signed'}: {made.where}"
    invocation.output.result(
        lambda: checkpoint_document(made), lambda console: console.print(Text(told), soft_wrap=True)
    )


@command(audit, "fetch", examples=["audit fetch --env prod"])
def fetch(invocation: Invocation) -> None:
    """Bring the ledger on this machine up to date with the one that machines share (`target: aws`). It changes nothing but that file.

    The other commands here, `status` and `history` show what was fetched last, without a network.
    """
    from mlops_infra.cli.audit_documents import fetched_document  # noqa: PLC0415
    from mlops_infra.cli.views.audit import show_fetched  # noqa: PLC0415
    from mlops_infra.operations import audit as use  # noqa: PLC0415

    found = use.fetch(invocation.quiet_context(), invocation.environment)
    invocation.output.result(lambda: fetched_document(found), lambda console: show_fetched(console, found))


@command(audit, "forget", examples=["audit forget ada --all", "audit forget ada@laptop --env dev --yes"])
def forget(
    invocation: Invocation,
    name: Annotated[str, typer.Argument(metavar="ACTOR", help="As they acted: a name of access.yaml, or USER@HOST.")],
    everywhere: Annotated[bool, typer.Option("--all", help="In all environments of the project.")] = False,
) -> None:
    """Erase who stands behind a pseudonym of the ledger (GDPR Art. 17), on this machine and for good.

    No entry is touched, so the ledger still verifies; it records that the pseudonym was erased, and nobody's name. One pseudonym stands for
    a person in all environments: name every one whose ledger holds it.
    """
    from mlops_infra.cli.audit_documents import forgotten_document  # noqa: PLC0415
    from mlops_infra.cli.views.audit import show_forgotten  # noqa: PLC0415
    from mlops_infra.operations.erasure import forget as operation  # noqa: PLC0415

    if everywhere and invocation.options.env:
        raise UsageError("`--env` and `--all` say different things", hint="choose one of them")
    names = invocation.project.environments() if everywhere else [invocation.environment]
    invocation.must_be_able_to_ask()

    def confirmed(doomed: Forgotten) -> bool:
        where = ", ".join(doomed.environments)
        return invocation.confirmed(f"Erase for good who {doomed.pseudonym} is in the ledger of {where}?")

    done = operation(invocation.quiet_context(), name, names, confirm=confirmed)
    invocation.output.result(lambda: forgotten_document(done), lambda console: show_forgotten(console, done))


def _utc(moment: datetime | None) -> datetime | None:
    return moment.replace(tzinfo=UTC) if moment else None


def _end(moment: datetime | None) -> datetime | None:
    """The end of the day where no time of it was given."""
    if moment is None:
        return None
    whole_day = (moment.hour, moment.minute, moment.second) == (0, 0, 0)
    return moment.replace(tzinfo=UTC) + (timedelta(days=1, microseconds=-1) if whole_day else timedelta())
