"""Synth: run the part programs against a monitor of our own and keep the graph. No engine, plugin, network or credentials.

Data flow: Environment → `pieces` → `piece_program` → `RecordingMonitor` → `SynthMonitor` (predicts outputs from the providers' own table) →
`Recorder` → Graph. What cannot be predicted stays unknown, exactly as in an engine preview.

Each piece of a part (a team, or all that a shared part has) runs by itself: the objects that the SDK makes of it are gone before the next
one runs, so memory grows with the graph only. A `SynthMemory` keeps what pieces gave together with what they had read (`reads`), and a
piece runs again only where one of these values is another.
"""

from __future__ import annotations

import asyncio
import contextvars
import threading
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from google.protobuf import empty_pb2
from pulumi.runtime import run_in_stack
from pulumi.runtime.mocks import MockEngine
from pulumi.runtime.proto import provider_pb2, resource_pb2
from pulumi.runtime.settings import Settings, configure

from mlops_infra.config.model import Environment
from mlops_infra.engine.garbage import few_collections
from mlops_infra.engine.reads import Reads
from mlops_infra.engine.record import Recorder, recorded
from mlops_infra.engine.settling import no_stack_traces, settled
from mlops_infra.engine.workspace import PROJECT, stack_name
from mlops_infra.errors import MlopsInfraError, OperationError
from mlops_infra.graph import Graph, Origin, Resource
from mlops_infra.graph.model import PropertyPath
from mlops_infra.platform import Given, Part, Relations, Team, part_names, piece_program, pieces
from mlops_infra.providers.connection import AwsConnection
from mlops_infra.providers.prediction import predict, predict_invoke
from mlops_infra.providers.structs import from_struct, to_struct

OriginOf = Callable[[PropertyPath], Origin | None]


class SynthMemory:
    """What pieces gave in earlier runs of this process, and the values for which they gave it; `KEPT` of each piece."""

    KEPT: Final = 4

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], list[tuple[Reads, Recorder]]] = {}

    def recorder(self, piece: Piece, run: Callable[[Piece], Recorder]) -> Recorder:
        """What `run` gives for `piece`, from an earlier run where that read the same values."""
        name = stack_name(piece.env.environment, piece.part), piece.team.name if piece.team else ""
        known = self._known.setdefault(name, [])
        roots = piece.roots()
        for entry in known:
            if entry[0].hold(roots):
                known.remove(entry)
                known.insert(0, entry)
                return entry[1]
        reads = Reads()
        made = run(piece.noted(reads))
        known.insert(0, (reads, made))
        del known[self.KEPT :]
        return made


@dataclass(frozen=True)
class Piece:
    """All that a piece's program is a function of."""

    part: str
    env: Environment
    team: Team | None
    relations: Relations
    given: Mapping[str, Given]

    def roots(self) -> dict[str, Any]:
        """The values by the names under which `noted` notes their reads."""
        found = {
            "env": self.env,
            "models": self.relations.models,
            "callers": self.relations.callers,
            "given": self.given,
        }
        return {**found, "team": self.team} if self.team else found

    def noted(self, reads: Reads) -> Piece:
        """The same piece, whose reads are noted."""
        of = {name: reads.noting(name, value) for name, value in self.roots().items()}
        return Piece(self.part, of["env"], of.get("team"), Relations(of["models"], of["callers"]), of["given"])


def synthesize(env: Environment, origin: OriginOf = lambda _: None, memory: SynthMemory | None = None) -> Graph:
    """The graph of everything that `env` asks for, all parts merged.

    `origin` finds where a stack-file key was set (`LoadedEnvironment.origin`); `memory` is what earlier calls gave.
    Raises OperationError where a program fails.
    """
    given: dict[str, Given] = {}
    resources: list[Resource] = []
    with few_collections(), no_stack_traces():
        for part in part_names(env):
            recorder = synthesize_part(env, part, given, memory)
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


def synthesize_part(
    env: Environment, part: str, given: Mapping[str, Given], memory: SynthMemory | None = None
) -> Recorder:
    """Run one part's program; returns what it registered."""
    relations = Relations.of(env)
    # An extension's code may read more than the environment.
    memory = None if env.extensions else memory
    found = Recorder(part)
    with few_collections():
        for team in pieces(env).get(part, ()):
            piece = Piece(part, env, team, relations, given)
            found.add(memory.recorder(piece, run_piece) if memory else run_piece(piece))
    return found


def run_piece(piece: Piece) -> Recorder:
    """Run the program of one piece; returns what it registered. Raises OperationError where it fails."""
    env, part = piece.env, piece.part
    recorder = Recorder(part)
    stack = stack_name(env.environment, part)
    aws = AwsConnection(account=env.aws.account, region=env.aws.region, partition=env.aws.partition)
    monitor = SynthMonitor(PROJECT, stack, aws)
    context = Part(env, part, piece.given, piece.relations)
    program = recorded(piece_program(context, piece.team), recorder, stack, threads=0)
    failure: list[BaseException] = []

    def run() -> None:
        try:
            run_program(PROJECT, stack, monitor, program)
        except Exception as error:  # noqa: BLE001 - raised again in the caller's thread
            failure.append(error)

    # A thread of its own: the caller may have a running event loop, and the SDK's settings are context variables.
    thread = threading.Thread(target=contextvars.Context().run, args=(run,), name=f"synth-{stack}")
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
