"""promote and rollback: bring a release from one environment to the next one, and back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from mlops_infra.cli.app import app, command
from mlops_infra.cli.environment import PROMOTION
from mlops_infra.cli.invocation import Invocation
from mlops_infra.errors import UsageError

if TYPE_CHECKING:
    from mlops_infra.promotion.rooms import Assessment

DryRun = Annotated[bool, typer.Option("--dry-run", help="Only show what would change, and which gates hold.")]


@command(
    app,
    "promote",
    panel=PROMOTION,
    examples=[
        "promote --from staging --to prod",
        "promote --from staging --to prod --release 3f9a12bc04de --dry-run",
        "promote --from staging --to prod --git",
        "promote --to prod --resume",
        "promote --to prod --abort",
    ],
)
def promote(
    invocation: Invocation,
    source: Annotated[str | None, typer.Option("--from", metavar="NAME", help="Where the release comes from.")] = None,
    target: Annotated[
        str | None, typer.Option("--to", metavar="NAME", help="Where it goes; `--env` says the same.")
    ] = None,
    release: Annotated[
        str | None, typer.Option("--release", metavar="RELEASE", help="Its id; default: what runs where it comes from.")
    ] = None,
    dry_run: DryRun = False,
    git: Annotated[
        bool, typer.Option("--git", help="Make a branch, a commit and the text of a pull request; deploy nothing.")
    ] = False,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with a promotion that was cut off.")] = False,
    abort: Annotated[bool, typer.Option("--abort", help="Take a promotion that was cut off back.")] = False,
) -> None:
    """Bring a release to the next environment, once all gates hold.

    Edits the target's stack file, shows the promotion delta, and says exactly what is missing (exit code 4). When all gates hold it asks,
    deploys, verifies and records. Where that fails it goes back by itself (exit code 1), and a release that failed its verification is
    rejected. After a crash `--resume` goes on, `--abort` takes it back.
    """
    if target:
        invocation.take({"env": target})
    name = invocation.environment
    if resume or abort:
        if resume and abort:
            raise UsageError("`--resume` and `--abort` exclude each other", hint="say one of them")
        _end(invocation, name, forward=resume)
        return
    if source is None:
        raise UsageError("where does the release come from?", hint="say `--from NAME`")
    if git:
        _by_git(invocation, source, name, release)
        return
    _go(invocation, "promote", source, name, release, dry_run=dry_run)


@command(
    app,
    "rollback",
    panel=PROMOTION,
    examples=["rollback --env prod", "rollback --env prod --to 3f9a12bc04de", "rollback --env prod --dry-run"],
)
def rollback(
    invocation: Invocation,
    to: Annotated[
        str | None, typer.Option("--to", metavar="RELEASE", help="The release; default: what ran before.")
    ] = None,
    dry_run: DryRun = False,
) -> None:
    """Bring an environment back to a release that ran before.

    Shows the reverse plan with what each step loses; steps that lose data need an approval of their own.
    """
    _go(invocation, "rollback", None, invocation.environment, to, dry_run=dry_run)


def _go(
    invocation: Invocation, operation: str, source: str | None, target: str, release: str | None, *, dry_run: bool
) -> None:
    from mlops_infra.cli.promote_documents import promotion_document  # noqa: PLC0415
    from mlops_infra.cli.views.promotion import show_assessment, show_promoted  # noqa: PLC0415
    from mlops_infra.promotion.promote import MissingError, promote  # noqa: PLC0415
    from mlops_infra.promotion.rollback import rollback  # noqa: PLC0415

    rooms = invocation.rooms
    if not dry_run:
        invocation.must_be_able_to_ask()

    def confirm(assessment: Assessment) -> bool:
        invocation.show(lambda console: show_assessment(console, assessment))
        words = {"promote": f"Promote this to {target}?", "rollback": f"Bring {target} back to this?"}
        going = invocation.confirmed(words[operation], target)
        invocation.now(f"Deploying {target}")
        return going

    try:
        with invocation.operation(f"Looking at {target}") as context:
            if source is None:
                done = rollback(context, rooms, target, to=release, dry_run=dry_run, confirm=confirm)
            else:
                done = promote(context, rooms, source, target, release=release, dry_run=dry_run, confirm=confirm)
    except MissingError as error:
        assessment = error.assessment
        invocation.show(lambda console: show_assessment(console, assessment))
        raise
    invocation.output.result(lambda: promotion_document(done), lambda console: show_promoted(console, done))


def _end(invocation: Invocation, name: str, *, forward: bool) -> None:
    from mlops_infra.cli.promote_documents import ended_document  # noqa: PLC0415
    from mlops_infra.cli.views.promotion import show_ended  # noqa: PLC0415
    from mlops_infra.promotion import promote as use_case  # noqa: PLC0415

    with invocation.operation(f"Finishing the promotion of {name}", changes=True) as context:
        ended = (use_case.resume if forward else use_case.abort)(context, invocation.rooms, name)
    invocation.output.result(lambda: ended_document(ended), lambda console: show_ended(console, ended))


def _by_git(invocation: Invocation, source: str, target: str, release: str | None) -> None:
    from mlops_infra.cli.promote_documents import PullRequestDocument  # noqa: PLC0415
    from mlops_infra.promotion.git import propose  # noqa: PLC0415

    with invocation.operation(f"Looking at {target}") as context:
        made = propose(context, invocation.rooms, source, target, release=release)
    invocation.output.note(f"branch {made.branch}, commit {made.commit[:12]}; nothing was deployed")
    invocation.output.result(
        lambda: PullRequestDocument(branch=made.branch, commit=made.commit, body=made.body),
        lambda console: console.print(made.body, markup=False, highlight=False, soft_wrap=True),
    )
