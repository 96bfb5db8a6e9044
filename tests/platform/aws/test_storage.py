"""Buckets: closed, encrypted, kept for as long as the stack file says."""

from __future__ import annotations

import json

import pytest

COMPANIONS = (
    "s3/bucketVersioning:BucketVersioning",
    "s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
    "s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
    "s3/bucketOwnershipControls:BucketOwnershipControls",
    "s3/bucketPolicy:BucketPolicy",
    "s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration",
)


def bucket_of(view, dataset):
    return f"arn:aws:s3:::meridian-staging-data-{dataset}-111100000032"


def statement(view, name, sid):
    (found,) = [each for each in view.statements("s3/bucketPolicy:BucketPolicy", name) if each["Sid"] == sid]
    return found


@pytest.mark.parametrize("companion", COMPANIONS)
def test_every_bucket_has_all_that_makes_it_safe(staging_view, companion):
    buckets = {bucket.inputs["bucket"] for bucket in staging_view.all("s3/bucket:Bucket")}
    assert {resource.inputs["bucket"] for resource in staging_view.all(companion)} == buckets


def test_every_bucket_but_the_log_bucket_logs_its_accesses(staging_view):
    buckets = {bucket.inputs["bucket"] for bucket in staging_view.all("s3/bucket:Bucket")}
    logged = {each.inputs["bucket"] for each in staging_view.all("s3/bucketLogging:BucketLogging")}
    targets = {each.inputs["targetBucket"] for each in staging_view.all("s3/bucketLogging:BucketLogging")}
    assert buckets - logged == targets == {"meridian-staging-logs-111100000032"}


def test_every_bucket_denies_plain_http_and_public_access(staging_view):
    for policy in staging_view.all("s3/bucketPolicy:BucketPolicy"):
        denial = statement(staging_view, policy.name, "DenyPlainHttp")
        assert denial["Effect"] == "Deny"
        assert denial["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    for block in staging_view.all("s3/bucketPublicAccessBlock:BucketPublicAccessBlock"):
        assert [value for key, value in block.inputs.items() if key != "bucket"] == [True] * 4


def test_datasets_are_encrypted_with_their_classes_key(staging_view):
    for dataset in staging_view.env.datasets:
        token = "s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"
        encryption = staging_view.one(token, f"data-{dataset.name}")
        key = staging_view.one("kms/key:Key", dataset.classification)
        assert encryption.property_dependencies["rules"] == (key.urn,)
        assert encryption.inputs["rules"][0]["bucketKeyEnabled"] is True


def test_uploads_may_leave_the_key_to_the_bucket_but_not_name_another(staging_view):
    condition = statement(staging_view, "data-members", "DenyOtherKeys")["Condition"]
    header = "s3:x-amz-server-side-encryption-aws-kms-key-id"
    assert header in condition["StringNotEqualsIfExists"]
    assert condition["Null"] == {header: "false"}


def test_objects_are_closed_to_everybody_outside_of_the_grants(staging_view):
    reading = statement(staging_view, "data-fraud-labels", "DenyReadOutsideGrants")
    writing = statement(staging_view, "data-fraud-labels", "DenyWriteOutsideGrants")
    prefix = "arn:aws:iam::111100000032:role/meridian-staging-"
    engineer, scientist = f"{prefix}member-claims-fraud-ml-engineer", f"{prefix}member-claims-fraud-data-scientist"
    assert reading["Condition"]["ArnNotLike"]["aws:PrincipalArn"] == [scientist, engineer, f"{prefix}team-claims-fraud"]
    assert writing["Condition"]["ArnNotLike"]["aws:PrincipalArn"] == [engineer, f"{prefix}team-claims-fraud"]
    assert reading["Condition"]["Bool"] == {"aws:PrincipalIsAWSService": "false"}
    assert "s3:GetObject" in reading["Action"]
    assert "s3:PutObject" in writing["Action"]


def test_nobody_writes_what_is_granted_for_reading_only(staging_view):
    assert "ArnNotLike" not in statement(staging_view, "data-claims-history", "DenyWriteOutsideGrants")["Condition"]


def test_a_write_grant_opens_writing_and_a_withdrawn_grant_closes_reading(varied_view):
    writing = statement(varied_view, "data-claims-history", "DenyWriteOutsideGrants")
    assert len(writing["Condition"]["ArnNotLike"]["aws:PrincipalArn"]) == 2
    assert "ArnNotLike" not in statement(varied_view, "data-fraud-labels", "DenyReadOutsideGrants")["Condition"]


def test_retention_becomes_the_lifecycle(staging_view):
    def rule(name):
        token = "s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration"
        (found,) = staging_view.one(token, name).inputs["rules"]
        return found

    assert rule("data-claims-history")["expiration"] == {"days": 7 * 365}
    assert rule("data-claims-history")["noncurrentVersionExpiration"] == {"noncurrentDays": 7 * 365}
    assert rule("data-icd10-codes")["expiration"] == {"expiredObjectDeleteMarker": True}
    assert rule("logs")["expiration"] == {"days": 365}
    assert rule("claims-fraud-artifacts")["noncurrentVersionExpiration"]["newerNoncurrentVersions"] == 20


def test_the_audit_bucket_is_locked_and_the_log_bucket_is_not(staging_view, varied_view):
    for view, days in ((staging_view, 6 * 365), (varied_view, 2 * 365)):
        (lock,) = view.all("s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration")
        assert lock.inputs["rule"]["defaultRetention"] == {"mode": "COMPLIANCE", "days": days}
    locked = {b.name: b.inputs["objectLockEnabled"] for b in staging_view.all("s3/bucket:Bucket")}
    assert {name for name, on in locked.items() if on} == {"audit"}
    token = "s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"
    (rule,) = staging_view.one(token, "logs").inputs["rules"]
    assert rule["applyServerSideEncryptionByDefault"] == {"sseAlgorithm": "AES256"}


def test_only_the_sandboxs_buckets_can_be_emptied_and_never_the_audit_bucket(staging_view, varied_view):
    def emptied(view):
        return {b.name for b in view.all("s3/bucket:Bucket") if b.inputs["forceDestroy"]}

    assert "data-members" in emptied(staging_view)
    assert "audit" not in emptied(staging_view)
    assert emptied(varied_view) == set()


def test_log_delivery_is_for_this_accounts_buckets_only(staging_view):
    delivery = statement(staging_view, "logs", "AccessLogDelivery")
    assert delivery["Principal"] == {"Service": "logging.s3.amazonaws.com"}
    assert delivery["Condition"]["StringEquals"] == {"aws:SourceAccount": "111100000032"}


def test_tags_say_what_the_data_is_and_why_it_may_be_kept(staging_view):
    tags = staging_view.one("s3/bucket:Bucket", "data-claims-history").inputs["tags"]
    assert tags["data-classification"] == "phi"
    assert tags["legal-basis"] == "GDPR Art. 6.1.b and Art. 9.2.h"
    assert tags["retention"] == "P7Y"


def test_artifacts_count_as_sensitive_as_the_data_that_they_were_made_of(staging_view):
    data = {b.name: b.inputs["tags"]["data-classification"] for b in staging_view.all("s3/bucket:Bucket")}
    assert data["claims-fraud-artifacts"] == "phi"


def test_policies_are_readable_json_where_all_is_known(staging_view):
    policy = staging_view.one("s3/bucketPolicy:BucketPolicy", "logs").inputs["policy"]
    assert json.loads(policy)["Version"] == "2012-10-17"
