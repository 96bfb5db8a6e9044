"""Who acts, and may they? Asked before an operation takes the lock or changes anything; what is refused is recorded.

Steps: 1. who (`Ports.identify`: a key, a token, or the user of this machine) 2. may they (`Ports.authorise`: Rego, default deny) 3. how the
ledger names them. A refusal in 1 or 2 goes into the environment's ledger as ``denied`` before it is raised.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from mlops_infra.audit import Actor, LedgerError
from mlops_infra.config import LoadedEnvironment
from mlops_infra.errors import GateError
from mlops_infra.identity.actor import Identity, Proof, identify
from mlops_infra.operations.places import open_ledger
from mlops_infra.operations.record import Recorder

if TYPE_CHECKING:
    from mlops_infra.governance.actors import Question
    from mlops_infra.governance.server import Opa
    from mlops_infra.operations.ports import Context


class DeniedError(GateError):
    """The actor may not (exit 4). `reasons` are Rego's sentences."""

    def __init__(self, identity: Identity, operation: str, environment: str, reasons: tuple[str, ...]) -> None:
        super().__init__(
            f"{called(identity)} may not `{operation}`: {'; '.join(reasons)}",
            where=environment,
            hint="`mlops-infra whoami` shows who you are; stacks/access.yaml gives roles (docs/access.md)",
        )
        self.reasons = reasons


@dataclass(frozen=True)
class Permitted:
    """Somebody who may. `actor` is for the ledger, perhaps under a pseudonym; `identity` is who they are."""

    actor: Actor
    identity: Identity

    @property
    def name(self) -> str:
        """Who asks, for what others will approve: the proved name, or else the user of a machine. No pseudonym stands for a proved name,
        because it differs from machine to machine, and then somebody could approve their own request from another one."""
        return self.identity.name or f"{self.actor.user}@{self.actor.host}"


def authorised(
    context: Context, loaded: LoadedEnvironment, operation: str, *, requester: str | None = None
) -> Permitted:
    """Who acts, once it is sure that they may do `operation` on the environment.

    Arguments: `requester`: who asked for what is to be approved (`Permitted.name`), for approvals only. Raises GateError where they may
    not, or where nobody could decide it.
    """
    actor = context.ports.actor()
    environment = loaded.environment.environment
    try:
        identity = context.ports.identify(context, loaded, operation)
        named = _named(context, actor, identity)
    except GateError as refusal:
        _record(context, unproved(context), environment, operation, [refusal.what])
        raise
    try:
        with context.opa.scope():
            context.ports.authorise(context, loaded, identity, operation, requester)
    except GateError as refusal:
        reasons = refusal.reasons if isinstance(refusal, DeniedError) else (refusal.what,)
        roles = list(identity.roles_in(environment))
        _record(context, named, environment, operation, reasons, roles=roles)
        raise
    return Permitted(named, identity)


def unproved(context: Context) -> Actor:
    """The user of this machine as the ledger shall know them, for what nobody is asked: it changes no environment."""
    return _named(context, context.ports.actor(), None)


def by_policies(
    context: Context, loaded: LoadedEnvironment, identity: Identity, operation: str, requester: str | None
) -> None:
    """Implements `judging.Authorise` by ``policies/decisions/actors``. Raises DeniedError, or DecisionError where nothing was decided."""
    from mlops_infra.governance.actors import permission  # noqa: PLC0415 - brings an HTTP client

    with deciding(context) as opa:
        answer = permission(opa, question(loaded, identity, operation, requester))
    if not answer.allowed:
        raise DeniedError(identity, operation, loaded.environment.environment, answer.reasons)


def question(loaded: LoadedEnvironment, identity: Identity, operation: str, requester: str | None = None) -> Question:
    """The question that Rego answers."""
    from mlops_infra.governance.actors import Question  # noqa: PLC0415

    env = loaded.environment
    return Question(
        action=operation,
        environment=env.environment,
        target=env.target,
        name=identity.name,
        roles={role.role: role.environments for role in identity.roles},
        how=identity.how,
        verified=identity.verified,
        requester=requester,
    )


@contextmanager
def deciding(context: Context) -> Iterator[Opa]:
    """The operation's OPA, for decisions about the tool itself. Raises DecisionError where it cannot be had."""
    from mlops_infra.governance.decision import DecisionError  # noqa: PLC0415
    from mlops_infra.governance.refusal import Refusal  # noqa: PLC0415

    with context.opa.scope():
        try:
            _, opa = context.opa.get(context)
        except Refusal as refusal:
            raise DecisionError(refusal.code, refusal.what, where=refusal.where, hint=refusal.hint) from None
        yield opa


def by_proof(context: Context, loaded: LoadedEnvironment, operation: str) -> Identity:
    """Implements `judging.Identify` by the key or token that was given, or the user of this machine."""
    env = loaded.environment
    proof = Proof.of(os.environ, context.identity)
    return identify(context.project.stacks, env.environment, env.target, operation, proof, context.ports.clock())


def called(identity: Identity) -> str:
    """An identity in a sentence."""
    return identity.name or "the user of this machine"


def _named(context: Context, actor: Actor, identity: Identity | None) -> Actor:
    """The actor as the ledger shall know them: with what was proved, and under a pseudonym where ``access.yaml`` asks for it."""
    from mlops_infra.identity.access_file import load_access  # noqa: PLC0415
    from mlops_infra.identity.pseudonyms import Pseudonyms  # noqa: PLC0415

    name = identity.name if identity is not None and identity.verified else None
    if identity is not None:
        actor = replace(actor, identity=name, verified=identity.verified, how=identity.how)
    if not load_access(context.project.stacks).ledger.pseudonyms:
        return actor
    pseudonym = Pseudonyms(context.project.state_dir()).of(name or f"{actor.user}@{actor.host}")
    return replace(actor, user=pseudonym, identity=pseudonym if name else None)


def _record(
    context: Context, actor: Actor, environment: str, operation: str, reasons: Sequence[str], **data: object
) -> None:
    context.project.state_dir()
    try:
        Recorder(open_ledger(context, environment), actor).denied(operation, reasons, data)
    except LedgerError as error:
        # Before `bootstrap` there is nowhere to record it; whoever is denied must learn why all the same.
        context.notice(f"this denial could not be recorded: {error.what}")
