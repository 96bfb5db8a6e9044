"""Teams: a namespace, a quota, grants, a notebook, repositories, models."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from mlops_infra.config.model.ethics import EthicalRecord
from mlops_infra.config.model.types import (
    Access,
    Commit,
    Digest,
    Duration,
    Email,
    FlowTarget,
    Gpus,
    Group,
    ImageRef,
    Line,
    Name,
    Port,
    Quantity,
    RoleName,
    Section,
    TagValue,
    Version,
)

_SHA = "sha256:" + "0123456789abcdef" * 4


class Quota(Section):
    """A namespace's ResourceQuota."""

    cpu: Quantity = Field(examples=["32"])
    """CPU that all pods of the namespace may request, in cores."""
    memory: Quantity = Field(examples=["128Gi"])
    """Memory that all pods of the namespace may request."""
    gpus: Annotated[int, Field(ge=0, le=4096)] = Field(default=0, examples=[2])
    """GPUs that all pods of the namespace may request; more than 0 needs a node pool with GPUs."""
    pods: Annotated[int, Field(ge=1, le=10000)] = Field(default=50, examples=[60])
    """Number of pods."""
    storage: Quantity = Field(default="100Gi", examples=["500Gi"])
    """Storage that all volume claims of the namespace may request."""


class Grant(Section):
    """A team's access to one dataset."""

    dataset: Name = Field(examples=["claims-history"])
    """Name of a dataset of this environment."""
    access: Access = Field(examples=["read"])
    """``write`` includes reading."""


class Notebook(Section):
    """A Jupyter notebook server (StatefulSet) for the team."""

    image: ImageRef = Field(examples=["registry.example.org/platform/jupyter@" + _SHA])
    """Image of the notebook server, by digest."""
    cpu: Quantity = Field(default="1", examples=["2"])
    """CPU of the pod, in cores."""
    memory: Quantity = Field(default="4Gi", examples=["8Gi"])
    """Memory of the pod."""
    gpus: Gpus = Field(default=0, examples=[1])
    """GPUs of the pod; at most what one node has, and counted in the team's quota."""
    storage: Quantity = Field(default="20Gi", examples=["50Gi"])
    """Volume of the home folder."""


class Repository(Section):
    """A container repository (ECR) of the team."""

    name: Name = Field(examples=["fraud-scorer"])
    """Name of the repository, unique in the team."""
    keep_images: Annotated[int, Field(ge=1, le=1000)] = Field(default=50, examples=[50])
    """Images kept before the oldest untagged and tagged ones expire."""


class Flow(Section):
    """A declared network flow from the team's pods."""

    to: FlowTarget = Field(examples=["mlflow/mlflow", "10.99.0.0/24"])
    """``namespace/app`` in the cluster, or a CIDR outside of it."""
    port: Port = Field(examples=[5000, 443])
    """TCP port."""


class Members(Section):
    """Identity-provider groups bound to a role in the team's namespace."""

    role: RoleName = Field(examples=["ml-engineer"])
    """The role."""
    groups: Annotated[list[Group], Field(min_length=1)] = Field(examples=[["claims-fraud-engineers"]])
    """Groups of the identity provider."""


class Team(Section):
    """One ML team."""

    name: Name = Field(examples=["claims-fraud"])
    """Name of the team, unique in the environment; also its namespace."""
    owner: Email = Field(examples=["claims-fraud@meridian-health.example"])
    """Who answers for the team's resources; a tag."""
    cost_centre: TagValue = Field(min_length=1, examples=["CC-4210"])
    """Who pays for the team's resources; a tag."""
    budget: Annotated[int, Field(ge=1, le=100_000_000)] = Field(examples=[9000])
    """Monthly budget, US dollars."""
    quota: Quota = Field(examples=[{"cpu": "32", "memory": "128Gi", "gpus": 2}])
    """What the team's namespace may use."""
    members: Annotated[list[Members], Field(min_length=1)] = Field(
        examples=[[{"role": "ml-engineer", "groups": ["claims-fraud-engineers"]}]]
    )
    """Who works in the team's namespace."""
    grants: list[Grant] = Field(default=[], examples=[[{"dataset": "claims-history", "access": "read"}]])
    """Datasets that the team may read or write."""
    notebook: Notebook | None = Field(
        default=None, examples=[{"image": "registry.example.org/platform/jupyter@" + _SHA}]
    )
    """A notebook server; none if not given."""
    repositories: list[Repository] = Field(default=[], examples=[[{"name": "fraud-scorer", "keep_images": 50}]])
    """Container repositories of the team."""
    flows: list[Flow] = Field(default=[], examples=[[{"to": "mlflow/mlflow", "port": 5000}]])
    """Network flows from the team's pods; all others are denied."""


class Slo(Section):
    """What a model must keep to; turned into Prometheus rules."""

    latency_p95_ms: Annotated[int, Field(ge=1, le=600_000)] = Field(examples=[150])
    """95th percentile of response time, milliseconds."""
    error_rate: Annotated[float, Field(gt=0, lt=1)] = Field(examples=[0.005])
    """Largest share of failed requests, 0 to 1."""
    accuracy: Annotated[float, Field(gt=0, le=1)] = Field(examples=[0.92])
    """Lowest accuracy that is accepted, 0 to 1."""
    drift: Annotated[float, Field(gt=0, le=10)] = Field(default=0.2, examples=[0.15])
    """Largest population stability index of the inputs."""
    memory_share: Annotated[float, Field(gt=0, le=1)] = Field(default=0.9, examples=[0.9])
    """Largest share of the memory limit before memory counts as abnormal, 0 to 1."""
    window: Duration = Field(default="PT30M", examples=["PT30M", "PT1H"])
    """Window that the rules look at, ISO 8601; one minute to one week."""


class Autoscale(Section):
    """Bounds of the HorizontalPodAutoscaler."""

    min: Annotated[int, Field(ge=1, le=1000)] = Field(default=2, examples=[2])
    """Smallest number of pods."""
    max: Annotated[int, Field(ge=1, le=1000)] = Field(default=6, examples=[8])
    """Largest number of pods, at least `min`."""
    cpu_percent: Annotated[int, Field(ge=1, le=100)] = Field(default=70, examples=[65])
    """Average CPU use that the autoscaler aims at, percent of the request."""


class Lineage(Section):
    """Where a model version comes from: enough to train it again."""

    commit: Commit = Field(examples=["0123456789abcdef0123456789abcdef01234567"])
    """Git commit of the training code."""
    data: Digest = Field(examples=[_SHA])
    """Digest of the manifest of the data that it was trained on (``data pin``)."""
    run: Line = Field(examples=["8f14e45fceea167a5a36dedd4bea2543"])
    """Training run, as the model registry names it."""


class Model(Section):
    """A model in serving."""

    name: Name = Field(examples=["fraud-scorer"])
    """Name of the model, unique in the environment."""
    team: Name = Field(examples=["claims-fraud"])
    """Name of the team that the model belongs to; it serves in the team's namespace."""
    image: ImageRef = Field(examples=["registry.example.org/claims-fraud/fraud-scorer@" + _SHA])
    """Image of the server, by digest."""
    version: Version = Field(examples=["3.4.1"])
    """Model version in the registry."""
    digest: Digest = Field(examples=[_SHA])
    """Digest of the model artifact."""
    dataset: Name = Field(examples=["claims-history"])
    """Dataset it was trained on; the team has a grant for it."""
    lineage: Lineage | None = Field(
        default=None,
        examples=[
            {
                "commit": "0123456789abcdef0123456789abcdef01234567",
                "data": _SHA,
                "run": "8f14e45fceea167a5a36dedd4bea2543",
            }
        ],
    )
    """Where this version comes from; annotations of its deployment."""
    cpu: Quantity = Field(default="500m", examples=["1"])
    """CPU of one pod, in cores."""
    memory: Quantity = Field(default="1Gi", examples=["2Gi"])
    """Memory of one pod."""
    gpus: Gpus = Field(default=0, examples=[1])
    """GPUs of one pod; at most what one node has, and counted in the team's quota."""
    port: Annotated[int, Field(ge=1024, le=65535)] = Field(default=8080, examples=[8080])
    """TCP port of the server; 1024 or higher, since the pod has no privileges."""
    scale: Autoscale = Field(default=Autoscale(), examples=[{"min": 2, "max": 8}])
    """How many pods."""
    slo: Slo = Field(examples=[{"latency_p95_ms": 150, "error_rate": 0.005, "accuracy": 0.92}])
    """What the model must keep to."""
    record: EthicalRecord | None = Field(
        default=None,
        examples=[
            {
                "intended_use": "Ranks claims for review by investigators; not for rejecting claims.",
                "risk_class": "limited",
                "bias": [
                    {
                        "metric": "equal-opportunity-difference",
                        "groups": ["female", "male"],
                        "value": 0.03,
                        "date": "2026-09-15",
                        "dataset": "claims-history",
                    }
                ],
            }
        ],
    )
    """What is known about the model before it decides about people; the rules ask for it."""
