"""Datasets' buckets, the log bucket and the audit bucket.

Who may touch a dataset is decided twice: the roles' own policies allow what was granted (`grants`), and the bucket's policy denies
everybody else, whatever their policies say.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi

from mlops_infra.config.model import Dataset, Storage
from mlops_infra.config.units import duration_days
from mlops_infra.platform.buckets import Lifecycle, SecureBucket, SecureBucketArgs
from mlops_infra.platform.grants import holders
from mlops_infra.platform.keys import Keys
from mlops_infra.platform.names import Names
from mlops_infra.platform.part import Part, at
from mlops_infra.platform.policies import Statement, allow, deny_other_encryption, deny_outside, deny_plain_http
from mlops_infra.platform.tags import tag_text


@dataclass(frozen=True)
class StorageArgs:
    """What storage is made from."""

    names: Names
    storage: Storage
    datasets: Sequence[Dataset]
    keys: Keys


class StorageBuckets(pulumi.ComponentResource):
    """All buckets that are not one team's."""

    def __init__(self, name: str, args: StorageArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("mlops:platform:Storage", name, {}, opts)
        self._args = args
        with at("storage", "log_retention"):
            self.logs = self._log_bucket()
        with at("storage", "audit_retention"):
            self.audit = self._audit_bucket()
        self.datasets: dict[str, SecureBucket] = {}
        """Buckets by dataset."""
        for dataset in args.datasets:
            with at("datasets", dataset.name):
                self.datasets[dataset.name] = self._dataset(dataset)
        self.register_outputs({"logs": self.logs.bucket.id, "audit": self.audit.bucket.id})

    def _log_bucket(self) -> SecureBucket:
        names, days = self._args.names, duration_days(self._args.storage.log_retention)
        arn = names.bucket_arn(names.log_bucket)
        return SecureBucket(
            "logs",
            SecureBucketArgs(
                names=names,
                bucket=names.log_bucket,
                tags=names.tags(names.log_bucket),
                statements=[_log_delivery(names, arn), deny_plain_http(arn)],
                lifecycle=Lifecycle(expire_days=days, noncurrent_days=1),
            ),
            pulumi.ResourceOptions(parent=self),
        )

    def _audit_bucket(self) -> SecureBucket:
        names, days = self._args.names, duration_days(self._args.storage.audit_retention)
        arn = names.bucket_arn(names.audit_bucket)
        return SecureBucket(
            "audit",
            SecureBucketArgs(
                names=names,
                bucket=names.audit_bucket,
                tags=names.tags(names.audit_bucket),
                statements=[deny_plain_http(arn), *_trail_delivery(names, arn)],
                lifecycle=Lifecycle(expire_days=days, noncurrent_days=1),
                key_arn=self._args.keys.arn("audit"),
                logs=self.logs.bucket.id,
                logs_ready=[self.logs.policy],
                lock_days=days,
            ),
            pulumi.ResourceOptions(parent=self),
        )

    def _dataset(self, dataset: Dataset) -> SecureBucket:
        args, names = self._args, self._args.names
        bucket = names.dataset_bucket(dataset.name)
        arn, key = names.bucket_arn(bucket), args.keys.arn(dataset.classification)
        readers, writers = holders(names, dataset.name)
        return SecureBucket(
            f"data-{dataset.name}",
            SecureBucketArgs(
                names=names,
                bucket=bucket,
                tags=dataset_tags(names, dataset),
                statements=[
                    deny_plain_http(arn),
                    *deny_other_encryption(arn, key),
                    *deny_outside(arn, readers=readers, writers=writers, administrators=names.administrators),
                ],
                lifecycle=dataset_lifecycle(dataset),
                key_arn=key,
                logs=self.logs.bucket.id,
                logs_ready=[self.logs.policy],
            ),
            pulumi.ResourceOptions(parent=self),
        )


def storage(part: Part) -> None:
    """Make the buckets."""
    with at("storage"):
        part.keep(
            StorageBuckets("storage", StorageArgs(part.names, part.env.storage, part.env.datasets, part.made(Keys)))
        )


def dataset_lifecycle(dataset: Dataset) -> Lifecycle:
    """A dataset with a retention loses objects, and versions that were replaced, after it (GDPR Art. 5(1)(e)); others keep theirs."""
    if dataset.retention is None:
        return Lifecycle()
    days = duration_days(dataset.retention)
    return Lifecycle(expire_days=days, noncurrent_days=days)


def dataset_tags(names: Names, dataset: Dataset) -> dict[str, str]:
    """Tags that say what the data is and why it may be kept."""
    tags = names.tags(names.dataset_bucket(dataset.name), owner=dataset.owner, data=dataset.classification) | {
        "dataset": dataset.name
    }
    if dataset.version:
        tags["dataset-version"] = dataset.version
    if dataset.description:
        tags["description"] = tag_text(dataset.description)
    if dataset.retention:
        tags["retention"] = dataset.retention
    if dataset.legal_basis:
        tags["legal-basis"] = tag_text(dataset.legal_basis)
    if dataset.transfer:
        tags["transfer-to"] = " ".join(dataset.transfer.to)
        tags["transfer-mechanism"] = dataset.transfer.mechanism
    return tags


def _log_delivery(names: Names, arn: str) -> Statement:
    return allow(
        "AccessLogDelivery",
        ["s3:PutObject"],
        f"{arn}/*",
        principal={"Service": "logging.s3.amazonaws.com"},
        condition={
            "StringEquals": {"aws:SourceAccount": names.env.aws.account},
            "ArnLike": {"aws:SourceArn": names.bucket_arn(f"{names.prefix}-*")},
        },
    )


def _trail_delivery(names: Names, arn: str) -> list[Statement]:
    """What CloudTrail needs of its bucket (CloudTrail User Guide, "Amazon S3 bucket policy for CloudTrail")."""
    principal = {"Service": "cloudtrail.amazonaws.com"}
    source = {"aws:SourceArn": names.trail_arn}
    return [
        allow("TrailChecks", ["s3:GetBucketAcl"], [arn], principal=principal, condition={"StringEquals": source}),
        allow(
            "TrailDelivery",
            ["s3:PutObject"],
            [f"{arn}/AWSLogs/{names.env.aws.account}/*"],
            principal=principal,
            condition={"StringEquals": {**source, "s3:x-amz-acl": "bucket-owner-full-control"}},
        ),
    ]
