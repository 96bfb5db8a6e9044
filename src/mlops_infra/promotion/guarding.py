"""The guard of real projects, brought in when somebody asks it: commands that change nothing need nothing of promotion."""

from __future__ import annotations

from mlops_infra.config import LoadedEnvironment
from mlops_infra.operations.judging import Guarded
from mlops_infra.operations.ports import Context


class RealGuard:
    """Implements `operations.judging.Guard` by `binding.release_guard`, which brings cryptography and an HTTP client."""

    def __call__(self, context: Context, loaded: LoadedEnvironment, operation: str) -> Guarded:
        """See `guard.ReleaseGuard`."""
        from mlops_infra.promotion.binding import release_guard  # noqa: PLC0415

        return release_guard()(context, loaded, operation)

    def deployed(self, context: Context, loaded: LoadedEnvironment, release: str) -> None:
        """See `guard.ReleaseGuard`."""
        from mlops_infra.promotion.binding import release_guard  # noqa: PLC0415

        release_guard().deployed(context, loaded, release)
