"""What promotion needs from its neighbours, as ports, and what it hands them: plain data about one step that somebody asks for.

`binding.real_rooms` binds the real ones; tests bring fakes, so that a machine can fail and crash at every place.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Final, Protocol

from mlops_infra.config import LoadedEnvironment
from mlops_infra.governance.verdict import Verdict
from mlops_infra.graph import Graph
from mlops_infra.operations.deploy import Planned
from mlops_infra.operations.judging import VerdictError
from mlops_infra.operations.ports import Context
from mlops_infra.operations.session import Session
from mlops_infra.promotion.disk import Disk, RealDisk
from mlops_infra.promotion.release import Kind, Release
from mlops_infra.promotion.running import Running
from mlops_infra.promotion.verification import CheckResult

if TYPE_CHECKING:
    from mlops_infra.promotion.delta import Delta
    from mlops_infra.promotion.gates import GateResult
    from mlops_infra.promotion.receipt import Receipt
    from mlops_infra.promotion.releases import Releases, Standing

_FOLLOWS: Final = frozenset({"plan", "base", "verdict", "delta", "unknown"})
"""Parts of a receipt that differ because something else does."""
_SHOWN: Final = 5


@dataclass(frozen=True)
class SourceEvidence:
    """What was observed of the environment that a release comes from; None: it could not be observed.

    `running`: what its ledger says that runs; `checks` over the soak; `drifted`: number of drifted resources.
    """

    environment: str
    running: Running | None
    checks: tuple[CheckResult, ...] | None
    drifted: int | None


@dataclass(frozen=True)
class Request:
    """One step that somebody asks for, with everything that was observed about it.

    `loaded` is the target as it is, `wanted` as it would be; `base` what the state says is deployed; `planned` what the engine would do,
    over all parts, and the verdict on it; `standing` of the release, and the `reason` why it is held or rejected; `requester` is
    `Permitted.name`.
    """

    kind: Kind
    source: SourceEvidence | None
    target: str
    release: Release
    previous: Release
    standing: Standing
    reason: str | None
    loaded: LoadedEnvironment
    wanted: LoadedEnvironment
    base: Graph | None
    planned: Planned
    requester: str
    now: datetime


@dataclass(frozen=True)
class Assessment:
    """What the gates say. `differences` names what differs from a receipt that somebody approved already."""

    receipt: Receipt
    gates: tuple[GateResult, ...]
    delta: Delta
    differences: tuple[str, ...] = ()

    @property
    def missing(self) -> tuple[str, ...]:
        """What is missing, a sentence each; empty where all gates hold."""
        return tuple(sentence for gate in self.gates if gate.result != "pass" for sentence in gate.missing)


def foremost(differences: Sequence[str]) -> tuple[str, ...]:
    """What people did first, then what follows from it in the plan, of which only some is told."""
    told = [found for found in differences if found != "delta"] or differences  # It says nothing that its parts do not.
    caused = [found for found in told if found.partition(":")[0] in _FOLLOWS]
    chosen = [found for found in told if found not in caused]
    more = len(caused) - _SHOWN
    return (*chosen, *caused[:_SHOWN], *((f"and {more} more in the plan and the state",) if more > 0 else ()))


class Assess(Protocol):
    """Makes the receipt of a step, puts it where approvers find it (`keep`), and asks the gates."""

    def __call__(self, context: Context, request: Request, *, keep: bool) -> Assessment: ...


class Observe(Protocol):
    """Observes the source of a promotion: its ledger, its checks over the soak, its drift."""

    def __call__(self, context: Context, source: str, target: str) -> SourceEvidence: ...


class Verify(Protocol):
    """Observes the environment after a deployment: its verification checks."""

    def __call__(self, opened: Session) -> Sequence[CheckResult]: ...


class Compare(Protocol):
    """Names what differs between the receipt `digest` and what the request gives now.

    Where resources were changed already (not `untouched`), what is left of the plan is no difference.
    """

    def __call__(self, context: Context, digest: str, request: Request, untouched: bool) -> tuple[str, ...]: ...


class UndecidedError(VerdictError):
    """A verdict that forbids to go on though it found nothing that forbids it: rules were not asked, or could not decide."""


class Accept(Protocol):
    """Raises VerdictError for a verdict on what was deployed that the gates of the environment do not let pass; UndecidedError where
    nothing in it failed.
    """

    def __call__(self, opened: Session, verdict: Verdict) -> None: ...


@dataclass(frozen=True)
class Rooms:
    """The neighbours, replaceable. `policies` gives the digest of the project's rules, `check_step` raises UsageError for a step that the
    pipeline does not have; `spend` marks the receipt of a target as used by a run (`Journal.run`), so that it lets nothing else pass, and
    records the trust files that it covers as the ones that count from now on.
    """

    assess: Assess
    compare: Compare
    observe: Observe
    accept: Accept
    verify: Verify
    releases: Callable[[Context], Releases]
    policies: Callable[[Context], str]
    check_step: Callable[[Context, str, str], None]
    spend: Callable[[Context, str, str, str], None]
    disk: Disk = field(default_factory=RealDisk)

    def standing(self, context: Context, release: Release) -> tuple[Standing, str | None]:
        """Whether a release may be promoted, and why it may not; one that is not kept yet is ready."""
        kept = next((found for found in self.releases(context).listing() if found.release.id == release.id), None)
        return (kept.standing, kept.reason) if kept is not None else ("ready", None)
