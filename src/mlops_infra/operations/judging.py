"""The three places where an operation asks for permission: who may act, whether the release may change, and whether what would be is
allowed.

A judge is opened before the planes are connected, so that OPA reads the rules while the sandbox starts and the engine looks; it is asked
for a verdict on the preview, and again on what was deployed.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Protocol, TypeAlias

from mlops_infra.config import LoadedEnvironment
from mlops_infra.errors import MlopsInfraError, PolicyError
from mlops_infra.governance.verdict import Verdict, counted
from mlops_infra.graph import Graph
from mlops_infra.identity.actor import Identity

if TYPE_CHECKING:
    from mlops_infra.operations.ports import Context

Moment: TypeAlias = Literal["before", "after"]


class Judgement(Protocol):
    """Judges graphs of one environment: before it is applied what would be, afterwards what is."""

    def __call__(self, graph: Graph, moment: Moment) -> Verdict: ...


class Judge(Protocol):
    """Makes ready to judge an environment, without waiting; leaving the context ends what it started.

    Never raises for what keeps the rules from being asked: the verdict is then ``fail`` and says why.
    """

    def __call__(self, context: Context, loaded: LoadedEnvironment) -> AbstractContextManager[Judgement]: ...


class VerdictError(PolicyError):
    """A verdict that forbids to go on (exit 3). `root` is the project's root, from which the files of its findings are named.

    `besides` is what the guard would say if the rules held: both are told, so that nobody mends the one and meets the other.
    """

    def __init__(self, verdict: Verdict, moment: Moment, root: Path, besides: MlopsInfraError | None = None) -> None:
        problem = verdict.problem
        what = f"not judged: {problem.what}" if problem else counted(verdict)
        changed = "nothing was changed" if moment == "before" else "the change was made"
        hint = "mend the stack file so that the rules hold" if moment == "before" else "mend it and run `up` again"
        hints = [(problem.hint if problem else None) or hint, besides.hint if besides else None]
        super().__init__(
            f"the policies say {verdict.result} {moment} the change ({what}); {changed}"
            + (f"\nbesides, {besides.what}" if besides else ""),
            where=verdict.environment,
            hint="; then ".join(filter(None, hints)),
        )
        self.verdict = verdict
        self.root = root


class Identify(Protocol):
    """Finds out who asks for `operation`. Raises GateError (exit 4) for a proof that fails."""

    def __call__(self, context: Context, loaded: LoadedEnvironment, operation: str) -> Identity: ...


class Authorise(Protocol):
    """Raises GateError (exit 4) unless it is sure that `identity` may do `operation`.

    `requester` is who asked for what is to be approved, None for everything that is no approval.
    """

    def __call__(
        self, context: Context, loaded: LoadedEnvironment, identity: Identity, operation: str, requester: str | None
    ) -> None: ...


@dataclass(frozen=True)
class Guarded:
    """What the guard says: the `release` that the stack file says (its id; None where nobody asks for releases), or why it may not be
    deployed in this way.

    A `refusal` is raised once the rules were asked, because they may have more to say about the same edit.
    """

    release: str | None = None
    refusal: MlopsInfraError | None = None


class Guard(Protocol):
    """Says whether `operation` would bypass what the environment's promotion asks for.

    Raises GateError (exit 4) where it must wait for a promotion, whatever it would deploy. `deployed` is told once the release was deployed
    as a whole.
    """

    def __call__(self, context: Context, loaded: LoadedEnvironment, operation: str) -> Guarded: ...

    def deployed(self, context: Context, loaded: LoadedEnvironment, release: str) -> None: ...


class Unguarded:
    """The guard of a project without promotion."""

    def __call__(self, context: Context, loaded: LoadedEnvironment, operation: str) -> Guarded:  # noqa: ARG002 - the interface
        """Nobody asks for releases."""
        return Guarded()

    def deployed(self, context: Context, loaded: LoadedEnvironment, release: str) -> None:
        """Nobody is told of a release."""


def require(verdict: Verdict, moment: Moment, root: Path, besides: MlopsInfraError | None = None) -> None:
    """Raise VerdictError (exit 3) for a verdict that forbids to go on: ``fail``, and afterwards ``unknown`` too."""
    if verdict.result == "fail" or (moment == "after" and verdict.result == "unknown"):
        raise VerdictError(verdict, moment, root, besides)
