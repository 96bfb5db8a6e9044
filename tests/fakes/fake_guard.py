"""A guard in memory."""

from __future__ import annotations

from mlops_infra.config import LoadedEnvironment
from mlops_infra.errors import GateError
from mlops_infra.operations.judging import Guarded, Unguarded
from mlops_infra.operations.ports import Context


class NoReceipt(Unguarded):
    """Implements `operations.judging.Guard`: refuses every release."""

    def __call__(self, context: Context, loaded: LoadedEnvironment, operation: str) -> Guarded:
        if operation != "up":
            return Guarded()
        return Guarded(refusal=GateError("`up` may not deploy this release there:\n  a: 1 → 2", hint="promote it"))
