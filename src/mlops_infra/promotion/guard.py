"""The guard: what plain `up` may not do where a pipeline leads to the environment, and who waits for an unfinished promotion.

On an environment that the pipeline promotes to, `up` may change the environment's own configuration, and mend drift, but not the release:
that needs `promote`, with its receipt. The first `up` without any recorded release is the baseline.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from mlops_infra.config import LoadedEnvironment
from mlops_infra.errors import GateError, MlopsInfraError
from mlops_infra.operations.judging import Guarded
from mlops_infra.operations.places import open_ledger
from mlops_infra.operations.ports import Context
from mlops_infra.promotion import snapshots
from mlops_infra.promotion.disk import Disk, RealDisk
from mlops_infra.promotion.journal import Journals, UnfinishedError, short, way_out
from mlops_infra.promotion.release import Release, differences, of
from mlops_infra.promotion.releases import Releases
from mlops_infra.promotion.running import recorded

WAITS: Final = frozenset({"up", "destroy", "sandbox reset"})
"""Operations that wait until a promotion is finished. Edits of the state do not: they may be what its end needs."""
_SHOWN: Final = 10


class ReleaseChangeError(GateError):
    """`up` would change the release of an environment that releases are promoted to (exit 4)."""

    def __init__(self, environment: str, source: str, last: str, said: str, changed: tuple[str, ...]) -> None:
        told = "".join(f"\n  {line}" for line in changed)
        super().__init__(
            f"{environment} runs release {short(last)}, and its stack file says another one ({short(said)}), "
            f"which `up` may not deploy there{':' if told else ''}{told}",
            where=f"stacks/{environment}.yaml",
            hint=f"`mlops-infra promote --from {source} --to {environment}` promotes a release with its gates; "
            "changes of the environment's own configuration need none",
        )


@dataclass(frozen=True)
class ReleaseGuard:
    """Implements `operations.judging.Guard`.

    `source_of` names the environment that releases come from to an environment, None where the pipeline leads nowhere there;
    `policies` gives the digest of the project's rules.
    """

    source_of: Callable[[Context, str], str | None]
    policies: Callable[[Context], str]
    disk: Disk = field(default_factory=RealDisk)

    def __call__(self, context: Context, loaded: LoadedEnvironment, operation: str) -> Guarded:
        """The id of the release that the stack file says, for `up`; ReleaseChangeError as refusal where `up` would change the release.

        Raises UnfinishedError where a promotion must be finished first.
        """
        environment = loaded.environment.environment
        unfinished = Journals(context).read(environment)
        if unfinished is not None:
            if operation in WAITS:
                raise UnfinishedError(unfinished, operation)
            context.notice(f"there is {unfinished}; {way_out(environment)}")
        if operation != "up":
            return Guarded()
        source = self.source_of(context, environment)
        try:
            said = of(loaded, self.policies(context))
        except MlopsInfraError as error:
            return Guarded(refusal=error if source is not None else None)
        return Guarded(said.id, self._changed(context, environment, source, said) if source is not None else None)

    def deployed(self, context: Context, loaded: LoadedEnvironment, release: str) -> None:
        """Remember the stack files of a deployed release, to go back to."""
        snapshots.keep(self.disk, context.project, loaded.environment.environment, release, snapshots.texts(loaded))

    def _changed(self, context: Context, environment: str, source: str, said: Release) -> ReleaseChangeError | None:
        last = recorded(open_ledger(context, environment).newest_first())
        if last is None:
            context.notice(
                f"release {said.short} becomes the baseline of {environment}; from now on it changes by `promote`"
            )
        elif last != said.id:
            return ReleaseChangeError(environment, source, last, said.id, _changed(context, last, said))
        return None


def _changed(context: Context, last: str, said: Release) -> tuple[str, ...]:
    """What differs, as far as the release that runs is kept as a file."""
    try:
        kept = Releases(context.project.stacks, context.project.locks()).load(last).release
    except MlopsInfraError:
        return ()
    found = [f"{one.key}: {one.old} → {one.new}" for one in differences(kept, said)]
    more = [f"and {len(found) - _SHOWN} more"] if len(found) > _SHOWN else []
    return (*found[:_SHOWN], *more)
