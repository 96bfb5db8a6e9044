"""KMS keys: one for each class of data, and the platform's own.

`keys.<class>.arn` (for each class that datasets have or the stack file names), `keys.platform.arn` (databases, secrets, images, volumes,
logs, artifacts), `keys.cluster.arn` (Kubernetes secrets) and `keys.audit.arn` (the trail) are given to the other parts.

Key policies name who may do what. The account itself (that is: its IAM policies) administers keys, and uses a class's key through S3 only;
no service but S3 ever sees data of that class.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from mlops_infra.config.model import ClassPolicy
from mlops_infra.platform.names import Names
from mlops_infra.platform.part import Part, at
from mlops_infra.platform.policies import Statement, allow, document

ADMINISTRATION = (
    "kms:CancelKeyDeletion",
    "kms:DescribeKey",
    "kms:DisableKey",
    "kms:EnableKey",
    "kms:EnableKeyRotation",
    "kms:GetKeyPolicy",
    "kms:GetKeyRotationStatus",
    "kms:ListGrants",
    "kms:ListKeyPolicies",
    "kms:ListKeyRotations",
    "kms:ListResourceTags",
    "kms:PutKeyPolicy",
    "kms:RevokeGrant",
    "kms:RotateKeyOnDemand",
    "kms:ScheduleKeyDeletion",
    "kms:TagResource",
    "kms:UntagResource",
    "kms:CreateAlias",
    "kms:DeleteAlias",
    "kms:UpdateAlias",
    "kms:UpdateKeyDescription",
)
USE = (
    "kms:Decrypt",
    "kms:DescribeKey",
    "kms:Encrypt",
    "kms:GenerateDataKey",
    "kms:GenerateDataKeyWithoutPlaintext",
    "kms:ReEncryptFrom",
    "kms:ReEncryptTo",
)
PLATFORM_SERVICES = ("s3", "rds", "secretsmanager", "ecr", "ec2", "sns")
"""Services through which the account's principals use the platform's key."""


@dataclass(frozen=True)
class KeysArgs:
    """What the keys are made from."""

    names: Names
    classes: Mapping[str, ClassPolicy]
    """Policy of each class that needs a key."""


class Keys(pulumi.ComponentResource):
    """The keys by name: the classes, ``platform``, ``cluster`` and ``audit``."""

    def __init__(self, name: str, args: KeysArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("mlops:platform:Keys", name, {}, opts)
        self._names = args.names
        self.keys: dict[str, aws.kms.Key] = {}
        """Keys by name."""
        for data_class, policy in args.classes.items():
            with at("classes", data_class):
                self._key(
                    data_class,
                    f"Datasets of class {data_class}",
                    policy,
                    data_class,
                    class_key_statements(args.names),
                )
        # What the platform keeps may hold traces of any class, so its keys are turned as often as the strictest one asks.
        strictest = ClassPolicy(
            key_rotation_days=min((policy.key_rotation_days for policy in args.classes.values()), default=365),
            key_deletion_days=max((policy.key_deletion_days for policy in args.classes.values()), default=30),
        )
        for purpose, description, statements in (
            (
                "platform",
                "Databases, secrets, images, volumes, logs and artifacts",
                platform_key_statements(args.names),
            ),
            ("cluster", "Secrets in the cluster", cluster_key_statements(args.names)),
            ("audit", "The audit trail", audit_key_statements(args.names)),
        ):
            with at("classes"):
                self._key(purpose, description, strictest, "internal", statements)
        self.register_outputs({key: made.arn for key, made in self.keys.items()})

    def arn(self, key: str) -> pulumi.Output[str]:
        """ARN of a class's key or of ``platform``, ``cluster``, ``audit``."""
        return self.keys[key].arn

    def _key(
        self, key: str, description: str, policy: ClassPolicy, data_class: str, statements: list[Statement]
    ) -> None:
        names = self._names
        made = aws.kms.Key(
            key,
            description=f"{names.prefix}: {description}",
            enable_key_rotation=True,
            rotation_period_in_days=policy.key_rotation_days,
            deletion_window_in_days=policy.key_deletion_days,
            policy=document([administration(names), *statements]),
            tags=names.tags(names.named(key), data=data_class),
            opts=pulumi.ResourceOptions(parent=self, protect=True),
        )
        aws.kms.Alias(
            key,
            name=f"alias/{names.named(key)}",
            target_key_id=made.key_id,
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.keys[key] = made


def keys(part: Part) -> None:
    """Make the keys and give their ARNs."""
    env = part.env
    wanted = {dataset.classification for dataset in env.datasets} | set(env.classes)
    classes: dict[str, ClassPolicy] = {name: env.classes.get(name, ClassPolicy()) for name in sorted(wanted)}
    with at("classes"):
        made = part.keep(Keys("keys", KeysArgs(part.names, classes)))
    for name, key in made.keys.items():
        part.give(f"keys.{name}.arn", key, key.arn)


def administration(names: Names) -> Statement:
    """The account's IAM policies say who administers the key; nobody can be locked out of it (KMS Developer Guide)."""
    return allow("Administration", ADMINISTRATION, "*", principal={"AWS": names.root_arn})


def class_key_statements(names: Names) -> list[Statement]:
    """A class's key is used through S3 only."""
    return [_use_through(names, ("s3",))]


def platform_key_statements(names: Names) -> list[Statement]:
    """The platform's key: through the services that keep things for us, and by those that write logs and alarms."""
    account, region = names.env.aws.account, names.env.aws.region
    source = {"StringEquals": {"aws:SourceAccount": account}}
    groups = [names.log_group("*"), names.cluster_log_group, names.database_log_group("*")]
    return [
        _use_through(names, PLATFORM_SERVICES),
        allow(
            "GrantsForServices",
            ["kms:CreateGrant"],
            "*",
            principal={"AWS": names.root_arn},
            condition={
                "Bool": {"kms:GrantIsForAWSResource": "true"},
                "StringEquals": {"kms:ViaService": [names.endpoint(name) for name in ("rds", "ecr", "ec2")]},
            },
        ),
        allow(
            "Logs",
            USE,
            "*",
            principal={"Service": f"logs.{region}.amazonaws.com"},
            condition={
                "ArnLike": {"kms:EncryptionContext:aws:logs:arn": [names.log_group_arn(group) for group in groups]}
            },
        ),
        allow(
            "Alarms",
            ["kms:Decrypt", "kms:GenerateDataKey"],
            "*",
            principal={"Service": ["cloudwatch.amazonaws.com", "budgets.amazonaws.com"]},
            condition=source,
        ),
        *_node_volumes(names),
    ]


def cluster_key_statements(names: Names) -> list[Statement]:
    """The cluster's key: EKS encrypts Kubernetes secrets with it under a grant that the cluster's creator makes (EKS User Guide)."""
    return [
        allow(
            "KubernetesSecrets",
            ["kms:CreateGrant", "kms:Decrypt", "kms:Encrypt"],
            "*",
            principal={"AWS": names.root_arn},
            condition={"StringEquals": {"kms:CallerAccount": names.env.aws.account}},
        )
    ]


def audit_key_statements(names: Names) -> list[Statement]:
    """The audit key: CloudTrail encrypts our one trail with it; auditors decrypt through S3 (CloudTrail User Guide)."""
    trail = {"StringEquals": {"aws:SourceArn": names.trail_arn}}
    principal = {"Service": "cloudtrail.amazonaws.com"}
    return [
        _use_through(names, ("s3",)),
        allow(
            "TrailEncrypts",
            ["kms:GenerateDataKey"],
            "*",
            principal=principal,
            condition={**trail, "StringLike": {"kms:EncryptionContext:aws:cloudtrail:arn": names.trail_arn}},
        ),
        allow("TrailDescribes", ["kms:DescribeKey"], "*", principal=principal, condition=trail),
    ]


def _use_through(names: Names, services: tuple[str, ...]) -> Statement:
    return allow(
        "UseThroughServices",
        USE,
        "*",
        principal={"AWS": names.root_arn},
        condition={
            "StringEquals": {
                "kms:CallerAccount": names.env.aws.account,
                "kms:ViaService": [names.endpoint(service) for service in services],
            }
        },
    )


def _node_volumes(names: Names) -> list[Statement]:
    # Auto Scaling starts nodes with encrypted volumes as its service-linked role, which IAM policies cannot reach. A new account does
    # not have that role yet and KMS refuses principals that do not exist, so a condition names it (EC2 Auto Scaling User Guide).
    service_role = "role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling"
    who = {
        "ArnEquals": {"aws:PrincipalArn": names.arn("iam", service_role, region=False)},
        "StringEquals": {"kms:CallerAccount": names.env.aws.account},
    }
    return [
        allow("NodeVolumes", USE, "*", principal={"AWS": "*"}, condition=who),
        allow(
            "NodeVolumeGrants",
            ["kms:CreateGrant"],
            "*",
            principal={"AWS": "*"},
            condition={**who, "Bool": {"kms:GrantIsForAWSResource": "true"}},
        ),
    ]
