"""whoami: who the tool takes somebody for, and what they may do. Looks only; nothing is recorded."""

from __future__ import annotations

from dataclasses import dataclass

from mlops_infra.config import LoadedEnvironment, load_environment
from mlops_infra.governance.actors import actions_of
from mlops_infra.identity.actor import Identity
from mlops_infra.operations.authorising import deciding, question
from mlops_infra.operations.ports import Context

OPERATION = "whoami"


@dataclass(frozen=True)
class Standing:
    """Who somebody is in one environment. `may` are the actions that are allowed, approvals of other people's requests among them."""

    environment: str
    target: str
    identity: Identity
    may: tuple[str, ...]

    @property
    def roles(self) -> tuple[str, ...]:
        """The roles that hold there."""
        return self.identity.roles_in(self.environment)


def whoami(context: Context, environments: tuple[str, ...]) -> tuple[Standing, ...]:
    """Who acts, per environment. Raises GateError for a proof that fails, or where nobody could decide."""
    with context.opa.scope():
        return tuple(_standing(context, load_environment(context.project.stacks, name)) for name in environments)


def _standing(context: Context, loaded: LoadedEnvironment) -> Standing:
    env = loaded.environment
    identity = context.ports.identify(context, loaded, OPERATION)
    with deciding(context) as opa:
        may = actions_of(opa, question(loaded, identity, OPERATION))
    return Standing(env.environment, env.target, identity, may)
