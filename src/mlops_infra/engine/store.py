"""Reading what the engine keeps: does a stack exist, has somebody written to it, what is deployed.

The file backend's checkpoints are read straight from their files (an engine run for that costs a third of a second a part); any other
backend is asked through the engine. Secrets stay encrypted either way.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any, Protocol

from mlops_infra.engine.parts import file_digest
from mlops_infra.engine.workspace import EngineFolder, PartWorkspace
from mlops_infra.errors import OperationError


class StateStore(Protocol):
    """Read access to the stacks of one backend, by stack name."""

    def exists(self, stack: str) -> bool:
        """Whether the stack has a checkpoint."""

    def digest(self, stack: str) -> str:
        """SHA-256 over the checkpoint, empty where there is none."""

    def deployment(self, stack: str) -> Mapping[str, Any]:
        """The deployment as ``pulumi stack export`` tells it, empty where there is none."""

    def forget(self, stack: str) -> None:
        """The engine has worked on the stack: what was read of it before counts no more."""


class FileStore:
    """Checkpoints of the file backend."""

    def __init__(self, folder: EngineFolder) -> None:
        self._folder = folder

    def _path(self, stack: str) -> Path:
        return self._folder.checkpoint(stack)

    def exists(self, stack: str) -> bool:
        return self._path(stack).exists()

    def digest(self, stack: str) -> str:
        return file_digest(self._path(stack))

    def deployment(self, stack: str) -> Mapping[str, Any]:
        try:
            told = json.loads(self._path(stack).read_bytes())
        except FileNotFoundError:
            return {}
        except ValueError:
            raise OperationError(
                "the engine's state cannot be read",
                where=str(self._path(stack)),
                hint="restore it from a backup with `mlops-infra state restore`, or from the .bak file beside it",
            ) from None
        deployment: Mapping[str, Any] = (told.get("checkpoint") or {}).get("latest") or {}
        return deployment

    def forget(self, stack: str) -> None:
        """Nothing is kept."""


class EngineStore:
    """Stacks of any other backend, asked through the engine; `workspace` makes one that is set up for the backend.

    An engine run for each question would cost half a second, so that answers are kept until the engine works on the stack again: for the
    length of one operation, which holds the environment's lock.
    """

    def __init__(self, workspace: Callable[[], PartWorkspace]) -> None:
        self._workspace = workspace
        self._known: frozenset[str] | None = None
        self._deployments: dict[str, Mapping[str, Any]] = {}

    def exists(self, stack: str) -> bool:
        known = self._known
        if known is None:
            known = frozenset(summary.name.rsplit("/", 1)[-1] for summary in self._workspace().list_stacks())
            self._known = known
        return stack in known

    def digest(self, stack: str) -> str:
        deployment = self.deployment(stack)
        return sha256(json.dumps(deployment, sort_keys=True).encode()).hexdigest() if deployment else ""

    def deployment(self, stack: str) -> Mapping[str, Any]:
        if not self.exists(stack):
            return {}
        kept = self._deployments.get(stack)
        if kept is None:
            # Not the Automation API's `export_stack`: that one decrypts the secrets.
            told = json.loads(self._workspace().run(["stack", "export", "--stack", stack]))
            kept = told.get("deployment") or {}
            self._deployments[stack] = kept
        return kept

    def forget(self, stack: str) -> None:
        self._known = None
        self._deployments.pop(stack, None)
