"""Which engine asks, for as long as one request is served: so that a provider can say something to it and hears when to stop.

Several engines (one a part) use the same provider process at once; the servicer tells them apart by their connections.
"""

from __future__ import annotations

import asyncio
import logging
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Final, Literal, cast

import grpc
import grpc.aio
from pulumi.runtime.proto import engine_pb2, engine_pb2_grpc

Severity = Literal["info", "warning", "error"]
_SEVERITIES: Final = {"info": engine_pb2.INFO, "warning": engine_pb2.WARNING, "error": engine_pb2.ERROR}
_log = logging.getLogger(__name__)


@dataclass
class Caller:
    """One engine's connection. `stopping` is set when it asks to stop; `told` remembers what need not be said twice."""

    engine: str
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    told: set[str] = field(default_factory=set)
    _channel: grpc.aio.Channel | None = None

    async def say(self, urn: str, text: str, severity: Severity, *, ephemeral: bool) -> None:
        """Show `text` to the user, at the resource `urn`."""
        if self._channel is None:
            self._channel = grpc.aio.insecure_channel(self.engine)
        request = engine_pb2.LogRequest(severity=_SEVERITIES[severity], message=text, urn=urn, ephemeral=ephemeral)
        engine = cast("engine_pb2_grpc.EngineAsyncStub", engine_pb2_grpc.EngineStub(self._channel))
        try:
            await engine.Log(request, timeout=10)
        except grpc.aio.AioRpcError as error:
            _log.warning("the engine at %s took no message: %s", self.engine, error.code().name)

    async def close(self) -> None:
        """Close the connection to the engine."""
        if self._channel is not None:
            await self._channel.close()


CALLER: Final[ContextVar[Caller | None]] = ContextVar("caller", default=None)
"""The engine behind the request that the current task serves; None outside of a request."""


async def tell(urn: str, text: str, severity: Severity = "info", *, ephemeral: bool = False, once: str = "") -> None:
    """Say something to the user through the engine that asks. With `once`, only the first message of that key is shown by each engine."""
    _log.info("%s: %s", urn.rsplit("::", 1)[-1], text)
    caller = CALLER.get()
    if caller is None:
        return
    if once:
        if once in caller.told:
            return
        caller.told.add(once)
    await caller.say(urn, text, severity, ephemeral=ephemeral)


async def stopping() -> None:
    """Return when the engine that asks wants to stop; never outside of a request."""
    caller = CALLER.get()
    await (caller.stopping if caller is not None else asyncio.Event()).wait()
