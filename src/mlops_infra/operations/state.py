"""state backup, restore, unprotect, move, import: mending the state by hand, under the lock and in the ledger."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from mlops_infra.errors import OperationError, UsageError
from mlops_infra.operations.ports import Context
from mlops_infra.operations.session import session


def backup(context: Context, environment: str, to: Path | None = None) -> Path:
    """Write all parts' state to a new file (0600; secrets stay encrypted); returns it.

    Default: ``.mlops-infra/backups/<environment>-<UTC time>.json``. Raises OperationError where the file exists already.
    """
    with session(context, environment, "state backup", planes=False) as opened:
        document = context.ports.state(opened.engine).backup()
        if to is None:
            folder = context.project.state_dir() / "backups"
            folder.mkdir(mode=0o700, exist_ok=True)
            to = folder / f"{environment}-{context.ports.clock():%Y%m%dT%H%M%SZ}.json"
        _write(to, document)
        opened.recorder.observed("state backup", {"file": to.name})
        return to


def restore(context: Context, environment: str, file: Path) -> tuple[str, ...]:
    """Put a backup in place of the state; returns the parts. The next `up` or `drift` compares it with what really is."""
    try:
        document = json.loads(file.read_bytes())
    except OSError as error:
        raise UsageError(f"the backup cannot be read: {error.strerror}", where=str(file)) from error
    except ValueError as error:
        raise UsageError("the backup is no JSON document", where=str(file)) from error
    if not isinstance(document, dict):
        raise UsageError("this is no backup of a state", where=str(file))
    with (
        session(context, environment, "state restore", planes=False) as opened,
        opened.recorder.change("state restore", {"file": file.name}) as running,
    ):
        parts = context.ports.state(opened.engine).restore(document)
        running.data["parts"] = list(parts)
        return parts


def unprotect(context: Context, environment: str, urn: str, *, recursive: bool = False) -> tuple[str, ...]:
    """Let the engine delete or replace a protected resource; `recursive`: and everything protected that it contains (a team's component).

    Returns the URNs. Raises UsageError where the state holds no such resource, or nothing in it is protected.
    """
    with session(context, environment, "state unprotect", planes=False) as opened:
        deployed = opened.engine.deployed()
        inside = deployed.within(urn) if recursive and deployed is not None else ()
        urns = tuple(resource.urn for resource in inside if resource.protect) if inside else (urn,)
        if not urns:
            raise UsageError("nothing in it is protected", where=urn)
        asked = {"urn": urn, "resources": list(urns)} if recursive else {"urn": urn}
        with opened.recorder.change("state unprotect", asked):
            context.ports.state(opened.engine).unprotect(*urns)
        return urns


def move(context: Context, environment: str, urn: str, to: str) -> None:
    """Move a resource to another part; nothing in the cloud changes."""
    with (
        session(context, environment, "state move", planes=False) as opened,
        opened.recorder.change("state move", {"urn": urn, "to": to}),
    ):
        context.ports.state(opened.engine).move(urn, to)


def adopt(context: Context, environment: str, urn: str, resource_id: str) -> None:
    """Take something that exists already into the state, as the resource `urn` that the stack file asks for.

    `resource_id` is what its provider calls it (a bucket's name, ``namespace/name``). Raises UsageError where the stack file asks
    for no such resource.
    """
    with session(context, environment, "state import") as opened:
        wanted = context.ports.synth(opened.loaded)
        if urn not in wanted.resources:
            raise UsageError(
                "the stack file asks for no such resource",
                where=urn,
                hint=f"`mlops-infra graph --env {environment}` lists the URNs that it asks for",
            )
        found = wanted[urn]
        with opened.recorder.change("state import", {"urn": urn, "id": resource_id}), opened.stoppable():
            context.ports.state(opened.engine).adopt(
                found.part, found.type, urn, resource_id, found.parent, found.inputs
            )


def _write(file: Path, document: dict[str, Any]) -> None:
    try:
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise OperationError("there is such a file already", where=str(file), hint="give another name") from None
    except OSError as error:
        raise OperationError(f"the backup cannot be written: {error.strerror}", where=str(file)) from error
    with os.fdopen(handle, "w", encoding="utf-8") as stream:
        json.dump(document, stream)
        stream.flush()
        os.fsync(stream.fileno())
