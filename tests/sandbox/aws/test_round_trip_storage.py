"""Round trips of S3 and KMS types."""

from __future__ import annotations

import json
from typing import Any

import pytest
from aws_round_trip import Example, World, live

pytestmark = pytest.mark.sandbox

TAGS = {"owner": "platform", "environment": "unit"}
PLAIN_HTTP = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Sid": "DenyPlainHttp",
            "Effect": "Deny",
            "Principal": "*",
            "Action": "s3:*",
            "Resource": ["arn:aws:s3:::x", "arn:aws:s3:::x/*"],
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        }
    ],
}


def key_policy(sid: str) -> str:
    statement = {"Sid": sid, "Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "kms:*", "Resource": "*"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def tag_set(boto: Any, state: Any) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in boto("s3").get_bucket_tagging(Bucket=state["bucket"])["TagSet"]}


def rotation(boto: Any, state: Any) -> Any:
    kms = boto("kms")
    status = kms.get_key_rotation_status(KeyId=state["keyId"])
    return [
        kms.describe_key(KeyId=state["keyId"])["KeyMetadata"]["Description"],
        status["KeyRotationEnabled"],
        kms.get_key_policy(KeyId=state["keyId"], PolicyName="default")["Policy"],
    ]


def versioning(boto: Any, state: Any) -> Any:
    return boto("s3").get_bucket_versioning(Bucket=state["bucket"]).get("Status")


def encryption(boto: Any, state: Any) -> Any:
    rules = boto("s3").get_bucket_encryption(Bucket=state["bucket"])["ServerSideEncryptionConfiguration"]["Rules"]
    return [rule["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"] for rule in rules]


def blocked(boto: Any, state: Any) -> Any:
    found = boto("s3").get_public_access_block(Bucket=state["bucket"])["PublicAccessBlockConfiguration"]
    return sorted(name for name, on in found.items() if on)


def lifecycle(boto: Any, state: Any) -> Any:
    rules = boto("s3").get_bucket_lifecycle_configuration(Bucket=state["bucket"])["Rules"]
    return [(rule["ID"], rule["NoncurrentVersionExpiration"]["NoncurrentDays"]) for rule in rules]


def rule(days: int) -> list[dict[str, Any]]:
    return [
        {
            "id": "retention",
            "status": "Enabled",
            "filter": {"prefix": ""},
            "noncurrentVersionExpiration": {"noncurrentDays": days},
            "abortIncompleteMultipartUpload": {"daysAfterInitiation": 7},
        }
    ]


def log_target(boto: Any, state: Any) -> Any:
    return boto("s3").get_bucket_logging(Bucket=state["bucket"])["LoggingEnabled"]["TargetPrefix"]


def log_inputs(world: World) -> dict[str, Any]:
    bucket = world.bucket()
    target = world.bucket()
    account = "111100000099"
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "logging.s3.amazonaws.com"},
        "Action": "s3:PutObject",
        "Resource": f"arn:aws:s3:::{target}/*",
        "Condition": {"StringEquals": {"aws:SourceAccount": account}},
    }
    world.boto("s3").put_bucket_policy(
        Bucket=target, Policy=json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    )
    return {"bucket": bucket, "targetBucket": target, "targetPrefix": "one/"}


def retention(boto: Any, state: Any) -> Any:
    found = boto("s3").get_object_lock_configuration(Bucket=state["bucket"])["ObjectLockConfiguration"]
    return found["Rule"]["DefaultRetention"]["Days"]


def lock(days: int) -> dict[str, Any]:
    return {"rule": {"defaultRetention": {"mode": "COMPLIANCE", "days": days}}}


EXAMPLES = (
    Example(
        "aws:s3/bucket:Bucket",
        lambda world: {"bucket": world.named("bucket"), "tags": TAGS, "forceDestroy": True},
        tag_set,
        TAGS,
        {"tags": {**TAGS, "owner": "ml"}},
        {**TAGS, "owner": "ml"},
        lambda boto, state: boto("s3").delete_bucket_tagging(Bucket=state["bucket"]),
        "tags",
    ),
    Example(
        "aws:s3/bucketVersioning:BucketVersioning",
        lambda world: {"bucket": world.bucket(), "versioningConfiguration": {"status": "Enabled"}},
        versioning,
        "Enabled",
        {"versioningConfiguration": {"status": "Suspended"}},
        "Suspended",
        lambda boto, state: boto("s3").put_bucket_versioning(
            Bucket=state["bucket"], VersioningConfiguration={"Status": "Enabled"}
        ),
        "versioningConfiguration",
        outlives=True,
    ),
    Example(
        "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
        lambda world: {
            "bucket": world.bucket(),
            "rules": [
                {
                    "applyServerSideEncryptionByDefault": {"sseAlgorithm": "aws:kms", "kmsMasterKeyId": world.key},
                    "bucketKeyEnabled": True,
                }
            ],
        },
        encryption,
        ["aws:kms"],
        {"rules": [{"applyServerSideEncryptionByDefault": {"sseAlgorithm": "AES256"}}]},
        ["AES256"],
        lambda boto, state: boto("s3").put_bucket_encryption(
            Bucket=state["bucket"],
            ServerSideEncryptionConfiguration={
                "Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms"}}]
            },
        ),
        "rules",
    ),
    Example(
        "aws:s3/bucketOwnershipControls:BucketOwnershipControls",
        lambda world: {"bucket": world.bucket(), "rule": {"objectOwnership": "BucketOwnerEnforced"}},
        lambda boto, state: boto("s3").get_bucket_ownership_controls(Bucket=state["bucket"])["OwnershipControls"][
            "Rules"
        ],
        [{"ObjectOwnership": "BucketOwnerEnforced"}],
        {"rule": {"objectOwnership": "BucketOwnerPreferred"}},
        [{"ObjectOwnership": "BucketOwnerPreferred"}],
        lambda boto, state: boto("s3").put_bucket_ownership_controls(
            Bucket=state["bucket"], OwnershipControls={"Rules": [{"ObjectOwnership": "ObjectWriter"}]}
        ),
        "rule",
    ),
    Example(
        "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
        lambda world: {"bucket": world.bucket(), "blockPublicAcls": True, "ignorePublicAcls": True},
        blocked,
        ["BlockPublicAcls", "IgnorePublicAcls"],
        {"blockPublicPolicy": True},
        ["BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls"],
        lambda boto, state: boto("s3").put_public_access_block(
            Bucket=state["bucket"],
            PublicAccessBlockConfiguration={"BlockPublicPolicy": True, "IgnorePublicAcls": True},
        ),
        "blockPublicAcls",
    ),
    Example(
        "aws:s3/bucketPolicy:BucketPolicy",
        lambda world: {"bucket": world.bucket(), "policy": json.dumps(PLAIN_HTTP)},
        lambda boto, state: json.loads(boto("s3").get_bucket_policy(Bucket=state["bucket"])["Policy"]),
        PLAIN_HTTP,
        {"policy": json.dumps({**PLAIN_HTTP, "Id": "second"})},
        {**PLAIN_HTTP, "Id": "second"},
        lambda boto, state: boto("s3").put_bucket_policy(Bucket=state["bucket"], Policy=json.dumps(PLAIN_HTTP)),
        "policy",
    ),
    Example(
        "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration",
        lambda world: {"bucket": world.bucket(), "rules": rule(30)},
        lifecycle,
        [("retention", 30)],
        {"rules": rule(60)},
        [("retention", 60)],
        lambda boto, state: boto("s3").put_bucket_lifecycle_configuration(
            Bucket=state["bucket"],
            LifecycleConfiguration={
                "Rules": [
                    {
                        "ID": "retention",
                        "Status": "Disabled",
                        "Filter": {"Prefix": ""},
                        "NoncurrentVersionExpiration": {"NoncurrentDays": 60},
                    }
                ]
            },
        ),
        "rules",
    ),
    Example(
        "aws:s3/bucketLogging:BucketLogging",
        log_inputs,
        log_target,
        "one/",
        {"targetPrefix": "two/"},
        "two/",
        lambda boto, state: boto("s3").put_bucket_logging(
            Bucket=state["bucket"],
            BucketLoggingStatus={"LoggingEnabled": {"TargetBucket": state["targetBucket"], "TargetPrefix": "x/"}},
        ),
        "targetPrefix",
    ),
    Example(
        "aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration",
        lambda world: {"bucket": world.bucket(ObjectLockEnabledForBucket=True), **lock(30)},
        retention,
        30,
        lock(40),
        40,
        lambda boto, state: boto("s3").put_object_lock_configuration(
            Bucket=state["bucket"],
            ObjectLockConfiguration={
                "ObjectLockEnabled": "Enabled",
                "Rule": {"DefaultRetention": {"Mode": "GOVERNANCE", "Days": 40}},
            },
        ),
        "rule",
    ),
    Example(
        "aws:s3/bucketObjectv2:BucketObjectv2",
        lambda world: {"bucket": world.bucket(), "key": "a/b.txt", "content": "one", "tags": TAGS},
        lambda boto, state: boto("s3").get_object(Bucket=state["bucket"], Key="a/b.txt")["Body"].read(),
        b"one",
        {"content": "two"},
        b"two",
        lambda boto, state: boto("s3").put_object(
            Bucket=state["bucket"], Key="a/b.txt", Body=b"three", Tagging="owner=platform&environment=unit"
        ),
        "content",
    ),
    Example(
        "aws:kms/key:Key",
        lambda world: {
            "description": "one",
            "enableKeyRotation": True,
            "policy": key_policy("a"),
            "deletionWindowInDays": 7,
            "tags": TAGS,
        },
        rotation,
        ["one", True, key_policy("a")],
        {"description": "two", "policy": key_policy("b")},
        ["two", True, key_policy("b")],
        lambda boto, state: boto("kms").disable_key_rotation(KeyId=state["keyId"]),
        "enableKeyRotation",
    ),
    Example(
        "aws:kms/alias:Alias",
        lambda world: {"name": f"alias/{world.named()}", "targetKeyId": world.key},
        lambda boto, state: next(
            alias["TargetKeyId"] in state["targetKeyArn"]
            for alias in boto("kms").list_aliases()["Aliases"]
            if alias["AliasName"] == state["name"]
        ),
        True,
        drift=lambda boto, state: boto("kms").update_alias(
            AliasName=state["name"], TargetKeyId=boto("kms").create_key()["KeyMetadata"]["KeyId"]
        ),
        drifts="targetKeyId",
    ),
)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.name)
def test_round_trip_of_storage_type(aws_world: World, example: Example) -> None:
    live(aws_world, example)
