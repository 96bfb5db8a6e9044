"""S3: buckets, their configurations (one type each, as the official provider has them) and objects."""

from __future__ import annotations

from typing import Final

from mlops_infra.providers.aws.row import Call, Extra, Kind, Out, Prop, Row, TagForm, Tags

_BUCKET: Final = {"Bucket": "{bucket}"}
_NO_BUCKET: Final = ("NoSuchBucket", "404", "NotFound")


def _configuration(
    token: str,
    put: str,
    get: str,
    prop: Prop,
    *,
    root: str = "@",
    gone: tuple[str, ...] = (),
    gone_when: str = "",
    delete: Call,
    more: tuple[Prop, ...] = (),
    outs: tuple[Out, ...] = (),
) -> Row:
    """A configuration of a bucket: put, get, delete by the bucket's name, which is also the id."""
    return Row(
        token=token,
        service="s3",
        id="{bucket}",
        id_parts=r"(?P<bucket>[^,]+)",
        create=Call(put, _BUCKET),
        read=Call(get, _BUCKET, root=root),
        delete=(delete,),
        upsert=True,
        gone=(*_NO_BUCKET, *gone),
        gone_when=gone_when,
        props=(Prop("bucket", replace=True, read="", at=""), prop, *more),
        outs=outs,
    )


_PAB = "PublicAccessBlockConfiguration."

ROWS: Final = (
    Row(
        token="aws:s3/bucket:Bucket",  # noqa: S106
        service="s3",
        id="{bucket}",
        id_parts=r"(?P<bucket>.+)",
        create=Call(
            "create_bucket", {**_BUCKET, "CreateBucketConfiguration": {"LocationConstraint": "{location_constraint!}"}}
        ),
        read=Call("head_bucket", _BUCKET),
        delete=(Call("delete_bucket", _BUCKET),),
        exists=("BucketAlreadyOwnedByYou",),
        gone=_NO_BUCKET,
        before_delete="empty_bucket",
        props=(
            Prop("bucket", at="", read="", replace=True, auto_name=63),
            Prop("forceDestroy", local=True, default=False),
            Prop(
                "objectLockEnabled",
                at="ObjectLockEnabledForBucket",
                read="Lock == 'Enabled'",
                replace=True,
                default=False,
            ),
        ),
        extras=(
            Extra(
                "Lock",
                Call(
                    "get_object_lock_configuration",
                    _BUCKET,
                    root="ObjectLockConfiguration.ObjectLockEnabled",
                    tolerate=("ObjectLockConfigurationNotFoundError",),
                ),
            ),
            Extra("Tags", Call("get_bucket_tagging", _BUCKET, root="TagSet", tolerate=("NoSuchTagSet",))),
        ),
        tags=Tags(
            at="",
            form=TagForm.LIST,
            add=Call("put_bucket_tagging", {**_BUCKET, "Tagging": {"TagSet": "{all}"}}),
            remove=Call("put_bucket_tagging", {**_BUCKET, "Tagging": {"TagSet": "{all}"}}),
        ),
        outs=(
            Out("arn", predict="arn:{partition}:s3:::{bucket}"),
            Out("bucketDomainName", predict="{bucket}.s3.{dns_suffix}"),
            Out("bucketRegionalDomainName", predict="{bucket}.s3.{region}.{dns_suffix}"),
            Out("bucketRegion", predict="{region}"),
        ),
    ),
    Row(
        token="aws:s3/bucketVersioning:BucketVersioning",  # noqa: S106
        service="s3",
        id="{bucket}",
        id_parts=r"(?P<bucket>[^,]+)",
        create=Call("put_bucket_versioning", _BUCKET),
        read=Call("get_bucket_versioning", _BUCKET),
        # AWS has no "never versioned" to go back to (S3 user guide, "Using versioning"); with object lock even suspending is refused.
        delete=(
            Call(
                "put_bucket_versioning",
                {**_BUCKET, "VersioningConfiguration": {"Status": "Suspended"}},
                tolerate=("InvalidBucketState",),
            ),
        ),
        upsert=True,
        gone=_NO_BUCKET,
        gone_when="!Status",
        props=(
            Prop("bucket", at="", read="", replace=True),
            Prop("versioningConfiguration", read="{Status: Status, MFADelete: MFADelete}"),
            Prop("mfa", at="MFA", read=""),
        ),
    ),
    _configuration(
        "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
        "put_bucket_encryption",
        "get_bucket_encryption",
        Prop("rules", at="ServerSideEncryptionConfiguration.Rules", read="Rules"),
        root="ServerSideEncryptionConfiguration",
        gone=("ServerSideEncryptionConfigurationNotFoundError",),
        delete=Call("delete_bucket_encryption", _BUCKET),
    ),
    _configuration(
        "aws:s3/bucketOwnershipControls:BucketOwnershipControls",
        "put_bucket_ownership_controls",
        "get_bucket_ownership_controls",
        Prop("rule", at="OwnershipControls.Rules", read="Rules"),
        root="OwnershipControls",
        gone=("OwnershipControlsNotFoundError",),
        delete=Call("delete_bucket_ownership_controls", _BUCKET),
    ),
    _configuration(
        "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
        "put_public_access_block",
        "get_public_access_block",
        Prop("blockPublicAcls", at=_PAB, default=False),
        more=(
            Prop("blockPublicPolicy", at=_PAB, default=False),
            Prop("ignorePublicAcls", at=_PAB, default=False),
            Prop("restrictPublicBuckets", at=_PAB, default=False),
        ),
        root="PublicAccessBlockConfiguration",
        gone=("NoSuchPublicAccessBlockConfiguration",),
        delete=Call("delete_public_access_block", _BUCKET),
    ),
    _configuration(
        "aws:s3/bucketPolicy:BucketPolicy",
        "put_bucket_policy",
        "get_bucket_policy",
        Prop("policy", kind=Kind.JSON),
        gone=("NoSuchBucketPolicy",),
        delete=Call("delete_bucket_policy", _BUCKET),
    ),
    _configuration(
        "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration",
        "put_bucket_lifecycle_configuration",
        "get_bucket_lifecycle_configuration",
        Prop("rules", at="LifecycleConfiguration.Rules", read="Rules"),
        more=(Prop("transitionDefaultMinimumObjectSize", computed=True),),
        gone=("NoSuchLifecycleConfiguration",),
        delete=Call("delete_bucket_lifecycle", _BUCKET),
    ),
    _configuration(
        "aws:s3/bucketLogging:BucketLogging",
        "put_bucket_logging",
        "get_bucket_logging",
        Prop("targetBucket", at="BucketLoggingStatus.LoggingEnabled."),
        more=(
            Prop("targetPrefix", at="BucketLoggingStatus.LoggingEnabled."),
            Prop("targetObjectKeyFormat", at="BucketLoggingStatus.LoggingEnabled."),
        ),
        root="LoggingEnabled",
        gone_when="!TargetBucket",
        delete=Call("put_bucket_logging", {**_BUCKET, "BucketLoggingStatus": {}}),
    ),
    _configuration(
        "aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration",
        "put_object_lock_configuration",
        "get_object_lock_configuration",
        Prop("rule", at="ObjectLockConfiguration.", read="Rule"),
        more=(
            Prop("objectLockEnabled", at="ObjectLockConfiguration.", replace=True, default="Enabled"),
            Prop("token", read="", secret=True),
        ),
        root="ObjectLockConfiguration",
        gone=("ObjectLockConfigurationNotFoundError",),
        gone_when="!Rule",
        # A bucket keeps object lock for good; only its default rule goes (S3 user guide, "Configuring S3 Object Lock").
        # moto refuses that where the bucket holds objects; whether they may go is for the bucket's own deletion to find out.
        delete=Call(
            "put_object_lock_configuration",
            {**_BUCKET, "ObjectLockConfiguration": {"ObjectLockEnabled": "Enabled"}},
            tolerate=("InvalidBucket",),
        ),
    ),
    Row(
        token="aws:s3/bucketObjectv2:BucketObjectv2",  # noqa: S106
        service="s3",
        id="{bucket}/{key}",
        id_parts=r"(?P<bucket>[^/]+)/(?P<key>.+)",
        create=Call("put_object", {**_BUCKET, "Key": "{key}"}),
        read=Call("get_object", {**_BUCKET, "Key": "{key}"}),
        delete=(Call("delete_object", {**_BUCKET, "Key": "{key}"}),),
        upsert=True,
        gone=(*_NO_BUCKET, "NoSuchKey"),
        before_delete="delete_object_versions",
        props=(
            Prop("bucket", at="", read="", replace=True),
            Prop("key", at="", read="", replace=True),
            Prop("content", at="Body", read="Body"),
            Prop("contentType", computed=True),
            Prop("cacheControl"),
            Prop("contentEncoding"),
            Prop("contentLanguage"),
            Prop("contentDisposition"),
            Prop("serverSideEncryption", computed=True),
            Prop("kmsKeyId", at="SSEKMSKeyId", read="SSEKMSKeyId", computed=True, kind=Kind.REFERENCE),
            Prop("bucketKeyEnabled", computed=True),
            Prop("storageClass", computed=True),
            Prop("metadata", kind=Kind.MAP),
            Prop("forceDestroy", local=True, default=False),
        ),
        extras=(Extra("Tags", Call("get_object_tagging", {**_BUCKET, "Key": "{key}"}, root="TagSet")),),
        tags=Tags(
            at="",
            add=Call("put_object_tagging", {**_BUCKET, "Key": "{key}", "Tagging": {"TagSet": "{all}"}}),
            remove=Call("put_object_tagging", {**_BUCKET, "Key": "{key}", "Tagging": {"TagSet": "{all}"}}),
        ),
        outs=(
            Out("arn", predict="arn:{partition}:s3:::{bucket}/{key}"),
            Out("etag", read="ETag"),
            Out("versionId", read="VersionId"),
        ),
    ),
)
"""Rows of S3."""
