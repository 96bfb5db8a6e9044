"""rollback: bring an environment back to a release that ran in it before, under the same lock, journal and ledger as a promotion.

The reverse plan is previewed like any other; its gates are those of a rollback: no soak and no source, but lossy and irreversible steps
take the approvals that data replacements take, and irreversible ones are refused where the pipeline names nobody for these.

Rules deploy nothing: where they changed since the release ran, its versions come back under the rules of today, as a release of their own.
"""

from __future__ import annotations

from dataclasses import replace

from mlops_infra.errors import UsageError
from mlops_infra.operations.places import open_ledger
from mlops_infra.operations.ports import Context
from mlops_infra.promotion.journal import short
from mlops_infra.promotion.promote import Confirm, Promoted, carry_out
from mlops_infra.promotion.rooms import Rooms
from mlops_infra.promotion.running import previous


def rollback(
    context: Context,
    rooms: Rooms,
    environment: str,
    *,
    to: str | None = None,
    dry_run: bool = False,
    confirm: Confirm,
) -> Promoted:
    """Bring `environment` back to the release `to` (its id or the start of it; default: the one that ran before, by the ledger).

    Raises UsageError where there is no such release, and what `promote` raises.
    """
    context.project.check(environment)
    before = to or previous(open_ledger(context, environment).newest_first())
    if before is None:
        raise UsageError(
            f"no earlier release of {environment} is recorded",
            where=environment,
            hint="`mlops-infra release list` shows all releases; say `--to RELEASE`",
        )
    kept = rooms.releases(context).load(before)
    if kept.standing == "rejected":
        raise UsageError(
            f"release {short(kept.release.id)} is rejected: {kept.reason}",
            where=environment,
            hint="say `--to RELEASE` with another one",
        )
    going = replace(kept.release, policies=rooms.policies(context))
    if going != kept.release:
        context.notice(
            f"the policies changed since release {kept.release.short} was made: its versions come back under the policies of today, "
            f"as release {going.short}"
        )
    return carry_out(context, rooms, "rollback", None, environment, going, dry_run=dry_run, confirm=confirm)
