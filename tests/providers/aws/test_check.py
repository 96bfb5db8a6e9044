"""What a check refuses and completes; botocore's models answer, nothing is called."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from aws_round_trip import Life
from pulumi.provider.experimental import provider as sdk

from mlops_infra.graph import UNKNOWN, Secret
from mlops_infra.providers.aws.provider import AwsProvider
from mlops_infra.providers.connection import AwsConnection, Connection

CONNECTION = Connection(
    "unit",
    AwsConnection(
        "111100000000", "eu-central-1", endpoint="http://127.0.0.1:1", access_key_id="x", secret_access_key="x"
    ),
    None,
)


@pytest.fixture(scope="module")
def offline() -> AwsProvider:
    return AwsProvider(CONNECTION)


def refused(provider: AwsProvider, token: str, **inputs: Any) -> list[str]:
    return [failure.property for failure in Life(provider, token).check(inputs).failures or []]


def test_a_property_that_no_row_carries_is_refused_by_name(offline: AwsProvider) -> None:
    response = Life(offline, "aws:s3/bucket:Bucket").check({"bucket": "b", "acl": "private"})
    (failure,) = response.failures or []
    assert failure.property == "acl"
    assert "aws:s3/bucket:Bucket" in failure.reason
    assert "providers: official" in failure.reason


def test_a_nested_property_that_the_api_lacks_is_refused_with_its_path(offline: AwsProvider) -> None:
    rules = [{"applyServerSideEncryptionByDefault": {"sseAlgorithm": "AES256", "colour": "blue"}}]
    token = "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"
    assert refused(offline, token, bucket="b", rules=rules) == ["rules[0].applyServerSideEncryptionByDefault.colour"]


def test_required_members_are_asked_for(offline: AwsProvider) -> None:
    assert refused(offline, "aws:ec2/subnet:Subnet", cidrBlock="10.0.0.0/24") == ["vpcId"]
    assert refused(offline, "aws:iam/rolePolicy:RolePolicy", name="p", policy="{}") == ["role"]
    assert refused(offline, "aws:ec2/subnet:Subnet", vpcId=UNKNOWN, cidrBlock="10.0.0.0/24") == []


def test_a_type_without_tags_refuses_them(offline: AwsProvider) -> None:
    assert refused(offline, "aws:kms/alias:Alias", name="alias/a", targetKeyId="k", tags={"a": "b"}) == ["tags"]


def test_defaults_and_names_are_filled_in_and_kept(offline: AwsProvider) -> None:
    life = Life(offline, "aws:iam/role:Role", name="worker")
    first = life.checked({"assumeRolePolicy": "{}"})
    assert first["name"].startswith("worker-")
    assert first["maxSessionDuration"] == 3600
    response = asyncio.run(
        offline.check(
            sdk.CheckRequest(
                life.urn, life.check(first).inputs or {}, life.check({"assumeRolePolicy": "{}"}).inputs or {}, b"x"
            )
        )
    )
    assert (response.inputs or {})["name"].value == first["name"]


def test_a_diff_of_an_unknown_replaces_where_a_change_would(offline: AwsProvider) -> None:
    life = Life(offline, "aws:ec2/subnet:Subnet")
    diff = life.diff(
        "subnet-1", {"vpcId": "vpc-1", "cidrBlock": "10.0.0.0/24"}, {"vpcId": UNKNOWN, "cidrBlock": "10.0.0.0/24"}
    )
    assert diff.replaces == ["vpcId"]
    assert diff.detailed_diff["vpcId"].kind is sdk.PropertyDiffKind.UPDATE_REPLACE


def test_what_has_a_fixed_name_is_deleted_before_it_is_replaced(offline: AwsProvider) -> None:
    life = Life(offline, "aws:eks/cluster:Cluster")
    old = {"name": "c", "roleArn": "r", "vpcConfig": {"subnetIds": ["s"]}}
    assert life.diff("c", old, {**old, "roleArn": "q"}).delete_before_replace
    assert not life.diff("c", old, {**old, "name": "d"}).delete_before_replace
    assert not life.diff("c", old, {**old, "tags": {"a": "b"}}).delete_before_replace


def test_a_preview_knows_what_follows_and_no_more(offline: AwsProvider) -> None:
    life = Life(offline, "aws:ec2/launchTemplate:LaunchTemplate")
    inputs = life.checked({"name": "t", "userData": Secret("boot"), "vpcSecurityGroupIds": [UNKNOWN]})
    resource_id, outputs = life.create(inputs, preview=True)
    assert resource_id == ""
    assert outputs["latestVersion"] is UNKNOWN
    assert outputs["userData"] == Secret("boot")
    state = {**inputs, "latestVersion": 1, "arn": "arn"}
    changed = life.update("lt-1", state, {**inputs, "imageId": "ami-1"}, preview=True)
    assert changed["latestVersion"] is UNKNOWN
    assert changed["arn"] == "arn"
