"""Names fit AWS's limits however long the stack file's words are."""

from __future__ import annotations

import re

import pytest

from mlops_infra.platform.names import BUCKET_LIMIT, ROLE_LIMIT, Names, fitted

LONG = "a" * 29 + "1"


@pytest.fixture
def long_names(shipped_staging):
    return Names(shipped_staging.environment.model_copy(update={"project": LONG, "environment": LONG}))


def test_short_names_stay_as_they_are():
    assert fitted("meridian-staging-logs", 63) == "meridian-staging-logs"


def test_long_names_are_cut_and_stay_apart():
    one, other = fitted("a" * 80, 64), fitted("a" * 81, 64)
    assert len(one) == len(other) == 64
    assert one != other


def test_buckets_and_roles_fit_their_limits(long_names):
    for bucket in (long_names.dataset_bucket(LONG), long_names.artifact_bucket(LONG), long_names.audit_bucket):
        assert len(bucket) <= BUCKET_LIMIT
        assert re.fullmatch(r"[a-z0-9-]+-111100000032", bucket)
    for role in (
        long_names.team_role(LONG),
        long_names.member_role(LONG, "data-scientist"),
        long_names.model_role(LONG),
    ):
        assert len(role) <= ROLE_LIMIT


@pytest.mark.parametrize(
    ("partition", "region", "service", "endpoint"),
    [
        ("aws", "eu-central-1", "com.amazonaws.eu-central-1.sts", "kms.eu-central-1.amazonaws.com"),
        ("aws-cn", "cn-north-1", "cn.com.amazonaws.cn-north-1.sts", "kms.cn-north-1.amazonaws.com.cn"),
        ("aws-us-gov", "us-gov-west-1", "com.amazonaws.us-gov-west-1.sts", "kms.us-gov-west-1.amazonaws.com"),
    ],
)
def test_services_are_named_as_their_partition_does(shipped_staging, partition, region, service, endpoint):
    env = shipped_staging.environment
    names = Names(env.model_copy(update={"aws": env.aws.model_copy(update={"partition": partition, "region": region})}))
    assert (names.endpoint_service("sts"), names.endpoint("kms")) == (service, endpoint)
    assert names.root_arn == f"arn:{partition}:iam::111100000032:root"
