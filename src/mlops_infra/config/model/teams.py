"""Teams: a namespace, a quota, grants, a notebook, repositories, models."""

from __future__ import annotations

from mlops_infra.config.model.types import Access, Digest, Email, ImageRef, Name, Quantity, RoleName, Section


class Quota(Section):
    """A namespace's ResourceQuota."""

    cpu: Quantity
    memory: Quantity
    gpus: int = 0
    pods: int = 50
    storage: Quantity = "100Gi"


class Grant(Section):
    """A team's access to one dataset."""

    dataset: Name
    access: Access
    """``write`` includes reading."""


class Notebook(Section):
    """A Jupyter notebook server (StatefulSet) for the team."""

    image: ImageRef
    cpu: Quantity = "1"
    memory: Quantity = "4Gi"
    gpus: int = 0
    storage: Quantity = "20Gi"


class Repository(Section):
    """A container repository (ECR) of the team."""

    name: Name
    keep_images: int = 50
    """Images kept before the oldest untagged and tagged ones expire."""


class Flow(Section):
    """A declared network flow from the team's pods."""

    to: str
    """``namespace/app`` in the cluster, or a CIDR outside of it."""
    port: int


class Members(Section):
    """Identity-provider groups bound to a role in the team's namespace."""

    role: RoleName
    groups: list[str]


class Team(Section):
    """One ML team."""

    name: Name
    owner: Email
    cost_centre: str
    budget: int
    """Monthly budget, US dollars."""
    quota: Quota
    members: list[Members]
    grants: list[Grant] = []
    notebook: Notebook | None = None
    repositories: list[Repository] = []
    flows: list[Flow] = []


class Slo(Section):
    """What a model must keep to; turned into Prometheus rules."""

    latency_p95_ms: int
    """95th percentile of response time, milliseconds."""
    error_rate: float
    """Largest share of failed requests, 0 to 1."""
    accuracy: float
    """Lowest accuracy that is accepted, 0 to 1."""
    drift: float = 0.2
    """Largest population stability index of the inputs."""
    memory_share: float = 0.9
    """Largest share of the memory limit before memory counts as abnormal, 0 to 1."""
    window: str = "PT30M"
    """Window that the rules look at, ISO 8601."""


class Autoscale(Section):
    """Bounds of the HorizontalPodAutoscaler."""

    min: int = 2
    max: int = 6
    cpu_percent: int = 70


class Model(Section):
    """A model in serving."""

    name: Name
    team: Name
    image: ImageRef
    version: str
    """Model version in the registry."""
    digest: Digest
    """Digest of the model artifact."""
    dataset: Name
    """Dataset it was trained on."""
    cpu: Quantity = "500m"
    memory: Quantity = "1Gi"
    gpus: int = 0
    port: int = 8080
    scale: Autoscale = Autoscale()
    slo: Slo
