"""What the platform stores: datasets, their classes, and how long they are kept."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from mlops_infra.config.model.types import Classification, Digest, Duration, Email, Line, Name, Region, Section


class Transfer(Section):
    """Declared transfer of personal data out of its region (GDPR Art. 44-49)."""

    to: Annotated[list[Region], Field(min_length=1)] = Field(examples=[["eu-west-1"], ["us-east-1"]])
    """Regions the data may be copied to."""
    mechanism: Literal["adequacy", "standard-contractual-clauses", "binding-corporate-rules", "derogation"] = Field(
        examples=["standard-contractual-clauses"]
    )
    """Legal mechanism (GDPR Art. 45, 46(2)(c), 47, 49)."""


class Dataset(Section):
    """One dataset: a versioned, encrypted, private bucket."""

    name: Name = Field(examples=["claims-history"])
    """Name of the dataset, unique in the environment; part of the bucket's name."""
    description: str = Field(default="", max_length=1024, examples=["Adjudicated medical claims of eight years."])
    """What the data is, for people."""
    classification: Classification = Field(examples=["phi", "internal"])
    """How sensitive the data is; selects the KMS key and what rules ask of it."""
    owner: Email = Field(examples=["claims-data@meridian-health.example"])
    """Who answers for the data."""
    retention: Duration | None = Field(default=None, examples=["P7Y"])
    """How long versions are kept, ISO 8601; required for phi and pii."""
    legal_basis: Line | None = Field(default=None, examples=["GDPR Art. 6(1)(b) and Art. 9(2)(h)"])
    """GDPR Art. 6 (and 9) basis; required for pii and phi."""
    transfer: Transfer | None = Field(default=None, examples=[{"to": ["eu-west-1"], "mechanism": "adequacy"}])
    """Declared transfer out of the region; none means that the data stays."""
    version: Digest | None = Field(default=None, examples=["sha256:" + "0123456789abcdef" * 4])
    """Digest of the manifest that ``data pin`` wrote: which contents are meant; a tag of the bucket. None: whatever is there."""


class ClassPolicy(Section):
    """What holds for every dataset of one class."""

    key_rotation_days: Annotated[int, Field(ge=90, le=2560)] = Field(default=365, examples=[90])
    """KMS key rotation period in days (AWS: 90 to 2560)."""
    key_deletion_days: Annotated[int, Field(ge=7, le=30)] = Field(default=30, examples=[30])
    """Waiting period before a KMS key is deleted, in days (AWS: 7 to 30)."""
    data_events: bool = Field(default=False, examples=[True])
    """Whether CloudTrail records object-level events."""


class Storage(Section):
    """Storage that is not one team's dataset."""

    audit_retention: Duration = Field(default="P6Y", examples=["P6Y"])
    """Object-lock retention of the audit bucket in compliance mode (45 CFR 164.316(b)(2)(i): six years)."""
    log_retention: Duration = Field(default="P1Y", examples=["P1Y"])
    """Expiry of access logs in the log bucket."""
    artifact_versions_kept: Annotated[int, Field(ge=1, le=100)] = Field(default=20, examples=[20])
    """Noncurrent versions kept in artifact buckets (S3 lifecycle: 1 to 100)."""
