"""One Pulumi workspace per project: its folder, its settings files, its passphrase; one Pulumi stack per part.

The folder is ``.mlops-infra/engine``: ``Pulumi.yaml`` and ``Pulumi.<stack>.yaml`` (which hold the encryption salt), ``passphrase``,
``state/`` (the file backend), ``home/`` and ``logs/``. All of it is 0700, the passphrase 0600.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from pulumi.automation import (
    LocalWorkspace,
    OutputMap,
    ProjectBackend,
    ProjectSettings,
    Stack,
    StackSettings,
    UpdateSummary,
)
from pulumi.automation._stack import StackInitMode  # what Stack's constructor asks for has no public name

from mlops_infra.config.model import Environment, State
from mlops_infra.engine.process import EngineCommand
from mlops_infra.errors import UsageError

PROJECT: Final = "mlops-infra"
"""The Pulumi project of every stack; it is part of every URN and equals the name in the top-level Pulumi.yaml."""


def stack_name(environment: str, part: str) -> str:
    """The Pulumi stack of one part: ``staging-foundation``."""
    return f"{environment}-{part}"


@dataclass(frozen=True)
class EngineFolder:
    """Where the engine keeps what it keeps for one project."""

    root: Path

    @classmethod
    def of(cls, state_dir: Path) -> EngineFolder:
        """The folder inside `state_dir` (``.mlops-infra``), made where it is missing."""
        root = state_dir / "engine"
        for folder in (root, root / "state", root / "home", root / "logs", root / "parts"):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return cls(root)

    @property
    def state(self) -> Path:
        return self.root / "state"

    @property
    def passphrase(self) -> Path:
        return self.root / "passphrase"

    def log(self, environment: str) -> Path:
        return self.root / "logs" / f"{environment}.log"

    def made(self, environment: str) -> Path:
        """What the attached providers made (`providers.made`)."""
        return self.root / "parts" / f"{environment}.made"

    def ensure_passphrase(self) -> Path:
        """The passphrase's file; made once, from 256 random bits. Losing it loses the secrets in the state."""
        try:
            handle = os.open(self.passphrase, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            return self.passphrase
        with os.fdopen(handle, "w") as file:
            file.write(secrets.token_urlsafe(32))
            file.flush()
            os.fsync(file.fileno())
        return self.passphrase

    def checkpoint(self, stack: str) -> Path:
        """The file backend's checkpoint of one stack."""
        return self.state / ".pulumi" / "stacks" / PROJECT / f"{stack}.json"

    def locks(self, stack: str) -> Path:
        """Where the file backend keeps the locks of one stack."""
        return self.state / self.locks_inside(stack)

    def locks_inside(self, stack: str) -> str:
        """The same within any backend of the engine's own (DIY): also of an S3 bucket, below the URL's prefix."""
        return f".pulumi/locks/organization/{PROJECT}/{stack}"


def state_of(env: Environment) -> State:
    """Where the state lies. The sandbox's lies in files, whatever the stack file has ready for the day when the target changes."""
    return env.state if env.target == "aws" else State()


def backend_url(env: Environment, folder: EngineFolder) -> str:
    """The state backend: the stack file's, or files in the project for the sandbox."""
    if backend := state_of(env).backend:
        return backend
    if env.target == "aws":
        raise UsageError(
            "target aws needs a state backend",
            where="state.backend",
            hint=f"set state.backend to s3://… (`mlops-infra bootstrap --env {env.environment}` makes the bucket and its key)",
        )
    return f"file://{folder.state}"


def engine_variables(env: Environment, folder: EngineFolder) -> dict[str, str]:
    """The variables under which the ordinary Pulumi CLI works on the same state (also printed by ``sandbox env``)."""
    found = {
        "PULUMI_BACKEND_URL": backend_url(env, folder),
        "PULUMI_SKIP_UPDATE_CHECK": "true",
        # `state backup` keeps copies; the engine's own, one a run and never removed, would only cost time.
        "PULUMI_DIY_BACKEND_DISABLE_CHECKPOINT_BACKUPS": "true",
    }
    if not state_of(env).secrets_provider:
        found["PULUMI_CONFIG_PASSPHRASE_FILE"] = str(folder.ensure_passphrase())
    return found


class PartWorkspace(LocalWorkspace):
    """A workspace that does not start the engine to learn what the file system tells."""

    def __init__(
        self,
        env: Environment,
        folder: EngineFolder,
        command: EngineCommand,
        variables: Mapping[str, str],
        config: Mapping[str, str],
    ) -> None:
        backend = backend_url(env, folder)
        self._folder = folder
        self._local = backend.startswith("file://")
        self._config = config
        self._kms = state_of(env).secrets_provider
        super().__init__(
            work_dir=str(folder.root),
            pulumi_home=str(folder.root / "home"),
            env_vars={**engine_variables(env, folder), **variables},
            secrets_provider=self._kms or "passphrase",
            pulumi_command=command,
        )
        if not (folder.root / "Pulumi.yaml").exists():
            self.save_project_settings(ProjectSettings(name=PROJECT, runtime="python", backend=ProjectBackend(backend)))

    def select_stack(self, stack_name: str) -> None:
        """Nothing to select: every command names its stack. Makes sure that it exists and has its configuration."""
        if not (self._local and self._folder.checkpoint(stack_name).exists()):
            super().select_stack(stack_name)
        self._configure(stack_name)

    def create_stack(self, stack_name: str) -> None:
        super().create_stack(stack_name)
        self._configure(stack_name)

    def run(self, args: list[str]) -> str:
        """Run an engine command that the Automation API has no method for; returns what it printed."""
        variables = {"PULUMI_HOME": self.pulumi_home or "", **self.env_vars}
        return self.pulumi_command.run(args, self.work_dir, variables).stdout

    def _configure(self, stack_name: str) -> None:
        try:
            settings = self.stack_settings(stack_name)
        except FileNotFoundError:
            # The first run on this machine for a stack that another one made: the engine must not take a passphrase for it.
            settings = StackSettings(secrets_provider=self._kms)
        if (settings.config or {}) != self._config:
            settings.config = dict(self._config)
            self.save_stack_settings(stack_name, settings)


class PartStack(Stack):
    """A stack whose operations do not end with two more engine runs for outputs and history, which we read elsewhere."""

    workspace: PartWorkspace

    def __init__(self, name: str, workspace: PartWorkspace) -> None:
        super().__init__(name, workspace, StackInitMode.CREATE_OR_SELECT)

    def outputs(self) -> OutputMap:
        return {}

    def info(self, show_secrets: bool = True) -> UpdateSummary:  # noqa: ARG002 - the signature is the base class's
        return UpdateSummary(
            kind="update", start_time=datetime.now(UTC), message="", environment={}, config={}, result="succeeded"
        )
