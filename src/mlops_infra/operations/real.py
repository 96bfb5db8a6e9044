"""The real rooms behind the ports. Every import of a heavy room happens inside a function, when it is first needed."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, cast

from mlops_infra.config import LoadedEnvironment
from mlops_infra.operations.bucket import state_bucket
from mlops_infra.operations.ports import (
    AuditBucketPort,
    Context,
    Ports,
    Programs,
    SandboxPort,
    StatePort,
    SynthPort,
    now,
    this_actor,
)
from mlops_infra.operations.project import Project
from mlops_infra.progress import Progress, silent
from mlops_infra.providers.connection import Connection

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from mlops_infra.engine.interface import Engine
    from mlops_infra.governance.policyset import PolicySet
    from mlops_infra.governance.server import Opa
    from mlops_infra.graph import Graph
    from mlops_infra.identity.actor import Identity
    from mlops_infra.operations.judging import Judgement
    from mlops_infra.providers.live import Live


class RealToolchain:
    """The module `mlops_infra.toolchain` behind `ToolchainPort`."""

    def ensure(self, names: Iterable[str], *, progress: Progress = silent, how: str = "auto") -> Mapping[str, Path]:
        """Find or install programs; raises OperationError where one cannot be had."""
        from mlops_infra import toolchain  # noqa: PLC0415 - brings an HTTP client

        wanted = cast('Literal["auto", "release", "source"]', how)
        found = toolchain.ensure(names, progress=progress, how=wanted)
        return {name: program.path for name, program in found.items()}

    def names(self) -> tuple[str, ...]:
        """The programs that the tool needs."""
        from mlops_infra import toolchain  # noqa: PLC0415

        return tuple(name for name, tool in toolchain.MANIFEST.items() if not tool.optional)

    def inspect(self) -> tuple[Any, ...]:
        """What is there and what is missing."""
        from mlops_infra import toolchain  # noqa: PLC0415

        return tuple(toolchain.inspect())


@contextmanager
def pulumi_engine(
    loaded: LoadedEnvironment,
    connection: Connection,
    project: Project,
    programs: Programs,
    *,
    looking: bool = False,
) -> Iterator[Engine]:
    """The real engine."""
    from mlops_infra.engine.deploy import PulumiEngine  # noqa: PLC0415 - brings Pulumi

    in_files = loaded.environment.target == "sandbox"
    binary = Path("pulumi") if looking and in_files else programs(["pulumi"])["pulumi"]
    with PulumiEngine(loaded.environment, connection, project.state_dir(), binary, origin=loaded.origin) as engine:
        yield engine


def synthesized(loaded: LoadedEnvironment) -> Graph:
    """The graph by synth."""
    from mlops_infra.engine.synth import synthesize  # noqa: PLC0415 - brings Pulumi

    return synthesize(loaded.environment, loaded.origin)


def synth_with_memory() -> SynthPort:
    """A synth that remembers what programs gave, for as long as somebody holds it."""
    from mlops_infra.engine.synth import SynthMemory, synthesize  # noqa: PLC0415 - brings Pulumi

    memory = SynthMemory()

    def synth(loaded: LoadedEnvironment) -> Graph:
        return synthesize(loaded.environment, loaded.origin, memory)

    return synth


def remembered(loaded: LoadedEnvironment, project: Project, synth: SynthPort) -> Graph:
    """The graph by synth, kept in the project's cache folder."""
    from mlops_infra.engine import graph_cache  # noqa: PLC0415

    folder = project.state_dir() / "cache" / "graphs"
    return graph_cache.remembered(folder, loaded.environment, loaded.origin, lambda: synth(loaded))


def state_editor(engine: Engine) -> StatePort:
    """The real engine's state editor."""
    from mlops_infra.engine.deploy import PulumiEngine  # noqa: PLC0415
    from mlops_infra.engine.state_edit import StateEditor  # noqa: PLC0415

    if not isinstance(engine, PulumiEngine):
        raise TypeError("only the real engine's state can be edited")
    return StateEditor(engine)


def pulumi_variables(loaded: LoadedEnvironment, project: Project) -> Mapping[str, str]:
    """The variables under which the ordinary Pulumi CLI works on the environment's parts."""
    from mlops_infra.engine.workspace import EngineFolder, engine_variables  # noqa: PLC0415 - brings Pulumi

    return engine_variables(loaded.environment, EngineFolder.of(project.state_dir()))


def embedded_cloud(project: Project, programs: Programs) -> SandboxPort:
    """The real sandbox."""
    from mlops_infra.sandbox import Sandbox  # noqa: PLC0415 - brings the Kubernetes client

    return Sandbox(project.state_dir(), programs)


def stock_opa(policies: PolicySet, programs: Programs) -> AbstractContextManager[Opa]:
    """The real OPA: the configured one, or a server of our own on loopback."""
    from mlops_infra.governance.server import TOKEN, URL, OpaServer  # noqa: PLC0415

    if url := os.environ.get(URL):
        from mlops_infra.governance.remote import RemoteOpa  # noqa: PLC0415 - brings an HTTP client

        return RemoteOpa(url, os.environ.get(TOKEN), policies)
    return OpaServer(programs(["opa"])["opa"], policies)


def by_policies(context: Context, loaded: LoadedEnvironment) -> AbstractContextManager[Judgement]:
    """The judge that asks the project's policies."""
    from mlops_infra.operations.check import judging  # noqa: PLC0415 - brings an HTTP client

    return judging(context, loaded)


def read_live(connection: Connection, deployed: Graph, siblings: frozenset[str]) -> Live:
    """What really is, from the live APIs."""
    from mlops_infra.providers import live  # noqa: PLC0415 - brings botocore and the Kubernetes client

    return live.read_live(connection, deployed, siblings)


def audit_bucket(connection: Connection, loaded: LoadedEnvironment) -> AuditBucketPort:
    """The environment's audit bucket."""
    from mlops_infra.operations.audit_bucket import AuditBucket  # noqa: PLC0415 - brings botocore

    return AuditBucket(connection, loaded)


def by_proof(context: Context, loaded: LoadedEnvironment, operation: str) -> Identity:
    """Who acts: by an SSH key or a token, or the user of this machine."""
    from mlops_infra.operations import authorising  # noqa: PLC0415

    return authorising.by_proof(context, loaded, operation)


def by_decision(
    context: Context, loaded: LoadedEnvironment, identity: Identity, operation: str, requester: str | None
) -> None:
    """Whether they may: by the project's policies."""
    from mlops_infra.operations import authorising  # noqa: PLC0415

    authorising.by_policies(context, loaded, identity, operation, requester)


def real_ports() -> Ports:
    """All rooms as they are."""
    return Ports(
        engine=pulumi_engine,
        synth=synthesized,
        remembered=remembered,
        synth_with_memory=synth_with_memory,
        state=state_editor,
        engine_variables=pulumi_variables,
        sandbox=embedded_cloud,
        toolchain=RealToolchain(),
        clock=now,
        actor=this_actor,
        opa=stock_opa,
        judge=by_policies,
        identify=by_proof,
        authorise=by_decision,
        live=read_live,
        audit_bucket=audit_bucket,
        state_bucket=state_bucket,
    )
