"""Whose a request is, and whether it changes anything."""

from __future__ import annotations

import pytest

from mlops_infra.sandbox.aws_plane.requests import access_key, account_of, changes_something, operation_of, service_of


def signed(key: str = "111100000032", service: str = "kms") -> dict[str, str]:
    scope = f"{key}/20261124/eu-central-1/{service}/aws4_request"
    return {"HTTP_AUTHORIZATION": f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0"}


def test_the_caller_is_in_the_signature():
    assert access_key(signed("ASIAX")) == "ASIAX"
    assert service_of(signed(service="s3")) == "s3"
    assert service_of({}) == ""


def test_the_caller_of_a_presigned_url_is_in_its_query():
    assert access_key(
        {"QUERY_STRING": "X-Amz-Credential=111100000032%2F20261124%2Feu-central-1%2Fs3%2Faws4_request"}
    ) == ("111100000032")
    assert access_key({"QUERY_STRING": "AWSAccessKeyId=111100000032&Signature=x"}) == "111100000032"
    assert access_key({"QUERY_STRING": ""}) is None


@pytest.mark.parametrize(
    ("key", "account"),
    [("111100000032", "111100000032"), ("AKIAEXAMPLE", None), ("1111000000321", None), (None, None), ("", None)],
)
def test_only_twelve_digits_are_an_account(key, account):
    assert account_of(key) == account


@pytest.mark.parametrize(
    ("environ", "body", "operation"),
    [
        ({"HTTP_X_AMZ_TARGET": "TrentService.CreateKey"}, b"{}", "CreateKey"),
        ({"CONTENT_TYPE": "application/x-www-form-urlencoded; charset=utf-8"}, b"Action=CreateVpc&X=1", "CreateVpc"),
        ({"QUERY_STRING": "Action=GetCallerIdentity"}, b"", "GetCallerIdentity"),
        (
            {"HTTP_SMITHY_PROTOCOL": "rpc-v2-cbor", "PATH_INFO": "/service/GraniteService/operation/PutMetricAlarm"},
            b"",
            "PutMetricAlarm",
        ),
        ({"REQUEST_METHOD": "PUT", "PATH_INFO": "/bucket"}, b"", ""),
    ],
)
def test_operations_of_every_protocol(environ, body, operation):
    assert operation_of(environ, body) == operation


@pytest.mark.parametrize(
    ("operation", "changes"),
    [
        ("CreateKey", True),
        ("DescribeKey", False),
        ("ListKeys", False),
        ("GetSecretValue", False),
        ("BatchGetImage", False),
        ("Decrypt", False),
        ("GenerateDataKey", False),
        ("GetSessionToken", True),
        ("AssumeRole", True),
        ("ReceiveMessage", True),
        ("GenerateCredentialReport", True),
    ],
)
def test_reads_by_name(operation, changes):
    assert changes_something({"HTTP_X_AMZ_TARGET": f"X.{operation}", "REQUEST_METHOD": "POST"}, b"{}") is changes


@pytest.mark.parametrize(
    ("method", "changes"),
    [
        ("GET", False),
        ("HEAD", False),
        ("OPTIONS", False),
        ("PUT", True),
        ("POST", True),
        ("DELETE", True),
        ("PATCH", True),
    ],
)
def test_reads_by_method(method, changes):
    assert changes_something({"REQUEST_METHOD": method, "PATH_INFO": "/bucket/x"}, b"") is changes


def test_a_read_that_makes_a_managed_key_is_a_write():
    environ = {"HTTP_X_AMZ_TARGET": "TrentService.DescribeKey"}
    assert changes_something(environ, b'{"KeyId": "alias/aws/rds"}')
