"""Synth: run the part programs against a monitor of our own and keep the graph. No engine, plugin, network or credentials.

Data flow: Environment → `part_program` → `RecordingMonitor` → `SynthMonitor` (predicts outputs from the providers' own table) →
`Recorder` → Graph. What cannot be predicted stays unknown, exactly as in an engine preview.
"""

from __future__ import annotations

import asyncio
import contextvars
import threading
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import replace
from typing import Any

from google.protobuf import empty_pb2
from pulumi.runtime import run_in_stack
from pulumi.runtime.mocks import MockEngine
from pulumi.runtime.proto import provider_pb2, resource_pb2
from pulumi.runtime.settings import Settings, configure

from mlops_infra.config.model import Environment
from mlops_infra.engine.record import Recorder, recorded
from mlops_infra.engine.settling import few_collections, settled
from mlops_infra.engine.workspace import PROJECT, stack_name
from mlops_infra.errors import MlopsInfraError, OperationError
from mlops_infra.graph import Graph, Origin, Resource
from mlops_infra.graph.model import PropertyPath
from mlops_infra.platform import Given, part_names, part_program
from mlops_infra.providers.connection import AwsConnection
from mlops_infra.providers.prediction import predict, predict_invoke
from mlops_infra.providers.structs import from_struct, to_struct

OriginOf = Callable[[PropertyPath], Origin | None]


def synthesize(env: Environment, origin: OriginOf = lambda _: None) -> Graph:
    """The graph of everything that `env` asks for, all parts merged.

    `origin` finds where a stack-file key was set (`LoadedEnvironment.origin`). Raises OperationError where a program fails.
    """
    given: dict[str, Given] = {}
    resources: list[Resource] = []
    for part in part_names(env):
        recorder = synthesize_part(env, part, given)
        given.update(recorder.given)
        resources.extend(located(recorder.resources, origin))
    return Graph.of(env.environment, resources)


def located(resources: list[Resource], origin: OriginOf) -> list[Resource]:
    """The resources with the origin of their stack-file key; one without a key inherits its parent's."""
    by_urn = {resource.urn: resource for resource in resources}
    found: list[Resource] = []
    for resource in resources:
        path, parent = resource.config_path, by_urn.get(resource.parent or "")
        while not path and parent is not None:
            path, parent = parent.config_path, by_urn.get(parent.parent or "")
        found.append(replace(resource, config_path=path, origin=origin(path) if path else None))
    return found


def synthesize_part(env: Environment, part: str, given: Mapping[str, Given]) -> Recorder:
    """Run one part's program; returns what it registered."""
    recorder = Recorder(part)
    stack = stack_name(env.environment, part)
    aws = AwsConnection(account=env.aws.account, region=env.aws.region, partition=env.aws.partition)
    monitor = SynthMonitor(PROJECT, stack, aws)
    program = recorded(part_program(env, part, given), recorder, stack)
    failure: list[BaseException] = []

    def run() -> None:
        try:
            run_program(PROJECT, stack, monitor, program)
        except Exception as error:  # noqa: BLE001 - raised again in the caller's thread
            failure.append(error)

    # A thread of its own: the caller may have a running event loop, and the SDK's settings are context variables.
    thread = threading.Thread(target=contextvars.Context().run, args=(run,), name=f"synth-{stack}")
    with few_collections():
        thread.start()
        thread.join()
    if failure:
        if isinstance(failure[0], MlopsInfraError):
            raise failure[0]
        raise OperationError(
            f"the program of part {part} failed: {failure[0]}",
            where=stack,
            hint="run again with --debug for the traceback",
        ) from failure[0]
    return recorder


def run_program(project: str, stack: str, monitor: Any, program: Callable[[], None]) -> None:
    """Run an inline program against `monitor` as a preview, in the current context."""
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    try:
        configure(
            Settings(
                project=project,
                stack=stack,
                monitor=monitor,
                engine=MockEngine(None),
                dry_run=True,
                organization="organization",
            )
        )
        loop.run_until_complete(run_in_stack(lambda: _settling(program)))
    finally:
        for task in asyncio.all_tasks(loop):
            task.cancel()
        loop.run_until_complete(loop.shutdown_default_executor())
        asyncio.set_event_loop(None)
        loop.close()


def _settling(program: Callable[[], None]) -> Coroutine[Any, Any, None]:
    program()
    return settled()


class SynthMonitor:
    """Answers registrations as a preview would: ids unknown, outputs predicted where they follow from the inputs."""

    def __init__(self, project: str, stack: str, aws: AwsConnection) -> None:
        self._project = project
        self._stack = stack
        self._aws = aws

    def _urn(self, parent: str, token: str, name: str) -> str:
        parent_type = parent.split("::")[2] if parent else ""
        qualified = token if parent_type in ("", "pulumi:pulumi:Stack") else f"{parent_type}${token}"
        return f"urn:pulumi:{self._stack}::{self._project}::{qualified}::{name}"

    def RegisterResource(  # noqa: N802 - the names are the protocol's
        self, request: resource_pb2.RegisterResourceRequest
    ) -> resource_pb2.RegisterResourceResponse:
        urn = self._urn(request.parent, request.type, request.name)
        if not request.custom:
            return resource_pb2.RegisterResourceResponse(urn=urn)
        inputs = from_struct(request.object)
        outputs = predict(request.type, request.name, inputs, self._aws)
        predicted_id = outputs.pop("id", "")
        return resource_pb2.RegisterResourceResponse(
            urn=urn, id=str(predicted_id or ""), object=to_struct({**inputs, **outputs})
        )

    def Invoke(self, request: resource_pb2.ResourceInvokeRequest) -> provider_pb2.InvokeResponse:  # noqa: N802
        answer = predict_invoke(request.tok, from_struct(request.args), self._aws)
        response = provider_pb2.InvokeResponse()
        getattr(response, "return").CopyFrom(to_struct(answer))  # the field's name is a keyword of Python
        return response

    def RegisterResourceOutputs(self, request: resource_pb2.RegisterResourceOutputsRequest) -> Any:  # noqa: N802, ARG002
        return empty_pb2.Empty()

    def SupportsFeature(self, request: resource_pb2.SupportsFeatureRequest) -> resource_pb2.SupportsFeatureResponse:  # noqa: N802
        unsupported = {"transforms", "invokeTransforms", "resourceHooks", "errorHooks"}
        return resource_pb2.SupportsFeatureResponse(hasSupport=request.id not in unsupported)

    def SignalAndWaitForShutdown(self, request: Any) -> Any:  # noqa: N802, ARG002
        return empty_pb2.Empty()
