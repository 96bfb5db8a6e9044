"""What the platform stores: datasets, their classes, and how long they are kept."""

from __future__ import annotations

from mlops_infra.config.model.types import Classification, Duration, Email, Name, Section


class Transfer(Section):
    """Declared transfer of personal data out of its region (GDPR Art. 44-49)."""

    to: list[str]
    """Regions the data may be copied to."""
    mechanism: str
    """Legal mechanism: adequacy, standard-contractual-clauses, binding-corporate-rules."""


class Dataset(Section):
    """One dataset: a versioned, encrypted, private bucket."""

    name: Name
    description: str = ""
    classification: Classification
    owner: Email
    """Who answers for the data."""
    retention: Duration | None = None
    """How long versions are kept, ISO 8601; required for phi and pii."""
    legal_basis: str | None = None
    """GDPR Art. 6 (and 9) basis for pii and phi."""
    transfer: Transfer | None = None


class ClassPolicy(Section):
    """What holds for every dataset of one class."""

    key_rotation_days: int = 365
    """KMS key rotation period in days (AWS: 90 to 2560)."""
    key_deletion_days: int = 30
    """Waiting period before a KMS key is deleted, in days (AWS: 7 to 30)."""
    data_events: bool = False
    """Whether CloudTrail records object-level events."""


class Storage(Section):
    """Storage that is not one team's dataset."""

    audit_retention: Duration = "P6Y"
    """Object-lock retention of the audit bucket in compliance mode (45 CFR 164.316(b)(2)(i): six years)."""
    log_retention: Duration = "P1Y"
    """Expiry of access logs in the log bucket."""
    artifact_versions_kept: int = 20
    """Noncurrent versions kept in artifact buckets."""
