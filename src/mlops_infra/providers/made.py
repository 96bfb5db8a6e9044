"""What a provider made that the engine may not have saved yet: so that a killed run loses nothing and nothing is made twice.

The engine's file backend rewrites a part's whole checkpoint twice a step, which costs minutes for some hundred resources. So the engine
saves once, at the end, and the provider notes each resource as it is made: one appended line of URN and id. After a kill the next run
asks for the resource again, and `Adopting` answers with the one that is there. Before a run `MadeJournal.settle` drops what the state
knows by now, so that a later replacement of the same URN is not mistaken for an interrupted create.

Kept in memory by the kernel at the latest when the create is answered (a killed process loses no line; there is no fsync, so the power
cut of a host may lose the last ones).
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

from pulumi.provider.experimental import provider as sdk

from mlops_infra.providers.wire import InitFailedError, UpdateRequest


class MadeJournal:
    """Ids by URN, in a file of JSON lines (0600). One process writes at a time; a torn last line is dropped."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._made = _read(path)

    def find(self, urn: str) -> str | None:
        """The id of what was made for a URN and is not in the state as far as we know."""
        return self._made.get(urn)

    def note(self, urn: str, resource_id: str) -> None:
        """Remember that a resource was made."""
        self._made[urn] = resource_id
        self._append([urn, resource_id])

    def forget(self, urn: str, resource_id: str) -> None:
        """The resource was deleted."""
        if self._made.get(urn) == resource_id:
            del self._made[urn]
            self._append([urn, None])

    def _append(self, entry: list[str | None]) -> None:
        handle = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            os.write(handle, json.dumps(entry).encode() + b"\n")
        finally:
            os.close(handle)

    def settle(self, saved: Callable[[str, str], bool]) -> None:
        """Drop the entries that the state has (`saved` tells by URN and id). Call while no provider runs."""
        left = {urn: made for urn, made in self._made.items() if not saved(urn, made)}
        if left != self._made or not left:
            self._made = left
            self._path.unlink(missing_ok=True)
            for urn, made in left.items():
                self._append([urn, made])


def _read(path: Path) -> dict[str, str]:
    made: dict[str, str] = {}
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return made
    whole = data.rfind(b"\n") + 1
    if whole < len(data):
        os.truncate(path, whole)
    for line in data[:whole].splitlines():
        urn, resource_id = json.loads(line)
        if resource_id is None:
            made.pop(urn, None)
        else:
            made[urn] = resource_id
    return made


class Adopting(sdk.Provider):
    """A provider that notes what it makes, and takes over what an interrupted run made instead of making it again."""

    def __init__(self, inner: sdk.Provider, journal: MadeJournal) -> None:
        self._inner = inner
        self._journal = journal

    async def create(self, request: sdk.CreateRequest) -> sdk.CreateResponse:
        """Create, or bring the one of an interrupted run in line with the inputs."""
        if request.preview:
            return await self._inner.create(request)
        known = self._journal.find(request.urn)
        if known is not None:
            found = await self._inner.read(sdk.ReadRequest(request.urn, known, {}, request.properties))
            if found.resource_id:
                old, inputs = found.properties or {}, found.inputs or {}
                update = UpdateRequest(
                    *(request.urn, known, old, request.properties),
                    timeout=request.timeout,
                    ignore_changes=[],
                    preview=False,
                    old_inputs=inputs,
                )
                told = await self._inner.update(update)
                return sdk.CreateResponse(known, told.properties)
            self._journal.forget(request.urn, known)
        try:
            made = await self._inner.create(request)
        except InitFailedError as failed:
            self._journal.note(request.urn, failed.resource_id)
            raise
        self._journal.note(request.urn, made.resource_id or "")
        return made

    async def delete(self, request: sdk.DeleteRequest) -> None:
        await self._inner.delete(request)
        self._journal.forget(request.urn, request.resource_id)

    async def invoke(self, request: sdk.InvokeRequest) -> sdk.InvokeResponse:
        return await self._inner.invoke(request)

    async def check(self, request: sdk.CheckRequest) -> sdk.CheckResponse:
        return await self._inner.check(request)

    async def diff(self, request: sdk.DiffRequest) -> sdk.DiffResponse:
        return await self._inner.diff(request)

    async def read(self, request: sdk.ReadRequest) -> sdk.ReadResponse:
        return await self._inner.read(request)

    async def update(self, request: sdk.UpdateRequest) -> sdk.UpdateResponse:
        return await self._inner.update(request)

    async def cancel(self) -> None:
        await self._inner.cancel()
