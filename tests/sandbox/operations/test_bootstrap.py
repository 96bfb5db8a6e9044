"""bootstrap against an AWS API: makes what is missing, keeps what is there, refuses a foreign account."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import boto3
import pytest
from fake_world import FakeWorld
from moto_aws import ACCOUNT, moto

from mlops_infra.config.state_folders import LASTING, REMOVABLE
from mlops_infra.errors import OperationError, UsageError
from mlops_infra.operations.bootstrap import bootstrap
from mlops_infra.providers.connection import AwsConnection

pytestmark = pytest.mark.sandbox

ON_AWS = """target: aws
state:
  backend: s3://meridian-dev-state/pulumi
  secrets_provider: awskms://alias/meridian-dev-state?region=eu-central-1
"""
TRUST = """
  ci:
    issuer: https://ci.example.org
    subjects: ["repo:meridian:environment:dev"]
"""


@pytest.fixture(scope="module")
def account() -> Iterator[AwsConnection]:
    with moto() as connection:
        yield connection


@pytest.fixture
def on_aws(tmp_path: Path) -> FakeWorld:
    world = FakeWorld.make(tmp_path / "project")
    file = world.project.stacks / "dev.yaml"
    text = file.read_text()
    file.write_text(
        "".join(
            ON_AWS if line.startswith("target:") else f"aws:{TRUST}" if line == "aws:\n" else line
            for line in text.splitlines(keepends=True)
        )
    )
    return world


def test_it_makes_what_is_missing_and_then_nothing(on_aws: FakeWorld, account: AwsConnection) -> None:
    made = bootstrap(on_aws.context(), "dev", account)
    assert len(made.made) == 4
    assert made.role == f"arn:aws:iam::{ACCOUNT}:role/meridian-dev-ci"

    def client(service: str):
        return boto3.client(
            service,
            region_name="eu-central-1",
            endpoint_url=account.endpoint,
            aws_access_key_id="test",
            aws_secret_access_key="test",
        )

    s3, kms, iam = client("s3"), client("kms"), client("iam")
    bucket = {"Bucket": "meridian-dev-state"}
    assert s3.get_bucket_versioning(**bucket)["Status"] == "Enabled"
    rule = s3.get_bucket_encryption(**bucket)["ServerSideEncryptionConfiguration"]["Rules"][0]
    assert rule["ApplyServerSideEncryptionByDefault"] == {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": made.key}
    assert all(s3.get_public_access_block(**bucket)["PublicAccessBlockConfiguration"].values())
    assert kms.describe_key(KeyId="alias/meridian-dev-state")["KeyMetadata"]["Arn"] == made.key
    assert kms.get_key_rotation_status(KeyId=made.key)["KeyRotationEnabled"]
    trust = iam.get_role(RoleName="meridian-dev-ci")["Role"]["AssumeRolePolicyDocument"]["Statement"][0]
    assert trust["Condition"]["StringEquals"]["ci.example.org:sub"] == ["repo:meridian:environment:dev"]
    policy = iam.get_role_policy(RoleName="meridian-dev-ci", PolicyName="state")["PolicyDocument"]
    rights = {statement["Sid"]: statement["Resource"] for statement in policy["Statement"]}
    assert "*" not in rights.values()
    inside = "arn:aws:s3:::meridian-dev-state/pulumi"
    assert rights["State"] == [f"{inside}/{folder}/*" for folder in (*REMOVABLE, *LASTING)]
    assert rights["StateEnds"] == [f"{inside}/{folder}/*" for folder in REMOVABLE]
    kept = json.loads(s3.get_bucket_policy(**bucket)["Policy"])["Statement"]
    lasting = {each["Sid"]: each["Resource"] for each in kept}
    assert lasting["RecordsStay"] == lasting["RecordsAreAddedTo"] == [f"{inside}/{folder}/*" for folder in LASTING]
    assert s3.get_bucket_lifecycle_configuration(**bucket)["Rules"][0]["Filter"] == {"Prefix": "pulumi/locks/"}

    again = bootstrap(on_aws.context(), "dev", account)
    assert (again.made, again.key, again.role) == ((), made.key, made.role)
    assert on_aws.kinds("dev") == ["intent bootstrap", "result bootstrap succeeded"] * 2
    first = next(on_aws.ledger("dev").entries())
    assert first.data["made"] == ["key alias/meridian-dev-state", "bucket meridian-dev-state"]


def test_foreign_credentials_are_refused(on_aws: FakeWorld, account: AwsConnection) -> None:
    with pytest.raises(OperationError, match="belong to account"):
        bootstrap(on_aws.context(), "dev", replace(account, account="999999999999"))
    assert on_aws.kinds("dev") == []
    assert on_aws.state_bucket.kept == {}


def test_the_sandbox_needs_none(on_aws: FakeWorld, account: AwsConnection) -> None:
    with pytest.raises(UsageError, match="sandbox"):
        bootstrap(on_aws.context(), "staging", account)


def test_a_key_without_an_alias_cannot_be_made(on_aws: FakeWorld, account: AwsConnection) -> None:
    on_aws.edit("dev.yaml", "awskms://alias/meridian-dev-state", "awskms://1234abcd-12ab-34cd-56ef-1234567890ab")
    with pytest.raises(UsageError, match="alias"):
        bootstrap(on_aws.context(), "dev", account)
