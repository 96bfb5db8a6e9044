"""IAM policy documents as plain data: statements, documents and the statements that several components share.

A document whose values are all known when the program runs is JSON text. One that needs an output (a KMS key's ARN) stays a mapping
with the output as a leaf, which the AWS provider turns into JSON itself: so all but that leaf can be judged before anything exists.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pulumi

Statement = dict[str, Any]

OBJECT_READ = ("s3:GetObject", "s3:GetObjectTagging", "s3:GetObjectVersion")
OBJECT_WRITE = ("s3:AbortMultipartUpload", "s3:DeleteObject", "s3:PutObject", "s3:PutObjectTagging")
OBJECT_DESTROY = ("s3:DeleteObjectVersion", "s3:DeleteObjectVersionTagging")
BUCKET_LIST = ("s3:ListBucket", "s3:ListBucketVersions")
KEY_READ = ("kms:Decrypt", "kms:DescribeKey")
KEY_WRITE = ("kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey")

SSE_KEY = "s3:x-amz-server-side-encryption-aws-kms-key-id"
SSE = "s3:x-amz-server-side-encryption"


def allow(
    sid: str,
    actions: Iterable[str],
    resources: Any,
    *,
    principal: Any = None,
    condition: Mapping[str, Any] | None = None,
) -> Statement:
    """An Allow statement; `principal` only in policies of resources and in trust policies (which have no `resources`)."""
    return _statement("Allow", sid, actions, resources, principal, condition)


def deny(
    sid: str,
    actions: Iterable[str],
    resources: Any,
    *,
    principal: Any = None,
    condition: Mapping[str, Any] | None = None,
) -> Statement:
    """A Deny statement."""
    return _statement("Deny", sid, actions, resources, principal, condition)


def _statement(
    effect: str, sid: str, actions: Iterable[str], resources: Any, principal: Any, condition: Mapping[str, Any] | None
) -> Statement:
    made: Statement = {"Sid": sid, "Effect": effect}
    if principal is not None:
        made["Principal"] = principal
    made["Action"] = list(actions)
    if resources is not None:
        made["Resource"] = resources
    if condition:
        made["Condition"] = dict(condition)
    return made


def document(statements: Sequence[Statement]) -> Any:
    """The policy document of `statements`: JSON text, or a mapping where a statement has an output in it."""
    made = {"Version": "2012-10-17", "Statement": list(statements)}
    return made if _has_output(made) else json.dumps(made)


def _has_output(value: Any) -> bool:
    if isinstance(value, Mapping):
        return any(_has_output(item) for item in value.values())
    if isinstance(value, list | tuple):
        return any(_has_output(item) for item in value)
    return isinstance(value, pulumi.Output)


def service_trust(service: str, account: str | None = None) -> str:
    """The trust policy of a role that an AWS service assumes; for this `account` only where the service tells for whom it acts
    (IAM User Guide, "The confused deputy problem").
    """
    condition = {"StringEquals": {"aws:SourceAccount": account}} if account else None
    statement = allow("Service", ["sts:AssumeRole"], None, principal={"Service": service}, condition=condition)
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def pod_trust(account: str, cluster_arn: str, namespace: str, service_account: str) -> str:
    """The trust policy of a role that pods of one service account assume through EKS Pod Identity.

    The session tags are the ones that EKS sets itself (EKS User Guide, "Pod Identity session tags").
    """
    condition = {
        "StringEquals": {
            "aws:SourceAccount": account,
            "aws:RequestTag/kubernetes-namespace": namespace,
            "aws:RequestTag/kubernetes-service-account": service_account,
        },
        "ArnEquals": {"aws:SourceArn": cluster_arn},
    }
    principal = {"Service": "pods.eks.amazonaws.com"}
    statement = allow("Pods", ("sts:AssumeRole", "sts:TagSession"), None, principal=principal, condition=condition)
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def deny_plain_http(bucket_arn: str) -> Statement:
    """Nobody reaches the bucket without TLS (45 CFR 164.312(e)(1))."""
    return deny(
        "DenyPlainHttp",
        ["s3:*"],
        [bucket_arn, f"{bucket_arn}/*"],
        principal="*",
        condition={"Bool": {"aws:SecureTransport": "false"}},
    )


def deny_other_encryption(bucket_arn: str, key_arn: Any) -> list[Statement]:
    """Uploads that name an encryption name this key; those that name none get it by the bucket's default.

    ``IfExists`` under Deny also holds where the header is missing (IAM User Guide), so `Null` lets those pass.
    """
    objects = [f"{bucket_arn}/*"]
    return [
        deny(
            "DenyOtherKeys",
            ["s3:PutObject"],
            objects,
            principal="*",
            condition={"StringNotEqualsIfExists": {SSE_KEY: key_arn}, "Null": {SSE_KEY: "false"}},
        ),
        deny(
            "DenyOtherEncryption",
            ["s3:PutObject"],
            objects,
            principal="*",
            condition={"StringNotEqualsIfExists": {SSE: "aws:kms"}, "Null": {SSE: "false"}},
        ),
    ]


def deny_outside(
    bucket_arn: str, *, readers: Sequence[str], writers: Sequence[str], administrators: Sequence[str]
) -> list[Statement]:
    """Only granted principals touch objects, whatever their own policies say; AWS services act for us and are exempt.

    `administrators` may list (the provider's existence check needs it) but neither read nor write. Versions are removed by the
    bucket's lifecycle alone.
    """
    objects = [f"{bucket_arn}/*"]
    return [
        deny("DenyReadOutsideGrants", OBJECT_READ, objects, principal="*", condition=_unless(readers)),
        deny("DenyWriteOutsideGrants", OBJECT_WRITE, objects, principal="*", condition=_unless(writers)),
        deny("DenyDestroyingVersions", OBJECT_DESTROY, objects, principal="*", condition=_unless(())),
        deny(
            "DenyListOutsideGrants",
            BUCKET_LIST,
            [bucket_arn],
            principal="*",
            condition=_unless((*readers, *administrators)),
        ),
    ]


def _unless(principals: Sequence[str]) -> dict[str, Any]:
    condition: dict[str, Any] = {"Bool": {"aws:PrincipalIsAWSService": "false"}}
    if principals:
        condition["ArnNotLike"] = {"aws:PrincipalArn": sorted(set(principals))}
    return condition


def key_use(sid: str, key_arn: Any, bucket_arns: Sequence[str], actions: Sequence[str]) -> Statement:
    """Use of a key for the objects of these buckets only: S3 puts the bucket's ARN into the encryption context (S3 Bucket Keys)."""
    return allow(
        sid,
        actions,
        [key_arn],
        condition={"StringEquals": {"kms:EncryptionContext:aws:s3:arn": sorted(bucket_arns)}},
    )
