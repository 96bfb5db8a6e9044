"""What goes wrong, and what is found afterwards: half-made and interrupted creates, refusals, secrets, an API that does not answer."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from aws_round_trip import Life, World, trust
from pulumi.provider.experimental import provider as sdk

from mlops_infra.errors import OperationError
from mlops_infra.graph import Secret
from mlops_infra.providers.aws import recorded_only
from mlops_infra.providers.aws.provider import AwsProvider
from mlops_infra.providers.aws.table import ROWS
from mlops_infra.providers.connection import Connection
from mlops_infra.providers.wire import InitFailedError, UnreachableError, plain_map, wired_map

pytestmark = pytest.mark.sandbox

ROLE = "aws:iam/role:Role"
TAGS = {"owner": "platform", "environment": "unit"}


def test_every_row_has_a_round_trip_or_is_recorded_only() -> None:
    tried: set[str] = set()
    for path in Path(__file__).parent.glob("test_round_trip_*.py"):
        tried |= set(re.findall(r'Example\(\s*"(aws:[^"]+)"', path.read_text(encoding="utf-8")))
    assert tried | recorded_only(emulated=True) == set(ROWS)
    assert not tried & recorded_only(emulated=True)


def test_a_create_that_fails_half_way_keeps_what_was_made_and_goes_on(aws_world: World) -> None:
    life = Life(aws_world.provider, "aws:ec2/internetGateway:InternetGateway")
    inputs = life.checked({"vpcId": "vpc-00000000", "tags": TAGS})
    with pytest.raises(InitFailedError) as failed:
        life.create(inputs)
    state = plain_map(failed.value.properties)
    assert failed.value.resource_id.startswith("igw-")
    assert "vpcId" not in state

    mended = {**inputs, "vpcId": aws_world.fresh_vpc()}
    state = life.update(failed.value.resource_id, state, mended)
    found = aws_world.boto("ec2").describe_internet_gateways(InternetGatewayIds=[failed.value.resource_id])
    assert [item["VpcId"] for item in found["InternetGateways"][0]["Attachments"]] == [mended["vpcId"]]
    life.delete(failed.value.resource_id, state)


def test_what_an_interrupted_create_left_is_taken_over(aws_world: World) -> None:
    name = aws_world.named("role")
    aws_world.boto("iam").create_role(
        RoleName=name,
        AssumeRolePolicyDocument=trust("ec2.amazonaws.com"),
        Tags=[{"Key": key, "Value": value} for key, value in TAGS.items()],
    )
    life = Life(aws_world.provider, ROLE)
    inputs = life.checked({"name": name, "assumeRolePolicy": trust("eks.amazonaws.com"), "tags": TAGS})
    resource_id, state = life.create(inputs)
    assert resource_id == name
    document = aws_world.boto("iam").get_role(RoleName=name)["Role"]["AssumeRolePolicyDocument"]
    assert document["Statement"][0]["Principal"]["Service"] == "eks.amazonaws.com"
    life.delete(resource_id, state)


def test_what_somebody_else_made_is_not_taken_over(aws_world: World) -> None:
    life = Life(aws_world.provider, ROLE)
    inputs = life.checked({"name": aws_world.role(), "assumeRolePolicy": trust("eks.amazonaws.com"), "tags": TAGS})
    with pytest.raises(OperationError, match="exists already") as refused:
        life.create(inputs)
    assert refused.value.where == life.urn
    assert refused.value.hint


def test_the_id_is_told_before_anything_else_is_done(aws_connection: Connection) -> None:
    told: list[tuple[str, str]] = []
    life = Life(
        AwsProvider(aws_connection, lambda urn, made: told.append((urn, made))),
        "aws:ec2/internetGateway:InternetGateway",
    )
    with pytest.raises(InitFailedError) as failed:
        life.create(life.checked({"vpcId": "vpc-00000000"}))
    assert told == [(life.urn, failed.value.resource_id)]
    life.delete(failed.value.resource_id, {})


def test_an_api_that_does_not_answer_is_not_read_as_gone(aws_connection: Connection) -> None:
    dead = replace(aws_connection, aws=replace(aws_connection.aws, endpoint="http://127.0.0.1:1"))
    life = Life(AwsProvider(dead), ROLE)
    with pytest.raises(UnreachableError, match="did not answer"):
        life.read("role", {"name": "role"}, {"name": "role"})


def test_secrets_stay_secret_and_out_of_errors(aws_world: World) -> None:
    life = Life(aws_world.provider, "aws:rds/instance:Instance")
    password = "short?"
    inputs: Mapping[str, Any] = {
        "identifier": aws_world.named("db"),
        "engine": "postgres",
        "instanceClass": "db.t4g.medium",
        "allocatedStorage": 20,
        "username": "admin1",
        "password": Secret(password + "-long-enough"),
        "skipFinalSnapshot": True,
    }
    checked = life.checked(inputs)
    _, previewed = life.create(checked, preview=True)
    resource_id, state = life.create(checked)
    assert state["password"] == previewed["password"] == Secret(password + "-long-enough")
    assert life.read(resource_id, state, checked)[1]["password"] == state["password"]
    life.delete(resource_id, state)

    broken = life.check({**checked, "allocatedStorage": Secret("a secret that is no number")})
    assert [failure.property for failure in broken.failures or []] == ["allocatedStorage"]
    assert "a secret" not in str([failure.reason for failure in broken.failures or []])


def test_a_secret_in_the_services_own_answer_is_hidden(aws_world: World) -> None:
    life = Life(aws_world.provider, "aws:secretsmanager/secretVersion:SecretVersion")
    hidden = "arn:aws:secretsmanager:eu-central-1:111100000099:secret:nowhere"
    with pytest.raises(OperationError) as refused:
        life.create(life.checked({"secretId": Secret(hidden), "secretString": Secret("value")}))
    assert hidden not in str(refused.value)
    assert "value" not in str(refused.value)


def test_a_bucket_is_emptied_only_where_it_says_so(aws_world: World) -> None:
    life = Life(aws_world.provider, "aws:s3/bucket:Bucket")
    s3 = aws_world.boto("s3")
    inputs = life.checked({"bucket": aws_world.named("bucket")})
    resource_id, state = life.create(inputs)
    s3.put_bucket_versioning(Bucket=resource_id, VersioningConfiguration={"Status": "Enabled"})
    for body in (b"one", b"two"):
        s3.put_object(Bucket=resource_id, Key="a", Body=body)
    s3.delete_object(Bucket=resource_id, Key="a")
    with pytest.raises(OperationError, match="BucketNotEmpty"):
        life.delete(resource_id, state)

    state = life.update(resource_id, state, {**inputs, "forceDestroy": True})
    life.delete(resource_id, state)
    assert resource_id not in [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]]


def test_a_sixth_version_of_a_policy_pushes_out_the_oldest(aws_world: World) -> None:
    life = Life(aws_world.provider, "aws:iam/policy:Policy")

    def inputs(action: str) -> dict[str, Any]:
        statement = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"%s","Resource":"*"}]}'
        return life.checked({"name": name, "policy": statement % action})

    name = aws_world.named("policy")
    resource_id, state = life.create(inputs("s3:Get0"))
    for number in range(1, 7):
        state = life.update(resource_id, state, inputs(f"s3:Get{number}"))
    versions = aws_world.boto("iam").list_policy_versions(PolicyArn=resource_id)["Versions"]
    assert len(versions) == 5
    life.delete(resource_id, state)


def test_types_that_the_emulator_lacks_are_recorded_only(aws_world: World) -> None:
    life = Life(aws_world.provider, "aws:eks/podIdentityAssociation:PodIdentityAssociation")
    wanted = {"clusterName": "c", "namespace": "n", "serviceAccount": "s", "roleArn": "arn:aws:iam::1:role/r"}
    inputs = life.checked(wanted)
    resource_id, state = life.create(inputs)
    assert state["associationId"] == resource_id
    assert life.create(inputs)[0] == resource_id
    assert life.read(resource_id, state, inputs) == (resource_id, state, inputs)
    changed = life.update(resource_id, state, {**inputs, "roleArn": "arn:aws:iam::1:role/q"})
    assert changed["roleArn"] == "arn:aws:iam::1:role/q"
    assert life.diff(resource_id, state, {**inputs, "namespace": "m"}).replaces == ["namespace"]
    life.delete(resource_id, state)


def test_data_sources(aws_connection: Connection) -> None:
    provider = AwsProvider(aws_connection)

    def ask(token: str, **args: Any) -> dict[str, Any]:
        return plain_map(asyncio.run(provider.invoke(sdk.InvokeRequest(token, wired_map(args)))).return_value or {})

    identity = ask("aws:index/getCallerIdentity:getCallerIdentity")
    assert identity["accountId"] == aws_connection.aws.account
    assert aws_connection.aws.account in identity["arn"]
    zones = ask("aws:index/getAvailabilityZones:getAvailabilityZones", state="available")
    assert zones["names"] == ["eu-central-1a", "eu-central-1b", "eu-central-1c"]


def test_a_resource_may_live_in_another_region(aws_world: World) -> None:
    life = Life(aws_world.provider, "aws:kms/key:Key")
    inputs = life.checked({"region": "eu-west-1", "deletionWindowInDays": 7})
    resource_id, state = life.create(inputs)
    assert state["region"] == "eu-west-1"
    assert ":eu-west-1:" in state["arn"]
    assert resource_id not in [key["KeyId"] for key in aws_world.boto("kms").list_keys()["Keys"]]
    moved = life.diff(resource_id, state, {**inputs, "region": "eu-central-1"})
    assert moved.replaces == ["region"]
    life.delete(resource_id, state)


def test_import_finds_the_inputs_of_what_exists(aws_world: World) -> None:
    name = aws_world.role()
    life = Life(aws_world.provider, ROLE)
    resource_id, state, inputs = life.read(name, {}, {})
    assert resource_id == name
    assert inputs["name"] == name
    assert inputs["path"] == "/"
    assert not life.diff(resource_id, state, life.checked(inputs)).changes
