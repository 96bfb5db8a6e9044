"""A whole project with fakes for every room below operations: stack files are real, the cloud is in memory."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from fake_access import FakeAccess
from fake_engine import FakeCloud, wanted
from fake_judge import FakeJudge
from fake_opa import FakeOpa
from fake_state_bucket import FakeStateBucket

from mlops_infra.audit import Ledger
from mlops_infra.config.model import Environment
from mlops_infra.engine.plan import Event
from mlops_infra.errors import OperationError, UsageError
from mlops_infra.operations.interruption import Interruption
from mlops_infra.operations.places import ledger_path
from mlops_infra.operations.ports import Context, Ports, this_actor
from mlops_infra.operations.project import Project
from mlops_infra.progress import Progress, Step, silent
from mlops_infra.providers.connection import AwsConnection, Connection
from mlops_infra.resources import data_dir
from mlops_infra.sandbox.simulate import Wish
from mlops_infra.sandbox.status import ProcessStatus, SandboxStatus


@dataclass
class FakeSandbox:
    """Implements `operations.ports.SandboxPort`."""

    running: dict[str, Connection] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)
    broken: bool = False
    prometheus: str | None = None

    def start(self, env: Environment, *, progress: Progress = silent) -> Connection:
        self.calls.append(f"start {env.environment}")
        progress(Step("sandbox", f"Starting the sandbox of {env.environment}"))
        if self.broken:
            progress(Step("sandbox", "kube-apiserver does not answer", done=True, failed=True))
            raise OperationError("kube-apiserver does not answer", hint="see its log")
        progress(Step("sandbox", f"Sandbox of {env.environment} is up", done=True))
        aws = AwsConnection(env.aws.account, env.aws.region, endpoint="http://127.0.0.1:5000")
        self.running[env.environment] = Connection(env.environment, aws, Path("kubeconfig"), prometheus=self.prometheus)
        return self.running[env.environment]

    def stop(self, environment: str | None = None, *, progress: Progress = silent) -> None:
        self.calls.append(f"stop {environment}")
        for name in [environment] if environment else list(self.running):
            self.running.pop(name, None)

    def status(self) -> tuple[SandboxStatus, ...]:
        process = ProcessStatus("kube-apiserver", True, Path("apiserver.log"), 4711, 6443, 52_428_800, 1_770_000_000.0)
        return tuple(
            SandboxStatus(name, c.aws.account, c.aws.region, Path("kubeconfig"), c.aws.endpoint, (process,))
            for name, c in self.running.items()
        )

    def reset(self, environment: str) -> None:
        self.calls.append(f"reset {environment}")
        self.running.pop(environment, None)

    def connection(self, environment: str) -> Connection:
        try:
            return self.running[environment]
        except KeyError:
            raise OperationError(
                f"the sandbox of {environment} does not run", hint=f"`mlops-infra sandbox start --env {environment}`"
            ) from None

    def variables(self, environment: str) -> dict[str, str]:
        self.connection(environment)
        return {"KUBECONFIG": "/some where/kubeconfig", "AWS_REGION": "eu-central-1"}

    def monitor(self, env: Environment, *, progress: Progress = silent) -> Connection:
        self.calls.append(f"monitor {env.environment}")
        watched = replace(self.connection(env.environment), prometheus="http://127.0.0.1:9090")
        self.running[env.environment] = watched
        return watched

    def simulate(
        self, env: Environment, models: tuple[str, ...], wish: Wish, now: float, *, progress: Progress = silent
    ) -> Connection:
        self.calls.append(f"simulate {env.environment} {' '.join(models)} {wish}")
        return self.monitor(env)


@dataclass
class FakeBucket:
    """Implements `operations.ports.AuditBucketPort`."""

    kept: dict[str, bytes] = field(default_factory=dict)
    broken: bool = False

    def put(self, key: str, data: bytes) -> str:
        if self.broken:
            raise OperationError("the audit bucket refused: AccessDenied")
        self.kept[key] = data
        return f"s3://audit/{key}"

    def all(self, prefix: str) -> Iterator[tuple[str, bytes]]:
        yield from ((f"s3://audit/{key}", data) for key, data in self.kept.items() if key.startswith(prefix))


@dataclass(frozen=True)
class FakeProgram:
    """As `toolchain.Inspection`."""

    name: str
    wanted: str
    found: Any
    verdict: str
    hint: str
    purpose: str = "to test with"
    optional: bool = False


@dataclass
class FakeState:
    """Implements `operations.ports.StatePort`."""

    cloud: FakeCloud
    environment: str

    def backup(self) -> dict[str, Any]:
        return {"version": 1, "environment": self.environment, "parts": {"foundation": {"resources": []}}}

    def restore(self, backup: Mapping[str, Any]) -> tuple[str, ...]:
        if backup.get("environment") != self.environment:
            raise UsageError("this is no backup of a state")
        return tuple(backup["parts"])

    def unprotect(self, *urns: str) -> None:
        for urn in urns:
            if urn not in self.cloud.state:
                raise UsageError("the state holds no such resource", where=urn)
            self.cloud.state[urn] = replace(self.cloud.state[urn], protect=False)

    def move(self, urn: str, to: str) -> None:
        self.cloud.state[urn] = replace(self.cloud.state[urn], part=to)

    def adopt(
        self,
        part: str,
        token: str,
        urn: str,
        resource_id: str,
        parent: str | None = None,
        inputs: Mapping[str, Any] | None = None,
    ) -> None:
        self.cloud.calls.append(f"adopt {part} {token} {urn} {resource_id} {parent}")


@dataclass
class FakeToolchain:
    """Implements `operations.ports.ToolchainPort`."""

    asked: list[tuple[tuple[str, ...], str]] = field(default_factory=list)
    missing: tuple[str, ...] = ()

    def ensure(self, names: Iterable[str], *, progress: Progress = silent, how: str = "auto") -> Mapping[str, Path]:
        wanted_names = tuple(names)
        self.asked.append((wanted_names, how))
        return {name: Path("/programs") / name for name in wanted_names}

    def names(self) -> tuple[str, ...]:
        return ("opa", "pulumi")

    def inspect(self) -> tuple[FakeProgram, ...]:
        return tuple(
            FakeProgram(name, "1.0", None, "missing", f"`mlops-infra setup --only {name}`")
            if name in self.missing
            else FakeProgram(name, "1.0", FoundProgram("1.0", Path("/programs") / name, "cache"), "ok", "")
            for name in self.names()
        )


@dataclass(frozen=True)
class FoundProgram:
    """As `toolchain.Program`."""

    version: str
    path: Path
    source: str


@dataclass
class FakeWorld:
    """A project in a folder, and the fakes behind it."""

    project: Project
    cloud: FakeCloud = field(default_factory=FakeCloud)
    embedded: FakeSandbox = field(default_factory=FakeSandbox)
    programs: FakeToolchain = field(default_factory=FakeToolchain)
    opa: FakeOpa = field(default_factory=FakeOpa)
    notices: list[str] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)
    judge: FakeJudge = field(default_factory=FakeJudge)
    access: FakeAccess = field(default_factory=FakeAccess)
    audit_bucket: FakeBucket = field(default_factory=FakeBucket)
    state_bucket: FakeStateBucket = field(default_factory=FakeStateBucket)
    time: datetime = datetime(2026, 3, 1, 12, tzinfo=UTC)

    @classmethod
    def make(cls, folder: Path) -> FakeWorld:
        """A project with a copy of the shipped stack files."""
        stacks = folder / "stacks"
        stacks.mkdir(parents=True)
        for file in data_dir("stacks").glob("*.yaml"):
            (stacks / file.name).write_bytes(file.read_bytes())
        return cls(Project.find(folder))

    @property
    def ports(self) -> Ports:
        return Ports(
            engine=self.cloud.engine,
            synth=wanted,
            state=lambda engine: FakeState(self.cloud, engine.environment),  # type: ignore[attr-defined]
            engine_variables=lambda loaded, project: {"PULUMI_BACKEND_URL": "file://state"},
            sandbox=lambda project, programs: self.embedded,
            toolchain=self.programs,
            clock=self.clock,
            actor=this_actor,
            identify=self.access.identify,
            authorise=self.access.authorise,
            opa=self.opa,
            judge=self.judge,
            live=self.cloud.live,
            audit_bucket=lambda connection, loaded: self.audit_bucket,
            state_bucket=lambda loaded: self.state_bucket if loaded.environment.target == "aws" else None,
        )

    def context(self, **ports: Any) -> Context:
        """A fresh context; keyword arguments replace ports."""
        return Context(
            self.project,
            replace(self.ports, **ports),
            progress=self.steps.append,
            on_event=self.events.append,
            notice=self.notices.append,
            interruption=Interruption(),
        )

    def clock(self) -> datetime:
        """A second passes at every look."""
        self.time += timedelta(seconds=1)
        return self.time

    def ledger(self, environment: str = "staging") -> Ledger:
        """The ledger on this machine, the mirror where machines share it."""
        return Ledger(ledger_path(self.context(), environment))

    def kinds(self, environment: str = "staging") -> list[str]:
        """What the ledger says, shortly: ``intent up``, ``result up succeeded``."""
        return [
            " ".join(filter(None, [e.kind, str(e.data.get("operation", "")), str(e.data.get("result", ""))]))
            for e in self.ledger(environment).entries()
        ]

    def edit(self, file: str, old: str, new: str) -> None:
        """Edit a stack file; `old` must be there."""
        path = self.project.stacks / file
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new, 1))
