"""What rules ask of this environment: their numbers and lists, where those differ between environments for a good reason.

No value of these turns a rule off: every number has a bound beyond which the rule would ask for nothing, and lists have entries.
The defaults are what holds outside of development. Lower floors hold in development alone (`config.rules.policies`).
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from mlops_infra.config.model.types import ImagePlace, Section


class Policies(Section):
    """Parameters of the rules in ``policies/``; they change what is asked, not what is deployed."""

    audit_retention_days: Annotated[int, Field(ge=365, le=36_500)] = Field(default=2190, examples=[2190])
    """Fewest days that audit records are locked; outside of development at least 2190 (45 CFR 164.316(b)(2)(i): six years)."""
    log_retention_days: Annotated[int, Field(ge=90, le=3653)] = Field(default=365, examples=[365])
    """Fewest days that logs are kept; outside of development at least 365 (PCI DSS 4.0, 10.5.1: twelve months)."""
    personal_retention_days: Annotated[int, Field(ge=1, le=10_950)] = Field(default=3650, examples=[3650])
    """Most days that personal data is kept (GDPR Art. 5(1)(e)); the longest that may be allowed is 30 years."""
    key_rotation_days: Annotated[int, Field(ge=90, le=365)] = Field(default=365, examples=[180])
    """Most days between rotations of keys of personal data (AWS: at least 90; NIST SP 800-57 Part 1, 5.3.6: a year or so)."""
    backup_days: Annotated[int, Field(ge=3, le=35)] = Field(default=14, examples=[14])
    """Fewest days that the database's backups are kept (RDS: at most 35); outside of development at least 7."""
    replicas: Annotated[int, Field(ge=1, le=10)] = Field(default=2, examples=[2])
    """Fewest servers of each model and of the registry; outside of development at least 2."""
    gpu_replicas: Annotated[int, Field(ge=1, le=10)] = Field(default=2, examples=[1])
    """Fewest servers of a model with GPUs."""
    team_budget: Annotated[int, Field(ge=1, le=200_000)] = Field(default=50_000, examples=[50_000])
    """Largest monthly budget of one team, US dollars."""
    team_gpus: Annotated[int, Field(ge=0, le=64)] = Field(default=8, examples=[8])
    """Most GPUs that one team's quota may name."""
    pool_nodes: Annotated[int, Field(ge=1, le=200)] = Field(default=50, examples=[50])
    """Most nodes that one pool may grow to."""
    bias_evaluation_days: Annotated[int, Field(ge=1, le=730)] = Field(default=365, examples=[365])
    """Most days since a model's bias was evaluated (Regulation (EU) 2024/1689, Art. 10(2)(f)); outside of development at most 365."""
    bias_difference: Annotated[float, Field(gt=0, le=0.2)] = Field(default=0.1, examples=[0.1])
    """Largest difference between groups that a bias evaluation may show; beyond 0.2 is what US law's four-fifths rule calls adverse
    impact (29 CFR 1607.4(D))."""
    registries: Annotated[list[ImagePlace], Field(min_length=1, max_length=20)] | None = Field(
        default=None, examples=[["registry.meridian-health.example"]]
    )
    """Where images may come from besides the account's own ECR: hosts, with a path where others publish on the same host; none:
    the host of the platform's own services."""
