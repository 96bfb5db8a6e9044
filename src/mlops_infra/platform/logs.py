"""CloudWatch log groups with a retention and the platform's key."""

from __future__ import annotations

import pulumi
import pulumi_aws as aws

from mlops_infra.config.units import duration_days
from mlops_infra.platform.names import Names

RETENTION_DAYS = (
    1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
)  # fmt: skip
"""Retentions that CloudWatch Logs has, days (PutRetentionPolicy)."""

NEVER_EXPIRE = 0
"""The retention of what is kept longer than the longest of them."""


def retention_days(duration: str) -> int:
    """The shortest retention that CloudWatch Logs has and that keeps events for at least `duration` (ISO 8601)."""
    wanted = duration_days(duration)
    return next((days for days in RETENTION_DAYS if days >= wanted), NEVER_EXPIRE)


def log_group(
    name: str, *, names: Names, group: str, retention: str, key_arn: pulumi.Input[str], parent: pulumi.Resource
) -> aws.cloudwatch.LogGroup:
    """A log group that keeps events for at least `retention`."""
    return aws.cloudwatch.LogGroup(
        name,
        name=group,
        retention_in_days=retention_days(retention),
        kms_key_id=key_arn,
        tags=names.tags(group),
        opts=pulumi.ResourceOptions(parent=parent),
    )
