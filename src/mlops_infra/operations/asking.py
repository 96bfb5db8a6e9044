"""One OPA for one operation: who needs it first starts it, everybody after asks the same, and the outermost scope ends it.

An operation asks whether its actor may act, then what the rules say of a graph, twice; OPA reads the rules once for all of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from typing import TYPE_CHECKING, TypeAlias

from mlops_infra.errors import MlopsInfraError

if TYPE_CHECKING:
    from mlops_infra.governance.policyset import PolicySet
    from mlops_infra.governance.server import Opa
    from mlops_infra.operations.ports import Context

Asked: TypeAlias = "tuple[PolicySet, Opa]"


class SharedOpa:
    """Holds the OPA of one operation. Scopes nest; there is no OPA before somebody asks for it, and none after the outermost one."""

    def __init__(self) -> None:
        self._scopes = 0
        self._stack = ExitStack()
        self._asked: Asked | None = None

    @contextmanager
    def scope(self) -> Iterator[None]:
        """What is started inside ends with the outermost scope."""
        self._scopes += 1
        try:
            yield
        finally:
            self._scopes -= 1
            if self._scopes == 0:
                self._asked = None
                self._stack.close()

    @property
    def policies(self) -> PolicySet | None:
        """The rules that this operation's OPA has read; None before somebody asked for it."""
        return self._asked[0] if self._asked else None

    def begin(self, context: Context) -> None:
        """Have OPA read the rules meanwhile. Whoever asks it is told why where it cannot be had."""
        with suppress(MlopsInfraError):
            self.get(context)

    def get(self, context: Context) -> Asked:
        """The rules and their OPA, started without waiting. Only inside of a scope. Raises Refusal where they cannot be had."""
        if self._scopes == 0:
            raise RuntimeError("OPA is asked for outside of a scope")
        if self._asked is None:
            self._asked = self._start(context)
        return self._asked

    def _start(self, context: Context) -> Asked:
        from mlops_infra.governance import policyset  # noqa: PLC0415
        from mlops_infra.governance.refusal import Refusal  # noqa: PLC0415

        policies = policyset.load(context.project.policies)
        try:
            server = context.ports.opa(policies, context.programs)
        except Refusal:
            raise
        except MlopsInfraError as error:
            raise Refusal(
                "opa-missing",
                f"OPA cannot be had: {error.what}",
                where=error.where,
                hint=error.hint or "`mlops-infra setup --only opa` installs it",
            ) from error
        return policies, self._stack.enter_context(server)
