"""Mending the state by hand, resource by resource, and keeping copies of it.

Every edit goes through the engine's own commands, so that the state stays one that the engine accepts. The part of an edited resource is
looked at again by the next `up`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from pulumi.automation import CommandError, Deployment

from mlops_infra.engine.deploy import PulumiEngine
from mlops_infra.engine.record import STACK_TYPE
from mlops_infra.engine.workspace import stack_name
from mlops_infra.errors import OperationError, UsageError
from mlops_infra.graph import Secret
from mlops_infra.graph.model import Unknown, walk

BACKUP_VERSION: Final = 1


class StateEditor:
    """Edits of one environment's state; hold the environment's lock while you use it."""

    def __init__(self, engine: PulumiEngine) -> None:
        self._engine = engine

    def backup(self) -> dict[str, Any]:
        """All parts' deployments as plain JSON. Secrets in it stay encrypted with the project's passphrase or KMS key,
        without which a backup cannot be used."""
        environment = self._engine.environment
        parts = {part: self._engine.parts.deployment(part) for part in self._engine.parts.parts()}
        if not parts:
            raise OperationError(
                f"environment {environment} has no state", hint=f"`mlops-infra up --env {environment}` makes it"
            )
        return {"version": BACKUP_VERSION, "environment": environment, "parts": parts}

    def restore(self, backup: Mapping[str, Any]) -> tuple[str, ...]:
        """Put a backup's parts in place of the state; returns the parts. Raises UsageError for a foreign or unknown document."""
        parts = backup.get("parts")
        if backup.get("version") != BACKUP_VERSION or not isinstance(parts, Mapping):
            raise UsageError("this is no backup of a state", hint="give a file that `mlops-infra state backup` wrote")
        if backup.get("environment") != self._engine.environment:
            raise UsageError(
                f"the backup is of environment {backup.get('environment')}, not of {self._engine.environment}",
                hint="restore it with its own --env",
            )
        for part, deployment in parts.items():
            self._engine.parts.mark(part, "edited")
            with self._told(f"restoring part {part}"):
                self._engine.stack(part).import_stack(Deployment(version=3, deployment=dict(deployment)))
        return tuple(parts)

    def unprotect(self, *urns: str) -> None:
        """Let the engine delete or replace the resources; one run for each part."""
        by_part: dict[str, list[str]] = {}
        for urn in urns:
            by_part.setdefault(self._part_of(urn), []).append(urn)
        for part, own in by_part.items():
            self._run(part, ["state", "unprotect", *own, "--yes"])

    def move(self, urn: str, to: str) -> None:
        """Move the resource (with its children) to the part `to`; nothing in the cloud changes."""
        source = self._part_of(urn)
        target = self._engine.stack(to)
        workspace = self._engine.stack(source).workspace
        self._engine.parts.mark(source, "edited")
        self._engine.parts.mark(to, "edited")
        with self._told(f"moving {urn}"):
            workspace.run(
                [
                    *("state", "move", "--yes", "--source", stack_name(self._engine.environment, source)),
                    *("--dest", target.name, "--include-parents", urn),
                ]
            )

    def adopt(
        self,
        part: str,
        token: str,
        urn: str,
        resource_id: str,
        parent: str | None = None,
        inputs: Mapping[str, Any] | None = None,
    ) -> None:
        """Take something that exists already into the state of `part`, as the resource `urn`.

        `token` is Pulumi's type (``aws:s3/bucket:Bucket``), `resource_id` what its provider calls it, `parent` the URN of its component,
        `inputs` what the program asks for (the refresh looks at these properties; without them it may take the resource for another one).
        The engine's own `import` needs a language host; an entry in the state that a refresh fills in gives the same. Raises
        UsageError where the state has the resource already or lacks its component, OperationError where nothing of that id exists.
        """
        if not resource_id.strip():
            raise UsageError("the id is empty", where=urn, hint="give what the cloud calls it, e.g. a bucket's name")
        stack = self._engine.stack(part)
        before = dict(self._engine.parts.deployment(part))
        after = dict(before)
        after["resources"] = [
            *before.get("resources", ()),
            _entry(before, token, urn, resource_id, parent, known(inputs or {})),
        ]
        self._engine.parts.mark(part, "edited")
        with self._told(f"importing {urn.rsplit('::', 1)[-1]}"):
            stack.import_stack(Deployment(version=3, deployment=after))
            try:
                stack.refresh(target=[urn], color="never")
            except CommandError:
                # Made anew, because an engine that crashed leaves its lock.
                self._engine.stack(part).import_stack(Deployment(version=3, deployment=before))
                raise
        if not any(state["urn"] == urn for state in self._engine.parts.deployment(part).get("resources", ())):
            raise OperationError("there is nothing with this id", where=resource_id, hint="look its id up in the cloud")

    def _run(self, part: str, args: list[str]) -> None:
        stack = self._engine.stack(part)
        self._engine.parts.mark(part, "edited")
        with self._told(" ".join(args[:2])):
            stack.workspace.run([*args, "--stack", stack.name])

    def _part_of(self, urn: str) -> str:
        graph = self._engine.deployed()
        if graph is None or urn not in graph.resources:
            raise UsageError(
                "the state holds no such resource",
                where=urn,
                hint=f"`mlops-infra graph --env {self._engine.environment} --deployed` lists the URNs",
            )
        return graph[urn].part

    def _told(self, what: str) -> _Told:
        return _Told(what)


def known(inputs: Mapping[str, Any]) -> dict[str, Any]:
    """The inputs that can be written down: those without unknown or secret values."""
    return {
        key: value
        for key, value in inputs.items()
        if not any(isinstance(leaf, Unknown | Secret) for _, leaf in walk(value))
    }


def _entry(
    deployment: Mapping[str, Any],
    token: str,
    urn: str,
    resource_id: str,
    parent: str | None,
    inputs: Mapping[str, Any],
) -> dict[str, Any]:
    """A resource's entry in the state that knows its id and what it should be; a refresh makes it what it is."""
    resources = deployment.get("resources", ())
    if any(state["urn"] == urn for state in resources):
        raise UsageError("the state holds this resource already", where=urn)
    package = token.split(":", 1)[0]
    provider = next((s["provider"] for s in resources if s["type"].startswith(f"{package}:") and "provider" in s), None)
    root = next((s["urn"] for s in resources if s["type"] == STACK_TYPE), None)
    above = parent or root
    if provider is None or not any(state["urn"] == above for state in resources):
        raise UsageError(
            "the state does not hold the component that the resource belongs to",
            where=above or urn,
            hint="run `up` first: what it can make it makes, and what exists already is imported then",
        )
    return {
        **{"urn": urn, "custom": True, "id": resource_id, "type": token, "parent": above, "provider": provider},
        "inputs": dict(inputs),
        "outputs": dict(inputs),
    }


class _Told:
    """Turns an engine's failure into an error for people."""

    def __init__(self, what: str) -> None:
        self._what = what

    def __enter__(self) -> None:
        return None

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        if isinstance(error, CommandError):
            lines = [line for line in str(error).splitlines() if "error:" in line]
            raise OperationError(f"{self._what} failed: {' '.join(lines) or 'the engine gave no reason'}") from error
