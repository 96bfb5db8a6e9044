"""Whether a step of a plan can be taken back: from its operation and the type of the resource.

``reversible``: going back leaves nothing behind. ``lossy``: going back is possible, and something is lost or must be fetched by hand in
time. ``irreversible``: what was there cannot be had again. A change of a property counts only where the service refuses its reverse.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final, Literal, TypeAlias

from mlops_infra.engine.plan import IDLE, Change
from mlops_infra.graph.model import DATA_TYPES

Label: TypeAlias = Literal["reversible", "lossy", "irreversible"]
ORDER: Final[tuple[Label, ...]] = ("reversible", "lossy", "irreversible")


@dataclass(frozen=True)
class Reversibility:
    """A label, and why it is not ``reversible``."""

    label: Label
    reason: str = ""


_FINE: Final = Reversibility("reversible")
Inputs: TypeAlias = Mapping[str, Any]


def _bucket(inputs: Inputs) -> Reversibility:
    del inputs  # S3 deletes a bucket only once every version in it is gone, so versioning saves nothing.
    return Reversibility("irreversible", "the bucket's objects are deleted with it, all their versions too")


def _database(inputs: Inputs) -> Reversibility:
    if inputs.get("skipFinalSnapshot") is False:
        return Reversibility("lossy", "the data is in the final snapshot, from which it must be restored by hand")
    return Reversibility("irreversible", "the database is deleted without a final snapshot")


def _key(inputs: Inputs) -> Reversibility:
    days = inputs.get("deletionWindowInDays")
    days = (
        int(days) if isinstance(days, int | float) else 30
    )  # AWS KMS API, ScheduleKeyDeletion: 7 to 30, 30 unless told
    return Reversibility(
        "lossy", f"the key's deletion can be cancelled by hand for {days} days; then all under it is lost"
    )


def _secret(inputs: Inputs) -> Reversibility:
    days = inputs.get("recoveryWindowInDays")
    days = (
        int(days) if isinstance(days, int | float) else 30
    )  # Secrets Manager API, DeleteSecret: 7 to 30, 30 unless told
    if days == 0:
        return Reversibility("irreversible", "the secret is deleted without a recovery window")
    return Reversibility("lossy", f"the secret can be restored by hand for {days} days")


def _volume(inputs: Inputs) -> Reversibility:
    spec = inputs.get("spec")
    if isinstance(spec, Mapping) and spec.get("persistentVolumeReclaimPolicy") == "Retain":
        return Reversibility("lossy", "the disk is kept (Retain) and must be bound again by hand")
    return Reversibility("irreversible", "the volume's data is deleted with it")


_LOSSES: Final[Mapping[str, Callable[[Inputs], Reversibility]]] = MappingProxyType(
    {
        "aws:s3/bucket:Bucket": _bucket,
        "aws:rds/instance:Instance": _database,
        "aws:kms/key:Key": _key,
        "aws:secretsmanager/secret:Secret": _secret,
        "kubernetes:core/v1:PersistentVolume": _volume,
    }
)
"""What becomes of the data where a resource is deleted or replaced, from the inputs that it was deployed with; others lose it."""

_ONE_WAY: Final[Mapping[str, Mapping[str, str]]] = MappingProxyType(
    {
        "aws:rds/instance:Instance": {
            # Amazon RDS User Guide, "Working with storage" and "Upgrading the engine version".
            "allocatedStorage": "RDS never makes storage smaller",
            "engineVersion": "RDS has no way back to an older engine version",
        },
        "aws:eks/cluster:Cluster": {
            "version": "EKS has no way back to an older Kubernetes version"
        },  # EKS User Guide, "Update cluster"
        "aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration": {
            "rule": "objects written meanwhile keep the retention that they got"  # S3 User Guide, "Object Lock"
        },
        "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": {
            "rules": "objects that expire meanwhile are gone"
        },
        "aws:ecr/lifecyclePolicy:LifecyclePolicy": {"policy": "images that expire meanwhile are gone"},
        "aws:cloudwatch/logGroup:LogGroup": {"retentionInDays": "log entries that expire meanwhile are gone"},
        "kubernetes:core/v1:PersistentVolumeClaim": {
            "spec.resources": "Kubernetes never makes a volume smaller"  # Kubernetes docs, "Expanding Persistent Volumes Claims"
        },
    }
)
"""Updates whose reverse a service refuses, or during which something passes: by type and beginning of the property's path."""

_LOSSY_UPDATES: Final = frozenset(
    {
        "aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration",
        "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration",
        "aws:ecr/lifecyclePolicy:LifecyclePolicy",
        "aws:cloudwatch/logGroup:LogGroup",
    }
)
"""Of `_ONE_WAY` the types whose update can be taken back at a loss; the others' cannot."""


def reversibility(change: Change, deployed: Inputs) -> Reversibility:  # noqa: PLR0911 - one return per case
    """What going back from a change would cost. `deployed`: the inputs that the resource has now, empty for a new one."""
    if change.operation in IDLE or change.operation == "import":
        return _FINE
    if change.operation == "create":
        if change.type in DATA_TYPES:
            return Reversibility("lossy", "going back deletes it, with what was written to it since")
        return _FINE
    if change.operation in ("delete", "replace"):
        if change.type in DATA_TYPES:
            loss = _LOSSES.get(change.type)
            return loss(deployed) if loss else Reversibility("irreversible", "its data is deleted with it")
        return _FINE
    for path, reason in _ONE_WAY.get(change.type, {}).items():
        if any(_below(changed.path, path) for changed in change.properties):
            return Reversibility("lossy" if change.type in _LOSSY_UPDATES else "irreversible", reason)
    return _FINE


def worst(labels: list[Label]) -> Label:
    """The gravest of some labels; ``reversible`` for none."""
    return max(labels, key=ORDER.index, default="reversible")


def _below(path: str, start: str) -> bool:
    return path == start or path.startswith((f"{start}.", f"{start}["))
