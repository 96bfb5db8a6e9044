"""The evaluator that replaces moto's judgement of bucket policies."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlops_infra.sandbox.aws_plane.bucket_policy import Decision, Request, arn_like, decide, like, object_action

BUCKET = "arn:aws:s3:::data"
OBJECT = f"{BUCKET}/x.parquet"
KEY = "arn:aws:kms:eu-central-1:111100000032:key/1"
ROOT = Request(principal="arn:aws:iam::111100000032:root", account="111100000032")
TEAM = Request(principal="arn:aws:iam::111100000032:role/meridian-staging-team-a", account="111100000032")


def statement(effect: str, **more: Any) -> dict[str, Any]:
    return {
        "Sid": "It",
        "Effect": effect,
        "Principal": "*",
        "Action": "s3:*",
        "Resource": [BUCKET, f"{BUCKET}/*"],
        **more,
    }


def verdict(request: Request, *statements: dict[str, Any], action: str = "s3:GetObject") -> Decision:
    return decide(json.dumps({"Statement": list(statements)}), action, OBJECT, request).decision


def test_nothing_said_is_neither():
    assert verdict(ROOT) is Decision.NEITHER
    assert verdict(ROOT, statement("Deny", Resource="arn:aws:s3:::other/*")) is Decision.NEITHER
    assert verdict(ROOT, statement("Deny", Action="s3:PutObject")) is Decision.NEITHER
    assert verdict(ROOT, statement("Deny", NotAction="s3:Get*")) is Decision.NEITHER


def test_a_deny_wins_over_an_allow_in_any_order():
    allow, deny = statement("Allow"), statement("Deny")
    assert verdict(ROOT, allow) is Decision.ALLOW
    assert verdict(ROOT, allow, deny) is verdict(ROOT, deny, allow) is Decision.DENY


def test_a_single_statement_need_not_be_a_list():
    assert decide(json.dumps({"Statement": statement("Deny")}), "s3:GetObject", OBJECT, ROOT).decision is Decision.DENY


def test_plain_http_is_denied_and_loopback_counts_as_tls():
    rule = statement("Deny", Condition={"Bool": {"aws:SecureTransport": "false"}})
    assert verdict(ROOT, rule) is Decision.NEITHER
    assert verdict(replace(ROOT, secure=False), rule) is Decision.DENY
    assert verdict(
        replace(ROOT, secure=False), statement("Deny", Condition={"Bool": {"aws:SecureTransport": False}})
    ) is (Decision.DENY)


@pytest.mark.parametrize(
    ("header", "operator", "decision"),
    [
        (None, "StringNotEqualsIfExists", Decision.DENY),
        (None, "StringNotEquals", Decision.DENY),
        (KEY, "StringNotEquals", Decision.NEITHER),
        (KEY, "StringNotEqualsIfExists", Decision.NEITHER),
        ("other", "StringNotEqualsIfExists", Decision.DENY),
    ],
)
def test_another_key_is_denied(header, operator, decision):
    name = "x-amz-server-side-encryption-aws-kms-key-id"
    request = replace(ROOT, headers={name: header} if header else {})
    rule = statement("Deny", Action="s3:PutObject", Condition={operator: {f"s3:{name}": KEY}})
    assert verdict(request, rule, action="s3:PutObject") is decision


def test_an_absent_header_passes_where_null_says_so():
    name = "s3:x-amz-server-side-encryption-aws-kms-key-id"
    rule = statement("Deny", Condition={"StringNotEqualsIfExists": {name: KEY}, "Null": {name: "false"}})
    assert verdict(ROOT, rule) is Decision.NEITHER
    assert verdict(replace(ROOT, headers={name.removeprefix("s3:"): "other"}), rule) is Decision.DENY
    assert verdict(replace(ROOT, headers={name.removeprefix("s3:"): KEY}), rule) is Decision.NEITHER


@pytest.mark.parametrize(
    "operator", ["ArnNotLike", "ArnNotEquals", "StringNotLike", "StringNotEquals", "ArnNotLikeIfExists"]
)
def test_principals_outside_the_grants_are_denied_and_services_are_exempt(operator):
    granted = [TEAM.principal, ROOT.principal]
    rule = statement(
        "Deny", Condition={operator: {"aws:PrincipalArn": granted}, "Bool": {"aws:PrincipalIsAWSService": "false"}}
    )
    assert verdict(TEAM, rule) is verdict(ROOT, rule) is Decision.NEITHER
    assert verdict(replace(TEAM, principal="arn:aws:iam::111100000032:role/other"), rule) is Decision.DENY
    assert verdict(Request(principal=None, service="logging.s3.amazonaws.com"), rule) is Decision.NEITHER


def test_all_conditions_have_to_hold():
    rule = statement(
        "Deny",
        Condition={"StringEquals": {"aws:PrincipalAccount": ROOT.account}, "Bool": {"aws:SecureTransport": "false"}},
    )
    assert verdict(ROOT, rule) is Decision.NEITHER
    assert verdict(replace(ROOT, secure=False), rule) is Decision.DENY


def test_source_conditions_of_services():
    rule = statement(
        "Allow",
        Principal={"Service": "logging.s3.amazonaws.com"},
        Condition={
            "StringEquals": {"aws:SourceAccount": "111100000032"},
            "ArnLike": {"aws:SourceArn": "arn:aws:s3:::data-*"},
        },
    )
    service = Request(
        principal=None,
        service="logging.s3.amazonaws.com",
        source_account="111100000032",
        source_arn="arn:aws:s3:::data-1",
    )
    assert verdict(service, rule) is Decision.ALLOW
    assert verdict(replace(service, source_arn="arn:aws:s3:::x"), rule) is Decision.NEITHER
    assert verdict(ROOT, rule) is Decision.NEITHER


@pytest.mark.parametrize(
    "condition",
    [
        {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}},
        {"StringEquals": {"aws:PrincipalOrgID": "o-1"}},
        {"StringEquals": {"aws:PrincipalAccount": "no"}, "Bool": {"aws:MultiFactorAuthPresent": "true"}},
        {"NumericLessThan": {"aws:PrincipalAccount": "1"}},
    ],
)
def test_unknown_conditions_fail_closed_and_say_so(condition):
    found = decide(json.dumps({"Statement": [statement("Deny", Condition=condition)]}), "s3:GetObject", OBJECT, ROOT)
    assert found.decision is Decision.DENY
    assert "does not know" in (found.reason or "")
    assert verdict(ROOT, statement("Allow", Condition=condition)) is Decision.NEITHER


@pytest.mark.parametrize(
    ("principal", "meant"),
    [
        ("*", True),
        ({"AWS": "*"}, True),
        ({"AWS": "111100000032"}, True),
        ({"AWS": ["arn:aws:iam::111100000032:root"]}, True),
        ({"AWS": TEAM.principal}, True),
        ({"AWS": "arn:aws:iam::111100000032:role/other"}, False),
        ({"AWS": "999900000000"}, False),
        ({"Service": "logging.s3.amazonaws.com"}, False),
        ("someone", False),
    ],
)
def test_whom_a_statement_means(principal, meant):
    assert (verdict(TEAM, statement("Deny", Principal=principal)) is Decision.DENY) is meant
    without = statement("Deny", NotPrincipal=principal)
    del without["Principal"]
    assert (verdict(TEAM, without) is Decision.DENY) is not meant


def test_null_tells_absent_values():
    rule = statement("Deny", Condition={"Null": {"s3:x-amz-server-side-encryption": "true"}})
    assert verdict(ROOT, rule) is Decision.DENY
    assert verdict(replace(ROOT, headers={"x-amz-server-side-encryption": "aws:kms"}), rule) is Decision.NEITHER


def test_anonymous_callers_are_nobody():
    nobody = Request(principal=None)
    assert verdict(nobody, statement("Allow", Principal={"AWS": ROOT.principal})) is Decision.NEITHER
    assert verdict(nobody, statement("Allow")) is Decision.ALLOW


@pytest.mark.parametrize(
    ("action", "query", "found"),
    [
        ("s3:HeadObject", {}, "s3:GetObject"),
        ("s3:PostObject", {"uploads": ""}, "s3:PutObject"),
        ("s3:GetObject", {"versionId": "1"}, "s3:GetObjectVersion"),
        ("s3:DeleteObject", {"versionId": "1"}, "s3:DeleteObjectVersion"),
        ("s3:DeleteObject", {"uploadId": "1"}, "s3:AbortMultipartUpload"),
        ("s3:PutObject", {"tagging": ""}, "s3:PutObjectTagging"),
        ("s3:GetObject", {"retention": ""}, "s3:GetObjectRetention"),
    ],
)
def test_the_action_of_an_object_request(action, query, found):
    assert object_action(action, query) == found


def test_arns_match_field_by_field():
    assert arn_like("arn:aws:iam::*:role/team-*", "arn:aws:iam::111100000032:role/team-a")
    assert not arn_like("arn:*:role/team-a", "arn:aws:iam::111100000032:role/team-a")
    assert not arn_like("team", "team")


@given(st.text(max_size=20))
def test_any_text_matches_itself_and_the_star(text):
    assert like("*", text)
    assert like(text, text) or "*" not in text
    assert like("?" * len(text), text)
