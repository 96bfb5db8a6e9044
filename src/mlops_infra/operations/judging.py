"""The two places where an operation asks for permission: who may act, and whether what would be is allowed.

Governance and roles come later; until then everybody may act on the sandbox, and the verdict says that nobody judged.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol, TypeAlias

from mlops_infra.audit import Actor
from mlops_infra.config import LoadedEnvironment
from mlops_infra.errors import PolicyError
from mlops_infra.graph import Graph

if TYPE_CHECKING:
    from mlops_infra.operations.ports import Context

Moment: TypeAlias = Literal["before", "after"]
Result: TypeAlias = Literal["pass", "fail", "unknown", "not judged"]


@dataclass(frozen=True)
class Verdict:
    """What the judge says of a graph. `findings` are the sentences behind a result that is not ``pass``."""

    result: Result
    findings: tuple[str, ...] = ()


class Judge(Protocol):
    """Judges the graph of an environment: before it is applied what would be, afterwards what is."""

    def __call__(self, context: Context, loaded: LoadedEnvironment, graph: Graph, moment: Moment) -> Verdict: ...


class Authorise(Protocol):
    """Raises GateError (exit 4) where `actor` may not do `operation`."""

    def __call__(self, loaded: LoadedEnvironment, actor: Actor, operation: str) -> None: ...


def not_judged(context: Context, loaded: LoadedEnvironment, graph: Graph, moment: Moment) -> Verdict:  # noqa: ARG001 - the Judge interface
    """The judge of a project without rules: says that nobody judged."""
    return Verdict("not judged")


def everybody(loaded: LoadedEnvironment, actor: Actor, operation: str) -> None:
    """Lets everybody act: who holds the cloud's credentials decides, and the sandbox belongs to its user."""


def require(verdict: Verdict, environment: str, moment: Moment) -> None:
    """Raise PolicyError (exit 3) for a verdict that forbids to go on: ``fail``, and afterwards ``unknown`` too."""
    if verdict.result == "fail" or (moment == "after" and verdict.result == "unknown"):
        told = "".join(f"\n  {finding}" for finding in verdict.findings)
        raise PolicyError(
            f"the policies say {verdict.result} {moment} the change:{told}",
            where=environment,
            hint="mend the stack file so that the rules hold" if moment == "before" else "mend it and run `up` again",
        )
