"""The engine's protocol around one provider: what the SDK's servicer lacks, and errors that people can read.

Added to the SDK's `ProviderServicer`: ``Handshake`` and ``Attach`` (without them no engine attaches), unknown values, old inputs, resources
that were created but did not become ready, and which engine is asking. An `MlopsInfraError` reaches the user as its text; any other
exception is a bug of ours, of which the log gets the place but never the values.
"""

from __future__ import annotations

import logging
import traceback
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, Final, TypeAlias, TypeVar

import grpc
import grpc.aio
from google.protobuf import empty_pb2
from pulumi.provider.experimental import provider as sdk
from pulumi.provider.experimental.server import ProviderServicer
from pulumi.runtime import proto
from pulumi.runtime.proto import plugin_pb2, provider_pb2, status_pb2

from mlops_infra.errors import MlopsInfraError, UsageError
from mlops_infra.providers.caller import CALLER, Caller
from mlops_infra.providers.wire import (
    DeleteRequest,
    DiffRequest,
    InitFailedError,
    UnreachableError,
    UpdateRequest,
    from_struct,
    to_struct,
)

if TYPE_CHECKING:
    Context: TypeAlias = grpc.aio.ServicerContext[Any, Any]
_Answer = TypeVar("_Answer")
_log = logging.getLogger(__name__)
_KINDS: Final = {kind: getattr(proto.PropertyDiff, kind.name) for kind in sdk.PropertyDiffKind}


class AttachedServicer(ProviderServicer):
    """Serves one provider to any number of engines at once."""

    def __init__(self, provider: sdk.Provider, version: str) -> None:
        super().__init__([], version, provider, engine_address="")
        self._callers: dict[str, Caller] = {}

    async def close(self) -> None:
        """Close the connections to the engines."""
        for caller in self._callers.values():
            await caller.close()

    # Attaching

    async def Handshake(  # noqa: N802 - named by the protocol
        self, request: provider_pb2.ProviderHandshakeRequest, context: Context
    ) -> provider_pb2.ProviderHandshakeResponse:
        """First call of an engine. Resource references and output values are not asked for: plain values are all that an API takes."""
        self._know(context, request.engine_address)
        return provider_pb2.ProviderHandshakeResponse(accept_secrets=True, accept_resources=False, accept_outputs=False)

    async def Attach(self, request: plugin_pb2.PluginAttach, context: Context) -> empty_pb2.Empty:  # noqa: N802
        """Keep the engine's address."""
        self._know(context, request.address)
        return empty_pb2.Empty()

    async def Cancel(self, request: empty_pb2.Empty, context: Context) -> empty_pb2.Empty:  # noqa: ARG002, N802
        """Let the waits of this engine's requests end; other engines go on."""
        caller = self._callers.get(context.peer())
        if caller is not None:
            caller.stopping.set()
        await self._provider.cancel()
        return empty_pb2.Empty()

    def _know(self, context: Context, address: str) -> None:
        peer = context.peer()
        if peer not in self._callers:
            self._callers[peer] = Caller(address)

    # Resources

    async def Check(self, request: proto.CheckRequest, context: Context) -> proto.CheckResponse:  # noqa: N802
        asked = sdk.CheckRequest(request.urn, from_struct(request.olds), from_struct(request.news), request.randomSeed)
        told = await self._answer(context, request.urn, lambda: self._provider.check(asked))
        failures = [proto.CheckFailure(property=f.property, reason=f.reason) for f in told.failures or ()]
        return proto.CheckResponse(
            inputs=to_struct(told.inputs) if told.inputs is not None else None, failures=failures
        )

    async def Diff(self, request: proto.DiffRequest, context: Context) -> proto.DiffResponse:  # noqa: N802
        asked = DiffRequest(
            request.urn,
            request.id,
            from_struct(request.olds),
            from_struct(request.news),
            list(request.ignoreChanges),
            old_inputs=from_struct(request.old_inputs),
        )
        told = await self._answer(context, request.urn, lambda: self._provider.diff(asked))
        changes = {None: proto.DiffResponse.DIFF_UNKNOWN, True: proto.DiffResponse.DIFF_SOME}
        return proto.DiffResponse(
            replaces=told.replaces,
            stables=told.stables,
            deleteBeforeReplace=told.delete_before_replace,
            changes=changes.get(told.changes, proto.DiffResponse.DIFF_NONE),
            diffs=told.diffs,
            detailedDiff={
                path: proto.PropertyDiff(kind=_KINDS[found.kind], inputDiff=found.input_diff)
                for path, found in told.detailed_diff.items()
            },
            hasDetailedDiff=True,
        )

    async def Create(self, request: proto.CreateRequest, context: Context) -> proto.CreateResponse:  # noqa: N802
        asked = sdk.CreateRequest(request.urn, from_struct(request.properties), request.timeout, request.preview)
        told = await self._answer(context, request.urn, lambda: self._provider.create(asked))
        return proto.CreateResponse(id=told.resource_id or "", properties=to_struct(told.properties))

    async def Update(self, request: proto.UpdateRequest, context: Context) -> proto.UpdateResponse:  # noqa: N802
        asked = UpdateRequest(
            request.urn,
            request.id,
            from_struct(request.olds),
            from_struct(request.news),
            timeout=request.timeout,
            ignore_changes=list(request.ignoreChanges),
            preview=request.preview,
            old_inputs=from_struct(request.old_inputs),
        )
        told = await self._answer(context, request.urn, lambda: self._provider.update(asked), known_id=request.id)
        return proto.UpdateResponse(properties=to_struct(told.properties))

    async def Delete(self, request: proto.DeleteRequest, context: Context) -> empty_pb2.Empty:  # noqa: N802
        asked = DeleteRequest(
            request.urn,
            request.id,
            from_struct(request.properties),
            timeout=request.timeout,
            old_inputs=from_struct(request.old_inputs),
        )
        await self._answer(context, request.urn, lambda: self._provider.delete(asked))
        return empty_pb2.Empty()

    async def Read(self, request: proto.ReadRequest, context: Context) -> proto.ReadResponse:  # noqa: N802
        asked = sdk.ReadRequest(request.urn, request.id, from_struct(request.properties), from_struct(request.inputs))
        told = await self._answer(context, request.urn, lambda: self._provider.read(asked))
        return proto.ReadResponse(
            id=told.resource_id or "", properties=to_struct(told.properties), inputs=to_struct(told.inputs)
        )

    async def Invoke(self, request: proto.InvokeRequest, context: Context) -> proto.InvokeResponse:  # noqa: N802
        asked = sdk.InvokeRequest(request.tok, from_struct(request.args))
        told = await self._answer(context, request.tok, lambda: self._provider.invoke(asked))
        failures = [proto.CheckFailure(property=f.property, reason=f.reason) for f in told.failures or ()]
        # ``return`` is a keyword, so it goes by dictionary.
        answer: dict[str, Any] = {"return": to_struct(told.return_value), "failures": failures}
        return proto.InvokeResponse(**answer)

    async def Construct(self, request: proto.ConstructRequest, context: Context) -> proto.ConstructResponse:  # noqa: N802
        """Remote components (Helm charts, YAML files) are what the official plugins bring."""
        error = UsageError(
            f"{request.type} is a component of the official provider",
            where=request.name,
            hint="set `providers: official` in the stack file",
        )
        await context.abort(grpc.StatusCode.UNIMPLEMENTED, told_to_user(error))

    # Answering

    async def _answer(
        self, context: Context, urn: str, work: Callable[[], Awaitable[_Answer]], *, known_id: str = ""
    ) -> _Answer:
        CALLER.set(self._callers.get(context.peer()))
        try:
            return await work()
        except InitFailedError as failed:
            failed.resource_id = failed.resource_id or known_id
            await context.abort(
                grpc.StatusCode.UNKNOWN, str(failed), (("grpc-status-details-bin", _half_done(failed)),)
            )
        except UnreachableError as error:
            await context.abort(grpc.StatusCode.UNAVAILABLE, told_to_user(error))
        except MlopsInfraError as error:
            await context.abort(grpc.StatusCode.FAILED_PRECONDITION, told_to_user(error))
        except NotImplementedError as error:
            await context.abort(grpc.StatusCode.UNIMPLEMENTED, str(error))
        except Exception as error:  # noqa: BLE001 - the last line of defence: the engine must get an answer
            place = "".join(traceback.format_tb(error.__traceback__))
            _log.error("%s: %s at\n%s", urn, type(error).__name__, place)
            text = f"a bug in the provider: {type(error).__name__} (the provider's log says where)"
            await context.abort(grpc.StatusCode.INTERNAL, text)


def told_to_user(error: MlopsInfraError) -> str:
    """An error as the engine shows it: what, where, and the hint on a line of its own."""
    return f"{error}\nhint: {error.hint}" if error.hint else str(error)


def _half_done(failed: InitFailedError) -> bytes:
    """The details that make the engine keep the resource; engine 3.250 reads the outputs from ``inputs``, others from ``properties``."""
    outputs = to_struct(failed.properties)
    detail = provider_pb2.ErrorResourceInitFailed(
        id=failed.resource_id, properties=outputs, reasons=failed.reasons, inputs=outputs
    )
    status = status_pb2.Status(code=grpc.StatusCode.UNKNOWN.value[0], message=str(failed))
    status.details.add().Pack(detail)
    return status.SerializeToString()
