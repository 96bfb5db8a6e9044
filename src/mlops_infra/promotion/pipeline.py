"""``stacks/pipeline.yaml``: the environments in order, and what a release must satisfy to move from one to the next.

Flow: `load_pipeline` reads the file strictly (file and line of every mistake) → `Pipeline` → `Step` of one promotion, whose `gates`
become part of the input of the decision, and whose `checks_of` are made by `verification.observe`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, Literal, Self

from pydantic import ConfigDict, Field, StringConstraints, model_validator

from mlops_infra.config.model.types import Duration, ImageRef, Line, Name, Section
from mlops_infra.config.side_file import Mistake, read_side_file
from mlops_infra.config.units import duration_seconds
from mlops_infra.errors import UsageError
from mlops_infra.governance.verdict import Severity
from mlops_infra.identity.access_file import RoleName
from mlops_infra.promotion.freeze import FreezeWindow
from mlops_infra.promotion.verification import Check, Http, Job, Operator, PromQL, default_checks

if TYPE_CHECKING:
    from mlops_infra.config.model import Environment

FILE: Final = "pipeline.yaml"
Url = Annotated[
    str, StringConstraints(pattern=r"^https?://[A-Za-z0-9.-]{1,253}(:[0-9]{1,5})?(/[^\x00-\x20\x7f]{0,1000})?$")
]


class ApprovalRule(Section):
    """How many people of a role must approve. One person counts once, for one role."""

    role: RoleName = Field(examples=["release-approver"])
    """Role in `access.yaml` that holds in the target."""
    count: Annotated[int, Field(ge=1, le=20)] = Field(default=1, examples=[2])
    """How many different people."""


class PoliciesGate(Section):
    """Which verdict of the target's policies is good enough."""

    fail_on: Severity = Field(default="low", examples=["high"])
    """Findings of this severity or a graver one stop the promotion."""


class HttpProbe(Section):
    """An HTTP GET."""

    url: Url = Field(examples=["https://models.meridian-health.example/fraud-scorer/health"])
    """Address."""
    status: Annotated[int, Field(ge=100, le=599)] = Field(default=200, examples=[200])
    """Status that it must answer with (RFC 9110, section 15)."""
    timeout: Duration = Field(default="PT10S", examples=["PT5S"])
    """How long it may take."""


class JobProbe(Section):
    """A Kubernetes Job that must complete."""

    namespace: Name = Field(examples=["claims-fraud"])
    """Namespace."""
    image: ImageRef = Field(
        examples=["ghcr.io/meridian/smoke@sha256:4bf5122f344554c53bde2ebb8cd2b7e3d1600ad631c385a5d7cce23c7785459a"]
    )
    """Image by digest."""
    command: list[Line] = Field(default=[], examples=[["python", "-m", "smoke"]])
    """Command; the image's own where there is none."""
    timeout: Duration = Field(default="PT10M", examples=["PT10M"])
    """How long it may take."""


class CheckSpec(Section):
    """One verification check: exactly one of `slos`, `promql`, `http`, `job`."""

    name: Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")] = Field(
        examples=["fraud-scorer-latency"]
    )
    """Name in results."""
    slos: Literal[True] | None = Field(default=None, examples=[True])
    """The checks that the models' SLOs ask for: latency, errors, accuracy, drift."""
    promql: Line | None = Field(default=None, examples=["max(ml_request_error_ratio)"])
    """PromQL expression, which `operator` and `threshold` must hold for at every point of the soak. `$window` is the look-back."""
    operator: Operator = Field(default="<=", examples=["<="])
    """How `promql` compares with `threshold`."""
    threshold: float | None = Field(default=None, strict=False, examples=[0.01])
    """What `promql` is compared with."""
    window: Duration = Field(default="PT5M", examples=["PT5M"])
    """How far one evaluation of `promql` looks back."""
    http: HttpProbe | None = Field(default=None, examples=[{"url": "https://models.meridian-health.example/health"}])
    """An HTTP probe."""
    job: JobProbe | None = Field(default=None, examples=[None])
    """A Kubernetes Job."""

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        if sum(kind is not None for kind in (self.slos, self.promql, self.http, self.job)) != 1:
            raise ValueError("a check has exactly one of slos, promql, http, job")
        if (self.promql is None) != (self.threshold is None):
            raise ValueError("promql and threshold belong together")
        return self

    def check(self) -> Check | None:
        """The check to make; None for `slos`, which depends on the environment's models."""
        if self.promql is not None and self.threshold is not None:
            return PromQL(self.name, self.promql, self.operator, self.threshold, duration_seconds(self.window))
        if self.http is not None:
            return Http(self.name, self.http.url, self.http.status, duration_seconds(self.http.timeout))
        if self.job is not None:
            seconds = duration_seconds(self.job.timeout)
            return Job(self.name, self.job.namespace, self.job.image, tuple(self.job.command), seconds)
        return None


class BlastRadius(Section):
    """How much one promotion may change."""

    changes: Annotated[int, Field(ge=1, le=100_000)] = Field(default=200, examples=[50])
    """Most resources that may be created, updated, replaced or deleted."""
    data_replacements: list[ApprovalRule] = Field(
        default=[ApprovalRule(role="compliance-officer")], examples=[[{"role": "compliance-officer"}]]
    )
    """Approvals that it takes, beside the others, where a resource that holds data is deleted or replaced, or a rollback is lossy."""


class Gates(Section):
    """What must hold."""

    policies: PoliciesGate = Field(default=PoliciesGate(), examples=[{"fail_on": "high"}])
    """Verdict of the target's policies on what would be."""
    soak: Duration = Field(default="PT0S", examples=["PT30M"])
    """How long the release must have run, verified, in the source."""
    checks: list[CheckSpec] = Field(default=[], examples=[[]])
    """Verification checks: made in the source over the soak before the promotion, and in the target after it."""
    approvals: list[ApprovalRule] = Field(default=[], examples=[[{"role": "release-approver", "count": 1}]])
    """Approvals of the receipt."""
    approvals_hold: Duration = Field(default="P7D", examples=["P2D"])
    """How long an approval holds."""
    freeze: list[FreezeWindow] = Field(default=[], examples=[[]])
    """Times in which nothing moves."""
    drift_free: bool = Field(default=True, examples=[True])
    """Source and target must be as they were deployed."""
    blast_radius: BlastRadius = Field(default=BlastRadius(), examples=[{"changes": 50}])
    """How much may change."""

    @property
    def soak_seconds(self) -> int:
        """The soak in seconds."""
        return duration_seconds(self.soak)

    @property
    def approval_seconds(self) -> int:
        """How long an approval holds, in seconds."""
        return duration_seconds(self.approvals_hold)

    def checks_of(self, env: Environment) -> tuple[Check, ...]:
        """The checks for an environment, in the file's order, those of its models' SLOs at the place of `slos`."""
        return tuple(_checks(self.checks, env))


class Step(Section):
    """One step of the way."""

    model_config = ConfigDict(validate_by_alias=True, validate_by_name=True, serialize_by_alias=True)
    source: Name = Field(alias="from", examples=["staging"])
    """Where the release comes from."""
    target: Name = Field(alias="to", examples=["prod"])
    """Where it goes."""
    gates: Gates = Field(default=Gates(), examples=[{"soak": "PT30M"}])
    """What must hold."""


class NoPipelineError(UsageError):
    """A project whose releases do not move (exit 2)."""

    def __init__(self) -> None:
        super().__init__(
            "nothing says how releases move: there is no pipeline",
            where=f"stacks/{FILE}",
            hint="docs/promotion.md shows the file; `mlops-infra init` makes one",
        )


class Pipeline(Section):
    """``stacks/pipeline.yaml``."""

    version: Literal[1] = Field(examples=[1])
    """Format of the file."""
    environments: Annotated[list[Name], Field(min_length=1)] = Field(examples=[["dev", "staging", "prod"]])
    """Environments in the order in which releases move."""
    steps: list[Step] = Field(default=[], examples=[[]])
    """The steps, each between neighbours."""

    def step(self, source: str, target: str) -> Step:
        """The step between two environments. Raises UsageError where there is none."""
        for step in self.steps:
            if (step.source, step.target) == (source, target):
                return step
        known = ", ".join(f"{step.source} to {step.target}" for step in self.steps) or "none"
        raise UsageError(
            f"releases do not move from {source} to {target}",
            where=f"stacks/{FILE}",
            hint=f"the steps are: {known}",
        )

    def into(self, target: str) -> Step | None:
        """The step that leads into an environment; None where it is not gated: nothing leads there."""
        return next((step for step in self.steps if step.target == target), None)


def load_pipeline(stacks: Path) -> Pipeline | None:
    """The pipeline of a folder of stack files; None where there is no file: nothing is promoted then, and nothing gated.

    Raises ConfigError with file and line of every mistake.
    """
    return read_side_file(stacks, FILE, Pipeline, "docs/promotion.md", _contradictions)


def _checks(specs: Sequence[CheckSpec], env: Environment) -> Iterator[Check]:
    for spec in specs:
        made = spec.check()
        if made is None:
            yield from default_checks(env)
        else:
            yield made


def _contradictions(read: Pipeline) -> Iterator[Mistake]:
    """What the model cannot say: names twice, steps that lead nowhere or jump."""
    for number, name in enumerate(read.environments):
        if name in read.environments[:number]:
            yield Mistake(("environments", number), f"{name} is there twice")
    pairs = set(zip(read.environments, read.environments[1:], strict=False))
    seen: set[tuple[str, str]] = set()
    for number, step in enumerate(read.steps):
        pair = (step.source, step.target)
        if pair not in pairs:
            yield Mistake(
                ("steps", number),
                f"a step from {step.source} to {step.target} does not lead from one environment to the next",
            )
        if pair in seen:
            yield Mistake(("steps", number), f"there are two steps from {step.source} to {step.target}")
        seen.add(pair)
        names = [check.name for check in step.gates.checks]
        for place, name in enumerate(names):
            if name in names[:place]:
                yield Mistake(
                    ("steps", number, "gates", "checks", place, "name"), f"there are two checks called {name}"
                )
        roles = [rule.role for rule in step.gates.approvals]
        for place, role in enumerate(roles):
            if role in roles[:place]:
                yield Mistake(
                    ("steps", number, "gates", "approvals", place, "role"), f"{role} is there twice; raise its count"
                )
