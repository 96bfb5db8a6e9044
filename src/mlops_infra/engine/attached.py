"""The attached providers of one environment, as its engine commands need them: a process, and the variables that name it.

Where the stack file says ``providers: official`` there is no process, and the engine starts its own plugins.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from mlops_infra.config.model import Environment
from mlops_infra.engine.workspace import EngineFolder, state_of
from mlops_infra.providers import ProviderHost
from mlops_infra.providers.connection import Connection
from mlops_infra.providers.made import MadeJournal

AT_ONCE: Final = 64
"""Resources that the engine works on at once. Its default, four a processor, leaves it waiting for the APIs on small machines: 200
objects took 7.1 s with it and 4.3 s with this (benchmarks/kubernetes_objects.py)."""
SAVED_ONCE: Final[Mapping[str, str]] = {"PULUMI_EXPERIMENTAL": "true", "PULUMI_SKIP_CHECKPOINTS": "true"}
"""The engine saves the state when it ends, and not after each step."""


def attaching(host: ProviderHost) -> dict[str, str]:
    """The variables with which an engine command works through the providers of `host`; waits until they serve.

    Before it works on a state, the engine fetches the plugins that the state names, though it will attach: some hundred megabytes, or
    where their servers cannot be reached, 2.5 s of vain tries. It is told not to.
    """
    return {
        "PULUMI_DEBUG_PROVIDERS": host.attach,
        "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
        "PULUMI_PARALLEL": str(AT_ONCE),
    }


class Attached:
    """Starts the provider process when it is first needed; `close` ends it.

    `ids` tells the id of each resource that the state has, by URN: what the providers remember of it is forgotten before they start.
    """

    def __init__(
        self,
        env: Environment,
        connection: Connection,
        folder: EngineFolder,
        ids: Callable[[], Mapping[str, str | None]],
    ) -> None:
        self._env = env
        self._connection = connection
        self._folder = folder
        self._ids = ids
        self._host: ProviderHost | None = None

    def begin(self) -> None:
        """Have the process start meanwhile."""
        if self._env.providers == "attached" and self._host is None:
            made = self._folder.made(self._env.environment)
            ids = self._ids()
            MadeJournal(made).settle(lambda urn, resource_id: ids.get(urn) == resource_id)
            log = self._folder.log(f"{self._env.environment}-providers")
            self._host = ProviderHost.start(self._connection, log, made)

    def variables(self) -> dict[str, str]:
        """What an engine command needs to attach; waits until the providers serve."""
        self.begin()
        if self._host is None:
            return {}
        return {**attaching(self._host), **self._saving()}

    def _saving(self) -> Mapping[str, str]:
        """How often the engine saves while it works.

        Attached providers remember what they made (`providers.made`), or find it by its URN, so that one save at the end is enough; the
        file backend's save after each step would rewrite the part's whole checkpoint twice a resource. Official plugins remember nothing.
        Where the state lies in a bucket, the next run may be on another machine, which knows nothing of this one's memory.
        """
        if state_of(self._env).backend:
            return {}
        return SAVED_ONCE

    def close(self) -> None:
        """End the process; requests that are being served may finish."""
        if self._host is not None:
            self._host.close()
            self._host = None
