"""Records what a part's program registers, whoever answers it.

`RecordingMonitor` stands between the SDK and a resource monitor (the engine's, or synth's own). It notes each registration, with the
stack-file key that it was made under, and takes dependencies on other parts' resources out of the request, which the engine,
knowing one stack only, would refuse; the recorded resource keeps them.
"""

from __future__ import annotations

import asyncio
import contextvars
import threading
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from types import MappingProxyType
from typing import Any

from pulumi.runtime.proto import resource_pb2
from pulumi.runtime.settings import SETTINGS

from mlops_infra.graph import UNKNOWN, Resource
from mlops_infra.platform import Given
from mlops_infra.platform.part import current_config_path
from mlops_infra.providers.structs import from_struct

STACK_TYPE = "pulumi:pulumi:Stack"


class Recorder:
    """What one part's program registered: resources, and what it gives to other parts."""

    def __init__(
        self, part: str, resources: Iterable[Resource] = (), given: Mapping[str, Given] = MappingProxyType({})
    ) -> None:
        self.part = part
        self.given: dict[str, Given] = dict(given)
        self._resources: dict[str, Resource] = {resource.urn: resource for resource in resources}
        self._lock = threading.Lock()
        self._stack_urn = ""

    @property
    def resources(self) -> list[Resource]:
        """The recorded resources, sorted by URN so that two runs of one program give the same list."""
        return [self._resources[urn] for urn in sorted(self._resources)]

    def add(self, other: Recorder) -> None:
        """Take over what another program of the same part registered and gave."""
        self._resources.update(other._resources)
        self.given.update(other.given)

    def registered(
        self,
        request: resource_pb2.RegisterResourceRequest,
        response: resource_pb2.RegisterResourceResponse,
    ) -> None:
        """Note one registration."""
        if request.type == STACK_TYPE:
            self._stack_urn = response.urn
            return
        resource = Resource(
            urn=response.urn,
            type=request.type,
            name=request.name,
            part=self.part,
            inputs=from_struct(request.object),
            outputs=from_struct(response.object),
            id=response.id or None,
            parent=None if request.parent == self._stack_urn else request.parent or None,
            dependencies=tuple(sorted(request.dependencies)),
            property_dependencies={
                key: tuple(sorted(value.urns))
                for key, value in sorted(request.propertyDependencies.items())
                if value.urns
            },
            protect=request.protect,
            custom=request.custom,
            config_path=current_config_path(),
        )
        with self._lock:
            self._resources[resource.urn] = resource

    def finished(self, request: resource_pb2.RegisterResourceOutputsRequest) -> None:
        """Note the stack's outputs: what the part gives to others."""
        if STACK_TYPE not in request.urn:
            return
        self.given = given_from(from_struct(request.outputs))


def given_from(outputs: dict[str, Any]) -> dict[str, Given]:
    """What a part gives, from its stack outputs (`Part.give` exports ``{"urn": …, "value": …}``)."""
    return {
        key: Given(value.get("value", UNKNOWN), value["urn"] if isinstance(value["urn"], str) else "")
        for key, value in outputs.items()
        if isinstance(value, dict) and "urn" in value
    }


class RecordingMonitor:
    """A resource monitor that records and passes on; `inner` is a gRPC stub or anything with its methods."""

    def __init__(self, inner: Any, recorder: Recorder, stack: str) -> None:
        self._inner = inner
        self._recorder = recorder
        self._own = f"urn:pulumi:{stack}::"

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def RegisterResource(  # noqa: N802 - the name is the protocol's
        self, request: resource_pb2.RegisterResourceRequest
    ) -> resource_pb2.RegisterResourceResponse:
        """Send the request without foreign dependencies; record it with them."""
        sent = request
        if any(not urn.startswith(self._own) for urn in request.dependencies):
            sent = resource_pb2.RegisterResourceRequest()
            sent.CopyFrom(request)
            del sent.dependencies[:]
            sent.dependencies.extend(urn for urn in request.dependencies if urn.startswith(self._own))
            for key, value in request.propertyDependencies.items():
                del sent.propertyDependencies[key].urns[:]
                sent.propertyDependencies[key].urns.extend(urn for urn in value.urns if urn.startswith(self._own))
        response: resource_pb2.RegisterResourceResponse = self._inner.RegisterResource(sent)
        self._recorder.registered(request, response)
        return response

    def RegisterResourceOutputs(self, request: resource_pb2.RegisterResourceOutputsRequest) -> Any:  # noqa: N802
        """Record the stack's outputs and pass them on."""
        self._recorder.finished(request)
        return self._inner.RegisterResourceOutputs(request)


class _ContextExecutor(ThreadPoolExecutor):
    """Runs each call in a copy of its submitter's context: the SDK sends registrations from an executor, where `at` must still hold."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        return super().submit(contextvars.copy_context().run, fn, *args, **kwargs)


class _AtOnce(ThreadPoolExecutor):
    """Runs each call where it is submitted: a monitor that answers without waiting needs no threads, which cost more than its answers."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as error:  # noqa: BLE001 - whoever waits for the future gets it
            future.set_exception(error)
        return future


def recorded(program: Callable[[], None], recorder: Recorder, stack: str, threads: int = 16) -> Callable[[], None]:
    """The inline program that runs `program` with its registrations recorded, `threads` of them under way at once; with none, at once."""

    def run() -> None:
        executor = _ContextExecutor(max_workers=threads) if threads else _AtOnce(max_workers=1)
        asyncio.get_running_loop().set_default_executor(executor)
        SETTINGS.monitor = RecordingMonitor(SETTINGS.monitor, recorder, stack)
        program()

    return run
