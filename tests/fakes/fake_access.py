"""Who acts, and may they, in memory: as a test says, with the interfaces of the real answers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from mlops_infra.config import LoadedEnvironment
from mlops_infra.identity.actor import Identity, Role
from mlops_infra.operations.authorising import DeniedError
from mlops_infra.operations.ports import Context

LOCAL = Identity(None, (Role("platform-admin", ("*",)),), "local", verified=False)
"""The user of this machine, as the sandbox knows them."""


@dataclass
class FakeAccess:
    """Implements `judging.Identify` and `judging.Authorise`.

    `who` acts; `refuses`, given identity, operation and environment, says why not, or None where they may; `asked` is what was asked for.
    """

    who: Identity = LOCAL
    refuses: Callable[[Identity, str, str], str | None] = lambda who, operation, environment: None
    asked: list[tuple[str, str]] = field(default_factory=list)

    def identify(self, context: Context, loaded: LoadedEnvironment, operation: str) -> Identity:
        return self.who

    def authorise(
        self, context: Context, loaded: LoadedEnvironment, identity: Identity, operation: str, requester: str | None
    ) -> None:
        environment = loaded.environment.environment
        self.asked.append((operation, environment))
        reason = self.refuses(identity, operation, environment)
        if reason is not None:
            raise DeniedError(identity, operation, environment, (reason,))
