"""One kind of bucket for everything: versioned, encrypted, owner-enforced, private, logged, with a lifecycle and a policy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from mlops_infra.platform.names import Names
from mlops_infra.platform.policies import Statement, document

ABANDONED_UPLOAD_DAYS = 7
"""Parts of uploads that nobody finished are removed after this many days."""


@dataclass(frozen=True)
class Lifecycle:
    """When objects go: days after their creation, days after they became noncurrent, how many newer versions are kept at least."""

    expire_days: int | None = None
    noncurrent_days: int = 90
    versions_kept: int | None = None


@dataclass(frozen=True)
class SecureBucketArgs:
    """What a bucket is made from."""

    names: Names
    bucket: str
    """Name of the bucket."""
    tags: dict[str, str]
    statements: Sequence[Statement]
    """The bucket's policy."""
    lifecycle: Lifecycle
    key_arn: pulumi.Input[str] | None = None
    """KMS key of the objects; None for S3's own keys (SSE-S3), which log delivery needs."""
    logs: pulumi.Input[str] | None = None
    """Bucket that takes the access logs; None for that bucket itself."""
    logs_ready: Sequence[pulumi.Resource] = ()
    """What has to be there before access logs can be asked for: the policy that lets them be delivered."""
    lock_days: int | None = None
    """Object lock in compliance mode for this many days: nobody, not even the account's root, can shorten it."""


class SecureBucket(pulumi.ComponentResource):
    """A bucket and everything that makes it safe."""

    def __init__(self, name: str, args: SecureBucketArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        # Where the bucket stays, what keeps it safe stays too: a `destroy` without data must not leave it open.
        protected = pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(protect=True))
        super().__init__("mlops:platform:SecureBucket", name, {}, protected)
        self._local = name
        # The embedded cloud's buckets may be emptied by `destroy --include-data`; in a real account data goes by its lifecycle only.
        emptied = args.names.env.target == "sandbox" and args.lock_days is None
        self.bucket = aws.s3.Bucket(
            name,
            bucket=args.bucket,
            force_destroy=emptied,
            object_lock_enabled=args.lock_days is not None,
            tags=args.tags,
            opts=self._child,
        )
        self._close(args)
        versioning = self._versioning()
        self._encryption(args)
        self._lifecycle(args.lifecycle, versioning)
        if args.lock_days is not None:
            self._lock(args.lock_days, versioning)
        if args.logs is not None:
            aws.s3.BucketLogging(
                name,
                bucket=self.bucket.id,
                target_bucket=args.logs,
                target_prefix=f"s3/{args.bucket}/",
                opts=pulumi.ResourceOptions(parent=self, depends_on=list(args.logs_ready)),
            )
        self.register_outputs({"bucket": self.bucket.id, "arn": self.bucket.arn})

    @property
    def _child(self) -> pulumi.ResourceOptions:
        return pulumi.ResourceOptions(parent=self)

    def _close(self, args: SecureBucketArgs) -> None:
        closed = aws.s3.BucketPublicAccessBlock(
            self._local,
            bucket=self.bucket.id,
            block_public_acls=True,
            block_public_policy=True,
            ignore_public_acls=True,
            restrict_public_buckets=True,
            opts=self._child,
        )
        owned = aws.s3.BucketOwnershipControls(
            self._local,
            bucket=self.bucket.id,
            rule=aws.s3.BucketOwnershipControlsRuleArgs(object_ownership="BucketOwnerEnforced"),
            # S3 refuses two changes of one bucket's access settings at once (OperationAborted).
            opts=pulumi.ResourceOptions(parent=self, depends_on=[closed]),
        )
        self.policy = aws.s3.BucketPolicy(
            self._local,
            bucket=self.bucket.id,
            policy=document(args.statements),
            opts=pulumi.ResourceOptions(parent=self, depends_on=[owned]),
        )

    def _versioning(self) -> aws.s3.BucketVersioning:
        return aws.s3.BucketVersioning(
            self._local,
            bucket=self.bucket.id,
            versioning_configuration=aws.s3.BucketVersioningVersioningConfigurationArgs(status="Enabled"),
            opts=self._child,
        )

    def _encryption(self, args: SecureBucketArgs) -> None:
        default = aws.s3.BucketServerSideEncryptionConfigurationRuleApplyServerSideEncryptionByDefaultArgs(
            sse_algorithm="AES256" if args.key_arn is None else "aws:kms", kms_master_key_id=args.key_arn
        )
        rule = aws.s3.BucketServerSideEncryptionConfigurationRuleArgs(
            apply_server_side_encryption_by_default=default,
            # Bucket keys put the bucket's ARN into the encryption context, which grants rely on (`policies.key_use`).
            bucket_key_enabled=args.key_arn is not None,
        )
        aws.s3.BucketServerSideEncryptionConfiguration(
            self._local, bucket=self.bucket.id, rules=[rule], opts=self._child
        )

    def _lifecycle(self, lifecycle: Lifecycle, versioning: pulumi.Resource) -> None:
        # A rule may expire objects or clean up markers of what is gone, not both (S3 lifecycle: Days and ExpiredObjectDeleteMarker).
        expiration = aws.s3.BucketLifecycleConfigurationRuleExpirationArgs(
            days=lifecycle.expire_days, expired_object_delete_marker=None if lifecycle.expire_days else True
        )
        noncurrent = aws.s3.BucketLifecycleConfigurationRuleNoncurrentVersionExpirationArgs(
            noncurrent_days=lifecycle.noncurrent_days, newer_noncurrent_versions=lifecycle.versions_kept
        )
        rule = aws.s3.BucketLifecycleConfigurationRuleArgs(
            id="retention",
            status="Enabled",
            filter=aws.s3.BucketLifecycleConfigurationRuleFilterArgs(prefix=""),
            expiration=expiration,
            noncurrent_version_expiration=noncurrent,
            abort_incomplete_multipart_upload=aws.s3.BucketLifecycleConfigurationRuleAbortIncompleteMultipartUploadArgs(
                days_after_initiation=ABANDONED_UPLOAD_DAYS
            ),
        )
        aws.s3.BucketLifecycleConfiguration(
            self._local,
            bucket=self.bucket.id,
            rules=[rule],
            opts=pulumi.ResourceOptions(parent=self, depends_on=[versioning]),
        )

    def _lock(self, days: int, versioning: pulumi.Resource) -> None:
        retention = aws.s3.BucketObjectLockConfigurationRuleDefaultRetentionArgs(mode="COMPLIANCE", days=days)
        aws.s3.BucketObjectLockConfiguration(
            self._local,
            bucket=self.bucket.id,
            rule=aws.s3.BucketObjectLockConfigurationRuleArgs(default_retention=retention),
            opts=pulumi.ResourceOptions(parent=self, depends_on=[versioning]),
        )
