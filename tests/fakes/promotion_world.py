"""Two small environments with a step between them, and everything that promotion asks, in memory; any write can be the last one.

A crash is a `Crashed` at a chosen write (before it or after it) or engine step. From then on the process counts as dead: no write of
its clean-up happens either, until `restart`.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import rfc8785
import yaml
from fake_engine import COMPONENT, FakeCloud, FakeEngine
from fake_world import FakeWorld
from lab import SMALL

from mlops_infra.audit import Actor, Entry, Ledger, SharedEntries
from mlops_infra.config import LoadedEnvironment, load_environment
from mlops_infra.errors import GateError
from mlops_infra.graph import Graph, Resource
from mlops_infra.operations import deploy
from mlops_infra.operations.places import open_ledger
from mlops_infra.operations.ports import Context
from mlops_infra.operations.project import Project
from mlops_infra.operations.session import Session
from mlops_infra.promotion import delta
from mlops_infra.promotion import promote as promotion
from mlops_infra.promotion.binding import accept
from mlops_infra.promotion.delta import Delta
from mlops_infra.promotion.guard import ReleaseGuard
from mlops_infra.promotion.journal import Journal, Journals
from mlops_infra.promotion.promote import Promoted
from mlops_infra.promotion.release import differences, of
from mlops_infra.promotion.releases import Releases
from mlops_infra.promotion.rollback import rollback
from mlops_infra.promotion.rooms import Assessment, Request, Rooms, SourceEvidence
from mlops_infra.promotion.running import running
from mlops_infra.promotion.steps import Ended
from mlops_infra.promotion.verification import CheckResult

SOURCE, TARGET = "dev", "prod"
POLICIES = "sha256:" + "1" * 64
IMAGE_KEY = "image"


def image(number: int) -> str:
    """One version of the image that moves."""
    return f"registry.example.org/mlflow@sha256:{number:064x}"


class Crashed(BaseException):
    """The process is gone."""


@dataclass
class Fate:
    """When the process dies: at the write or engine step with the number `at`, counted from the last `restart`."""

    at: int | None = None
    seen: int = 0
    dead: bool = False
    places: list[str] = field(default_factory=list)

    def tick(self, place: str) -> None:
        """One more place at which it may die."""
        if not self.dead:
            self.seen += 1
            self.places.append(place)
            self.dead = self.seen == self.at
        if self.dead:
            raise Crashed(place)

    def restart(self, at: int | None = None) -> None:
        """A new process, which dies at its `at`-th place."""
        self.at, self.seen, self.dead = at, 0, False
        self.places.clear()


@dataclass(frozen=True)
class MortalDisk:
    """Implements `promotion.disk.Disk`, as quick as a test wants it."""

    fate: Fate

    def replace(self, file: Path, data: bytes) -> None:
        self.fate.tick(f"before {file.name}")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)
        self.fate.tick(f"after {file.name}")

    def remove(self, file: Path) -> None:
        self.fate.tick(f"before removing {file.name}")
        file.unlink(missing_ok=True)
        self.fate.tick(f"after removing {file.name}")


class MortalLedger(Ledger):
    """A ledger whose process may die around each entry."""

    def __init__(self, path: Path, clock: Callable[[], datetime], shared: SharedEntries | None, fate: Fate) -> None:
        super().__init__(path, clock, shared)
        self._fate = fate

    def append(self, kind: str, data: Mapping[str, Any], actor: Actor) -> Entry:
        self._fate.tick(f"before entry {kind}")
        entry = super().append(kind, data, actor)
        self._fate.tick(f"after entry {kind}")
        return entry


@dataclass(frozen=True)
class FakeReceipt:
    """What an approval covers, as words: `told` by name."""

    told: tuple[tuple[str, str], ...]

    @property
    def digest(self) -> str:
        return sha256(json.dumps(self.told).encode()).hexdigest()


@dataclass(frozen=True)
class FakeGate:
    """As `promotion.gates.GateResult`."""

    name: str
    result: str
    missing: tuple[str, ...] = ()


@dataclass
class FakeGates:
    """Implements `rooms.Assess`, `Compare`, `Verify` and `Observe`: one approval, and what the source and the release say."""

    fate: Fate
    receipts: dict[str, FakeReceipt] = field(default_factory=dict)
    approved: set[str] = field(default_factory=set)
    spent: dict[str, str] = field(default_factory=dict)
    releases: dict[str, str] = field(default_factory=dict)
    latest: str | None = None
    verified: str = "pass"

    def assess(self, context: Context, request: Request, *, keep: bool) -> Assessment:
        receipt = _receipt(request)
        if keep:
            self.fate.tick("before the receipt")
            self.receipts[receipt.digest], self.latest = receipt, receipt.digest
            self.releases[receipt.digest] = request.release.id
            self.fate.tick("after the receipt")
        source = request.source
        gates = [
            _gate("approvals", receipt.digest in self.approved - self.spent.keys(), f"approve {receipt.digest[:12]}"),
            _gate("release", request.standing == "ready", f"the release is {request.standing}"),
            _gate("drift", not request.planned.plan.drift, "the target drifted"),
        ]
        if source is not None:
            runs = source.running
            gates.append(
                _gate("source", runs is not None and runs.release == request.release.id, "it does not run there")
            )
        return Assessment(receipt, tuple(gates), _delta(request))  # type: ignore[arg-type]

    def approve(self) -> None:
        """Somebody approves the newest receipt."""
        assert self.latest is not None
        self.approved.add(self.latest)

    def compare(self, context: Context, digest: str, request: Request, untouched: bool) -> tuple[str, ...]:
        old, new = dict(self.receipts[digest].told), dict(_receipt(request).told)
        return tuple(key for key in old if old[key] != new.get(key) and (untouched or key not in ("plan", "base")))

    def spend(self, context: Context, target: str, digest: str, run: str) -> None:
        self.fate.tick("before the receipt is spent")
        if self.spent.setdefault(digest, run) != run:
            raise GateError("another promotion uses this receipt already")
        self.fate.tick("after the receipt is spent")

    def observe(self, context: Context, source: str, target: str) -> SourceEvidence:
        return SourceEvidence(source, running(open_ledger(context, source).newest_first()), (), 0)

    def verify(self, opened: Session) -> Sequence[CheckResult]:
        return (CheckResult("latency", "promql", self.verified, "0.9", "<= 0.3"),)  # type: ignore[arg-type]


@dataclass
class PromotionWorld:
    """The project, its cloud, and who may approve."""

    world: FakeWorld
    fate: Fate
    gates: FakeGates
    policies: str = POLICIES

    @classmethod
    def make(cls, folder: Path, environments: Sequence[str] = (SOURCE, TARGET)) -> PromotionWorld:
        stacks = folder / "stacks"
        stacks.mkdir(parents=True)
        for number, name in enumerate(environments):
            _write_stack(stacks, name, number)
        fate = Fate()
        made = cls(FakeWorld(Project.find(folder)), fate, FakeGates(fate))
        made.prepare()
        return made

    @property
    def cloud(self) -> FakeCloud:
        return self.world.cloud

    @property
    def stacks(self) -> Path:
        return self.world.project.stacks

    @property
    def rooms(self) -> Rooms:
        return Rooms(
            assess=self.gates.assess,
            compare=self.gates.compare,
            observe=self.gates.observe,
            accept=accept,
            verify=self.gates.verify,
            releases=self.releases,
            policies=lambda context: self.policies,
            check_step=lambda context, source, target: None,
            spend=self.gates.spend,
            disk=MortalDisk(self.fate),
        )

    def releases(self, context: Context) -> Releases:
        project = context.project
        return Releases(project.stacks, project.locks(), context.ports.clock, MortalDisk(self.fate))

    def context(self) -> Context:
        """The context of one operation of the living process."""
        guard = ReleaseGuard(
            lambda context, environment: SOURCE if environment == TARGET else None,
            lambda context: self.policies,
            MortalDisk(self.fate),
        )
        return self.world.context(
            guard=guard, ledger=lambda path, clock, shared: MortalLedger(path, clock, shared, self.fate)
        )

    # What people do

    def up(self, environment: str) -> deploy.Deployed:
        return deploy.up(self.context(), environment, confirm=lambda planned: True)

    def promote(self, **options: Any) -> Promoted:
        confirm = options.pop("confirm", lambda assessment: True)
        return promotion.promote(self.context(), self.rooms, SOURCE, TARGET, confirm=confirm, **options)

    def rollback(self, **options: Any) -> Promoted:
        return rollback(self.context(), self.rooms, TARGET, confirm=lambda assessment: True, **options)

    def resume(self) -> Ended:
        return promotion.resume(self.context(), self.rooms, TARGET)

    def abort(self) -> Ended:
        return promotion.abort(self.context(), self.rooms, TARGET)

    def edit(self, environment: str, key: str, value: str) -> None:
        """Give the first `key` of a stack file another value, as a person would."""
        file = self.stacks / f"{environment}.yaml"
        text = file.read_text()
        file.write_text(re.sub(rf"^( *){key}: .*$", rf"\g<1>{key}: {value}", text, count=1, flags=re.MULTILINE))

    def copy(self, folder: Path) -> PromotionWorld:
        """The same in another folder."""
        shutil.copytree(self.world.project.root, folder)
        fate = Fate()
        made = PromotionWorld(FakeWorld(Project.find(folder)), fate, FakeGates(fate))
        made.cloud.state, made.cloud.real = dict(self.cloud.state), dict(self.cloud.real)
        made.world.time = self.world.time
        made.prepare()
        return made

    def prepare(self) -> None:
        """What is wanted, and that the process may die at every step of the engine."""
        self.cloud.wanted = _wanted
        self.cloud.before_step = lambda engine, urn: self.fate.tick(f"step {urn.rpartition('::')[2]}")

    def ready(self) -> None:
        """Both environments are up with the first image, and the source has a newer one."""
        for environment in (SOURCE, TARGET):
            self.up(environment)
        self.edit(SOURCE, IMAGE_KEY, image(2))
        self.up(SOURCE)

    def add_bucket(self) -> None:
        """A second part in both environments, which no release changes."""
        inner = self.cloud.wanted

        def both(loaded: LoadedEnvironment) -> Graph:
            name, token = loaded.environment.environment, "aws:s3/bucket:Bucket"
            bucket = Resource(self.bucket(name), token, "claims", "foundation", {"bucket": "claims"})
            return Graph.of(name, [bucket, *inner(loaded)])

        self.cloud.wanted = both

    # What there is

    def bucket(self, environment: str) -> str:
        """The URN of what `add_bucket` adds."""
        return f"urn:pulumi:{environment}-foundation::mlops-infra::aws:s3/bucket:Bucket::claims"

    @property
    def journal(self) -> Journal | None:
        return Journals(self.world.context()).read(TARGET)

    def release(self, environment: str) -> str:
        """The id that an environment's stack file says."""
        return of(load_environment(self.stacks, environment), self.policies).id

    def of(self, engine: FakeEngine) -> str:
        """The id of the release that an engine deploys."""
        return of(engine.loaded, self.policies).id

    def deployed(self, environment: str = TARGET) -> str | None:
        """The image that really runs."""
        urn = f"urn:pulumi:{environment}-platform::mlops-infra::kubernetes:apps/v1:Deployment::mlflow"
        found = self.cloud.real.get(urn)
        return str(found.inputs["image"]) if found else None

    def told(self, environment: str = TARGET) -> list[str]:
        return self.world.kinds(environment)

    @contextmanager
    def during(self, happens: Callable[[FakeEngine], None]) -> Iterator[None]:
        """Something else happens once while the engine works."""
        before, done = self.cloud.before_step, list[str]()

        def step(engine: FakeEngine, urn: str) -> None:
            if not done:
                done.append(urn)
                happens(engine)
            before(engine, urn)

        self.cloud.before_step = step
        try:
            yield
        finally:
            self.cloud.before_step = before


def _write_stack(stacks: Path, name: str, number: int) -> None:
    stack = json.loads(json.dumps(SMALL))
    net = 48 + 16 * number
    stack |= {"environment": name, "aws": {"account": f"1111000000{number}1", "region": "eu-central-1"}}
    stack["network"]["cidr"] = f"10.{net}.0.0/16"
    for key in ("private_cidrs", "public_cidrs"):
        stack["network"][key] = [block.replace("10.48.", f"10.{net}.") for block in stack["network"][key]]
    stack["registry"]["image"] = image(1)
    (stacks / f"{name}.yaml").write_text(yaml.safe_dump(stack, sort_keys=False))


def _wanted(loaded: LoadedEnvironment) -> Graph:
    """What moves (an image), what does not (a cost centre), and a component around them."""
    env = loaded.environment

    def urn(token: str, name: str) -> str:
        return f"urn:pulumi:{env.environment}-platform::mlops-infra::{token}::{name}"

    parent = urn(f"{COMPONENT}Registry", "registry")
    return Graph.of(
        env.environment,
        [
            Resource(parent, f"{COMPONENT}Registry", "registry", "platform", {}, custom=False),
            *(
                Resource(urn(token, name), token, name, "platform", inputs, parent=parent)
                for token, name, inputs in (
                    ("kubernetes:core/v1:Namespace", "mlflow", {"labels": {"cost-centre": env.cost_centre}}),
                    ("kubernetes:apps/v1:Deployment", "mlflow", {"image": env.registry.image}),
                    ("kubernetes:core/v1:Service", "mlflow", {"image": env.registry.image}),
                )
            ),
        ],
    )


def _receipt(request: Request) -> FakeReceipt:
    plan = [(change.urn, change.operation) for change in request.planned.plan.actual]
    told = {
        "kind": request.kind,
        "release": request.release.id,
        "configuration": sha256(request.wanted.environment.model_dump_json().encode()).hexdigest(),
        "plan": json.dumps(plan),
    }
    return FakeReceipt(tuple(sorted(told.items())))


def _delta(request: Request) -> Delta:
    return delta.of(
        environment=request.target,
        source=request.source.environment if request.source else None,
        release=request.release.id,
        previous=request.previous.id,
        versions=differences(request.previous, request.release),
        configuration=(),
        plan=request.planned.plan,
        base=request.base or Graph(request.target, {}),
        verdict=request.planned.verdict,
    )


def _gate(name: str, holds: bool, missing: str) -> FakeGate:
    return FakeGate(name, "pass" if holds else "fail", () if holds else (missing,))


def whole(ledger: Ledger) -> bool:
    """Whether every entry of a ledger is chained to the one before it, from the first one on."""
    before = "0" * 64
    lines = ledger.path.read_bytes().splitlines() if ledger.path.exists() else []
    for number, line in enumerate(lines, 1):
        told = json.loads(line)
        digest = told.pop("hash")
        if (told["seq"], told["prev"]) != (number, before) or sha256(rfc8785.dumps(told)).hexdigest() != digest:
            return False
        before = digest
    return True
