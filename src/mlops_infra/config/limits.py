"""Limits of the services below that stack-file values have to fit, as plain numbers. Knows no cloud: only what it accepts."""

from __future__ import annotations

from typing import Final

from mlops_infra.config.units import duration_seconds

_DAY: Final = 24 * 60 * 60

LOG_RETENTION_DAYS: Final = (
    1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
)  # fmt: skip
"""Retentions that CloudWatch Logs knows, days (CloudWatch Logs API, PutRetentionPolicy, ``retentionInDays``)."""

LOG_RETENTION_SLACK: Final = 0.01
"""How much longer than asked logs may be kept so that the retention is one that CloudWatch Logs knows. Years with leap days
(``P6Y`` is 2190 days in stack files, 2192 at AWS) stay below it; anything else is to be asked for exactly."""

LOG_RETENTION_FORMS: Final = "P1D, P3D, P5D, P1W, P14D, P1M to P6M, P1Y, P400D, P18M, P2Y, P3Y, P5Y to P10Y"
"""The same in stack-file words."""

OBJECT_LOCK_DAYS: Final = 36_500
"""Longest default retention of S3 Object Lock, days (S3 API, DefaultRetention: 100 years)."""

NODE_GROUP_NAME: Final = 63
"""Longest name of an EKS managed node group, characters (EKS API, CreateNodegroup)."""

DATABASE_NAME: Final = 63
"""Longest identifier of an RDS instance, characters (RDS API, CreateDBInstance)."""

BUCKET_PREFIXES: Final = ("xn--", "sthree-", "amzn-s3-demo-")
"""What no bucket's name may start with (S3 bucket naming rules)."""

VPC_PREFIX: Final = (16, 28)
"""Largest and smallest block of a VPC and of a subnet, as prefix lengths (VPC user guide, "VPC CIDR blocks")."""

SLO_WINDOW_SECONDS: Final = (60, 7 * 24 * 60 * 60)
"""Shortest and longest window of a service level objective, seconds: one scrape interval to one week."""

PROMETHEUS_RETENTION_SECONDS: Final = (2 * 60 * 60, 10 * 365 * 24 * 60 * 60)
"""Shortest and longest retention of samples, seconds: one block of Prometheus' storage (two hours) to ten years."""

RESERVED_NAMESPACES: Final = frozenset(
    {"default", "kube-node-lease", "kube-public", "kube-system", "mlflow", "monitoring"}
)
"""Namespaces of Kubernetes itself and of the platform's shared services."""

RESERVED_NAMESPACE_PREFIXES: Final = ("kube-", "amazon-", "aws-", "eks-")
"""Prefixes that Kubernetes and EKS keep for namespaces of their own."""

RESERVED_GROUP_PREFIXES: Final = ("system:", "eks:", "aws:", "amazon:", "iam:")
"""Groups that Kubernetes gives its own rights to (``system:masters`` may do everything), or that EKS refuses in an access
entry (EKS API, CreateAccessEntry)."""

PARTITIONS: Final = {"cn-": "aws-cn", "us-gov-": "aws-us-gov", "eusc-": "aws-eu"}
"""Prefixes of regions outside of the partition ``aws``."""


def log_retention_days(duration: str) -> int:
    """The CloudWatch Logs retention for an ISO 8601 duration, days: the next one up that the service knows.

    Raises ValueError if that would keep logs noticeably longer than asked (more than `LOG_RETENTION_SLACK`), or if none is
    long enough.
    """
    asked = duration_seconds(duration) / _DAY
    for days in LOG_RETENTION_DAYS:
        if asked <= days <= asked * (1 + LOG_RETENTION_SLACK):
            return days
    raise ValueError(f"CloudWatch Logs knows no retention of {duration}")


def partition_of(region: str) -> str:
    """The partition that a region belongs to."""
    return next((name for prefix, name in PARTITIONS.items() if region.startswith(prefix)), "aws")
