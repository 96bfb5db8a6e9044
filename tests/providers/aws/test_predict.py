"""Outputs that follow from inputs, and the answers of data sources."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest

from mlops_infra.errors import UsageError
from mlops_infra.graph import UNKNOWN, Secret
from mlops_infra.providers.connection import AwsConnection
from mlops_infra.providers.prediction import predict, predict_invoke

AWS = AwsConnection("123456789012", "eu-central-1")
POLICY_DOCUMENT = "aws:iam/getPolicyDocument:getPolicyDocument"


def predicted(token: str, aws: AwsConnection = AWS, **inputs: Any) -> dict[str, Any]:
    return predict(token, "thing", inputs, aws)


@pytest.mark.parametrize(
    ("token", "inputs", "resource_id", "arn"),
    [
        ("aws:s3/bucket:Bucket", {"bucket": "b"}, "b", "arn:aws:s3:::b"),
        ("aws:iam/role:Role", {"name": "r"}, "r", "arn:aws:iam::123456789012:role/r"),
        ("aws:iam/role:Role", {"name": "r", "path": "/x/"}, "r", "arn:aws:iam::123456789012:role/x/r"),
        ("aws:eks/cluster:Cluster", {"name": "c"}, "c", "arn:aws:eks:eu-central-1:123456789012:cluster/c"),
        (
            "aws:ecr/repository:Repository",
            {"name": "a/b"},
            "a/b",
            "arn:aws:ecr:eu-central-1:123456789012:repository/a/b",
        ),
        ("aws:kms/alias:Alias", {"name": "alias/a"}, "alias/a", "arn:aws:kms:eu-central-1:123456789012:alias/a"),
        (
            "aws:cloudwatch/logGroup:LogGroup",
            {"name": "/l"},
            "/l",
            "arn:aws:logs:eu-central-1:123456789012:log-group:/l",
        ),
        ("aws:rds/instance:Instance", {"identifier": "d"}, None, "arn:aws:rds:eu-central-1:123456789012:db:d"),
        (
            "aws:iam/policy:Policy",
            {"name": "p"},
            "arn:aws:iam::123456789012:policy/p",
            "arn:aws:iam::123456789012:policy/p",
        ),
        (
            "aws:iam/openIdConnectProvider:OpenIdConnectProvider",
            {"url": "https://oidc.example/id/1"},
            "arn:aws:iam::123456789012:oidc-provider/oidc.example/id/1",
            "arn:aws:iam::123456789012:oidc-provider/oidc.example/id/1",
        ),
    ],
)
def test_names_give_ids_and_arns(token: str, inputs: dict[str, Any], resource_id: str | None, arn: str) -> None:
    found = predicted(token, **inputs)
    assert found.get("id") == resource_id
    assert found["arn"] == arn


def test_what_hangs_on_an_unknown_stays_out() -> None:
    found = predicted("aws:kms/key:Key", policy=UNKNOWN)
    assert "id" not in found
    assert "arn" not in found
    found = predicted("aws:iam/role:Role", name=UNKNOWN, tags={"a": "b"})
    assert "arn" not in found
    assert found["tagsAll"] == {"a": "b"}
    assert "id" not in predicted("aws:ec2/route:Route", routeTableId=UNKNOWN, destinationCidrBlock="0.0.0.0/0")
    assert "tagsAll" not in predicted("aws:iam/role:Role", name="r", tags=UNKNOWN)


def test_a_secret_name_is_used_but_not_known_when_unknown() -> None:
    assert predicted("aws:s3/bucket:Bucket", bucket=Secret("b"))["arn"] == "arn:aws:s3:::b"
    assert "arn" not in predicted("aws:s3/bucket:Bucket", bucket=Secret(UNKNOWN))


def test_region_and_partition_of_the_resource_count() -> None:
    china = AwsConnection("123456789012", "cn-north-1", partition="aws-cn")
    assert (
        predicted("aws:s3/bucket:Bucket", china, bucket="b")["bucketRegionalDomainName"]
        == "b.s3.cn-north-1.amazonaws.com.cn"
    )
    elsewhere = predicted("aws:sns/topic:Topic", name="t", region="eu-west-1")
    assert elsewhere["arn"] == "arn:aws:sns:eu-west-1:123456789012:t"
    assert elsewhere["region"] == "eu-west-1"


def test_types_without_a_row_predict_nothing() -> None:
    assert predicted("aws:lex/bot:Bot", name="b") == {}
    assert predicted("kubernetes:core/v1:Namespace") == {}


def test_prediction_loads_no_botocore() -> None:
    code = (
        "import sys; from mlops_infra.providers.aws.predict import predict; "
        "sys.exit(any(name.startswith(('boto', 'pulumi')) for name in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_policy_document_is_what_the_official_data_source_makes() -> None:
    statements = [
        {
            "sid": "Read",
            "actions": ["s3:GetObject", "s3:ListBucket"],
            "resources": ["arn:aws:s3:::b"],
            "principals": [{"type": "AWS", "identifiers": ["arn:aws:iam::1:role/b", "arn:aws:iam::1:role/a"]}],
            "conditions": [
                {"test": "StringEquals", "variable": "aws:PrincipalTag/team", "values": ["&{aws:username}"]},
                {"test": "Bool", "variable": "aws:SecureTransport", "values": ["true"]},
            ],
        },
        {
            "effect": "Deny",
            "notActions": ["s3:*"],
            "resources": ["<&>"],
            "principals": [{"type": "*", "identifiers": ["*"]}],
        },
    ]
    found = predict_invoke(POLICY_DOCUMENT, {"statements": statements}, AWS)
    assert found["json"] == (
        '{\n  "Version": "2012-10-17",\n  "Statement": [\n    {\n      "Sid": "Read",\n      "Effect": "Allow",\n'
        '      "Action": [\n        "s3:ListBucket",\n        "s3:GetObject"\n      ],\n      "Resource": "arn:aws:s3:::b",\n'
        '      "Principal": {\n        "AWS": [\n          "arn:aws:iam::1:role/b",\n          "arn:aws:iam::1:role/a"\n'
        '        ]\n      },\n      "Condition": {\n        "Bool": {\n          "aws:SecureTransport": "true"\n        },\n'
        '        "StringEquals": {\n          "aws:PrincipalTag/team": "${aws:username}"\n        }\n      }\n    },\n'
        '    {\n      "Effect": "Deny",\n      "NotAction": "s3:*",\n      "Resource": "\\u003c\\u0026\\u003e",\n'
        '      "Principal": "*"\n    }\n  ]\n}'
    )
    assert json.loads(found["minifiedJson"]) == json.loads(found["json"])


def test_data_sources_follow_from_the_connection() -> None:
    assert predict_invoke("aws:index/getCallerIdentity:getCallerIdentity", {}, AWS)["accountId"] == "123456789012"
    assert predict_invoke("aws:index/getPartition:getPartition", {}, AWS)["reverseDnsPrefix"] == "com.amazonaws"
    region = predict_invoke("aws:index/getRegion:getRegion", {}, AWS)
    assert (region["region"], region["description"]) == ("eu-central-1", "Europe (Frankfurt)")
    zones = predict_invoke(
        "aws:index/getAvailabilityZones:getAvailabilityZones", {"excludeNames": ["eu-central-1b"]}, AWS
    )
    assert zones["names"] == ["eu-central-1a", "eu-central-1c"]
    assert predict_invoke(POLICY_DOCUMENT, {"statements": [{"actions": [UNKNOWN]}]}, AWS) == {}


@pytest.mark.parametrize(
    ("token", "args"),
    [("aws:ec2/getAmi:getAmi", {}), (POLICY_DOCUMENT, {"sourcePolicyDocuments": ["{}"]})],
)
def test_what_cannot_be_answered_names_the_official_provider(token: str, args: dict[str, Any]) -> None:
    with pytest.raises(UsageError) as refused:
        predict_invoke(token, args, AWS)
    assert "providers: official" in str(refused.value.hint)
