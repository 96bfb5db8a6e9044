"""What the environment's roles may do, as statements by role. Pure: names and statements only.

No role here reads data: grants do that. An action that names nothing in particular (making what has no ARN yet, listing) is bound to the
environment's region instead.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any
from urllib.parse import urlsplit

from mlops_infra.config.state_folders import LASTING, REMOVABLE
from mlops_infra.platform.names import Names
from mlops_infra.platform.policies import BUCKET_LIST, KEY_READ, OBJECT_READ, Statement, allow, deny, key_use

BOUNDARY_SERVICES = (
    "autoscaling",
    "budgets",
    "cloudtrail",
    "cloudwatch",
    "ec2",
    "ecr",
    "eks",
    "eks-auth",
    "elasticloadbalancing",
    "iam",
    "kms",
    "logs",
    "rds",
    "s3",
    "secretsmanager",
    "sns",
    "sts",
)
"""Services that roles of the platform can have rights in at all."""

_NETWORK = """
AllocateAddress AssociateRouteTable AttachInternetGateway AuthorizeSecurityGroupEgress AuthorizeSecurityGroupIngress CreateFlowLogs
CreateInternetGateway CreateLaunchTemplate CreateLaunchTemplateVersion CreateNatGateway CreateRoute CreateRouteTable CreateSecurityGroup
CreateSubnet CreateTags CreateVpc CreateVpcEndpoint DeleteFlowLogs DeleteInternetGateway DeleteLaunchTemplate DeleteNatGateway DeleteRoute
DeleteRouteTable DeleteSecurityGroup DeleteSubnet DeleteTags DeleteVpc DeleteVpcEndpoints DetachInternetGateway DisassociateAddress
DisassociateRouteTable ModifyLaunchTemplate ModifySecurityGroupRules ModifySubnetAttribute ModifyVpcAttribute ModifyVpcEndpoint
ReleaseAddress ReplaceRoute RevokeSecurityGroupEgress RevokeSecurityGroupIngress RunInstances
DescribeAddresses DescribeAddressesAttribute DescribeAvailabilityZones DescribeFlowLogs DescribeInternetGateways DescribeLaunchTemplates
DescribeLaunchTemplateVersions DescribeNatGateways DescribeNetworkAcls DescribeNetworkInterfaces DescribePrefixLists DescribeRouteTables
DescribeSecurityGroupRules DescribeSecurityGroups DescribeSubnets DescribeTags DescribeVpcAttribute DescribeVpcEndpoints DescribeVpcs
"""
_BUCKETS = """
CreateBucket DeleteBucket DeleteBucketPolicy GetBucketAcl GetBucketLocation GetBucketLogging GetBucketObjectLockConfiguration
GetBucketOwnershipControls GetBucketPolicy GetBucketPublicAccessBlock GetBucketTagging GetBucketVersioning GetEncryptionConfiguration
GetLifecycleConfiguration ListBucket PutBucketLogging PutBucketObjectLockConfiguration PutBucketOwnershipControls PutBucketPolicy
PutBucketPublicAccessBlock PutBucketTagging PutBucketVersioning PutEncryptionConfiguration PutLifecycleConfiguration
"""
_KEYS = """
CreateAlias CreateGrant CreateKey DeleteAlias DescribeKey EnableKeyRotation GetKeyPolicy GetKeyRotationStatus ListAliases
ListResourceTags PutKeyPolicy ScheduleKeyDeletion TagResource UntagResource UpdateAlias UpdateKeyDescription
"""
_CLUSTER = """
AssociateAccessPolicy CreateAccessEntry CreateAddon CreateCluster CreateNodegroup CreatePodIdentityAssociation DeleteAccessEntry DeleteAddon
DeleteCluster DeleteNodegroup DeletePodIdentityAssociation DescribeAccessEntry DescribeAddon DescribeCluster DescribeNodegroup
DescribePodIdentityAssociation DescribeUpdate DisassociateAccessPolicy ListAssociatedAccessPolicies ListTagsForResource TagResource
UntagResource UpdateAccessEntry UpdateAddon UpdateClusterConfig UpdateClusterVersion UpdateNodegroupConfig UpdateNodegroupVersion
UpdatePodIdentityAssociation
"""
_DATABASE = """
AddTagsToResource CreateDBInstance CreateDBParameterGroup CreateDBSubnetGroup DeleteDBInstance DeleteDBParameterGroup DeleteDBSubnetGroup
DescribeDBInstances DescribeDBParameterGroups DescribeDBParameters DescribeDBSubnetGroups ListTagsForResource ModifyDBInstance
ModifyDBParameterGroup ModifyDBSubnetGroup RemoveTagsFromResource
"""
_REPOSITORIES = """
CreateRepository DeleteLifecyclePolicy DeleteRepository DeleteRepositoryPolicy DescribeRepositories GetLifecyclePolicy GetRepositoryPolicy
ListTagsForResource PutImageScanningConfiguration PutImageTagMutability PutLifecyclePolicy SetRepositoryPolicy TagResource UntagResource
"""
_ROLES = """
CreateRole AttachRolePolicy DeleteRolePolicy DetachRolePolicy PutRolePermissionsBoundary PutRolePolicy
"""
_IAM = """
CreateOpenIDConnectProvider CreatePolicy CreatePolicyVersion DeleteOpenIDConnectProvider DeletePolicy DeletePolicyVersion DeleteRole
GetOpenIDConnectProvider GetPolicy GetPolicyVersion GetRole GetRolePolicy ListAttachedRolePolicies ListInstanceProfilesForRole
ListPolicyVersions ListRolePolicies TagOpenIDConnectProvider TagPolicy TagRole UntagPolicy UntagRole UpdateAssumeRolePolicy
UpdateRole UpdateRoleDescription
"""
_LOGS = """
AssociateKmsKey CreateLogGroup DeleteLogGroup DescribeLogGroups ListTagsForResource PutRetentionPolicy TagResource UntagResource
"""
_ALARMS = """
DeleteAlarms DescribeAlarms ListTagsForResource PutMetricAlarm TagResource UntagResource
"""
_TOPICS = """
CreateTopic DeleteTopic GetSubscriptionAttributes GetTopicAttributes ListTagsForResource SetTopicAttributes Subscribe TagResource
Unsubscribe UntagResource
"""
_TRAIL = """
AddTags CreateTrail DescribeTrails GetEventSelectors GetTrail GetTrailStatus ListTags PutEventSelectors RemoveTags StartLogging UpdateTrail
"""


def _actions(service: str, verbs: str) -> list[str]:
    return [f"{service}:{verb}" for verb in verbs.split()]


def boundary_statements(names: Names) -> list[Statement]:
    """The most that any role of the platform can do; it grants nothing.

    Roles can only be made and given policies with this boundary (IAM User Guide, "Delegating responsibility using permissions
    boundaries"), which cannot be changed from inside of it; nobody inside makes users, or stops the trail.
    """
    region = names.env.aws.region
    role_changes = _actions("iam", _ROLES)
    return [
        allow(
            "ServicesInRegion",
            [f"{service}:*" for service in BOUNDARY_SERVICES],
            "*",
            # Global services answer in the partition's first region (IAM User Guide, aws:RequestedRegion).
            condition={"StringEquals": {"aws:RequestedRegion": sorted({region, *_global_regions(names)})}},
        ),
        deny(
            "DenyRolesWithoutBoundary",
            role_changes,
            "*",
            condition={"StringNotEquals": {"iam:PermissionsBoundary": names.boundary_arn}},
        ),
        deny("DenyRemovingBoundaries", ["iam:DeleteRolePermissionsBoundary"], "*"),
        deny(
            "DenyChangingBoundary",
            ["iam:CreatePolicyVersion", "iam:DeletePolicy", "iam:DeletePolicyVersion", "iam:SetDefaultPolicyVersion"],
            [names.boundary_arn],
        ),
        deny("DenyUsers", ["iam:CreateAccessKey", "iam:CreateLoginProfile", "iam:CreateUser"], "*"),
        deny("DenyBlindingTheTrail", ["cloudtrail:DeleteTrail", "cloudtrail:StopLogging"], [names.trail_arn]),
    ]


def _global_regions(names: Names) -> set[str]:
    return {
        {"aws-cn": "cn-north-1", "aws-us-gov": "us-gov-west-1", "aws-eu": "eusc-de-east-1"}.get(
            names.env.aws.partition, "us-east-1"
        )
    }


def _in_region(names: Names) -> dict[str, Any]:
    return {"StringEquals": {"aws:RequestedRegion": names.env.aws.region}}


def deployer_documents(names: Names) -> dict[str, list[Statement]]:
    """What ``ci-deployer`` needs to deploy an environment, in documents that fit one policy each (IAM quota: 6144 characters)."""
    return {
        "deploy-network": [allow("Network", _actions("ec2", _NETWORK), "*", condition=_in_region(names))],
        "deploy-data": _deploy_data(names),
        "deploy-services": _deploy_services(names),
        **({"deploy-state": state} if (state := _deploy_state(names)) else {}),
    }


def _deploy_state(names: Names) -> list[Statement]:
    """Reading and writing Pulumi's state where it lies in a bucket (``bootstrap`` makes bucket and key)."""
    state = names.env.state
    if state.backend is None:
        return []
    where = urlsplit(state.backend)
    bucket, prefix = names.bucket_arn(where.netloc), where.path.strip("/")

    def inside(folders: Iterable[str]) -> list[str]:
        return ["/".join(filter(None, (bucket, prefix, folder, "*"))) for folder in folders]

    found = [
        allow("ListState", ["s3:ListBucket", "s3:GetBucketLocation"], [bucket]),
        allow("State", ["s3:GetObject", "s3:PutObject"], inside((*REMOVABLE, *LASTING))),
        allow("StateEnds", ["s3:DeleteObject"], inside(REMOVABLE)),
        # The bucket's policy keeps ledger and evidence, also from who deploys; its name may be like those of the platform's own buckets.
        deny(
            "DenyChangingStateBucket",
            [
                "s3:DeleteBucket",
                "s3:DeleteBucketPolicy",
                "s3:PutBucketPolicy",
                "s3:PutBucketVersioning",
                "s3:PutLifecycleConfiguration",
            ],
            [bucket],
        ),
    ]
    if state.secrets_provider is not None:
        found.append(_state_key(names, state.secrets_provider))
    return found


def _state_key(names: Names, secrets_provider: str) -> Statement:
    """The right to use the key of the state, which the stack file names by alias, id or ARN."""
    actions = ["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey"]
    key = secrets_provider.removeprefix("awskms://").partition("?")[0].strip("/")
    if key.startswith("alias/"):
        # IAM knows no key by its alias other than through this condition (KMS Developer Guide, "Use aliases to control access").
        known = {"ForAnyValue:StringEquals": {"kms:ResourceAliases": [key]}}
        return allow("StateKey", actions, [names.arn("kms", "key/*")], condition=known)
    return allow("StateKey", actions, [key if key.startswith("arn:") else names.arn("kms", f"key/{key}")])


def _deploy_data(names: Names) -> list[Statement]:
    rds = [f"{kind}:{names.prefix}*" for kind in ("db", "pg", "subgrp")]
    return [
        allow("Buckets", _actions("s3", _BUCKETS), [names.bucket_arn(f"{names.prefix}-*")]),
        allow("Keys", _actions("kms", _KEYS), "*", condition=_in_region(names)),
        allow("Database", _actions("rds", _DATABASE), [names.arn("rds", each) for each in rds]),
        allow(
            "DatabaseSecret",
            ["secretsmanager:CreateSecret", "secretsmanager:TagResource"],
            [names.arn("secretsmanager", "secret:rds!*")],
        ),
        allow("Repositories", _actions("ecr", _REPOSITORIES), [names.arn("ecr", f"repository/{names.prefix}/*")]),
    ]


def _deploy_services(names: Names) -> list[Statement]:
    in_region = _in_region(names)
    roles = [names.role_arn("*")]
    return [
        allow("Cluster", _actions("eks", _CLUSTER), "*", condition=in_region),
        allow(
            "Roles",
            _actions("iam", _ROLES),
            roles,
            condition={"StringEquals": {"iam:PermissionsBoundary": names.boundary_arn}},
        ),
        allow(
            "RolesAndPolicies",
            _actions("iam", _IAM),
            [
                *roles,
                names.policy_arn("*"),
                names.arn("iam", f"oidc-provider/oidc.eks.{names.env.aws.region}.*", region=False),
            ],
        ),
        allow(
            "PassRoles",
            ["iam:PassRole"],
            roles,
            condition={
                "StringEquals": {
                    "iam:PassedToService": [
                        "cloudtrail.amazonaws.com",
                        "ec2.amazonaws.com",
                        "eks.amazonaws.com",
                        "pods.eks.amazonaws.com",
                        "vpc-flow-logs.amazonaws.com",
                    ]
                }
            },
        ),
        allow("Logs", _actions("logs", _LOGS), "*", condition=in_region),
        allow("Alarms", _actions("cloudwatch", _ALARMS), "*", condition=in_region),
        allow("Topics", _actions("sns", _TOPICS), [names.arn("sns", f"{names.prefix}-*")]),
        allow("Trail", _actions("cloudtrail", _TRAIL), "*", condition=in_region),
        allow(
            "Budgets",
            ["budgets:ModifyBudget", "budgets:ViewBudget"],
            [names.arn("budgets", f"budget/{names.prefix}-*", region=False)],
        ),
    ]


def platform_admin_statements(names: Names) -> list[Statement]:
    """Running what has been deployed: the cluster, its nodes, the database and the logs of both."""
    groups = [names.cluster_log_group, names.database_log_group("*"), names.log_group("*")]
    return [
        allow("Cluster", ["eks:AccessKubernetesApi", "eks:DescribeCluster"], [names.cluster_arn]),
        allow(
            "Nodes",
            ["eks:DescribeNodegroup", "eks:ListNodegroups", "eks:UpdateNodegroupConfig", "eks:UpdateNodegroupVersion"],
            [names.cluster_arn, names.arn("eks", f"nodegroup/{names.cluster}/*")],
        ),
        allow(
            "Database",
            ["rds:CreateDBSnapshot", "rds:DescribeDBInstances", "rds:RebootDBInstance"],
            [names.arn("rds", f"db:{names.database}"), names.arn("rds", f"snapshot:{names.database}-*")],
        ),
        allow("Logs", _LOG_READ, [f"{names.log_group_arn(group)}:*" for group in groups]),
    ]


def auditor_statements(names: Names, audit_key: Any) -> list[Statement]:
    """Reading the trail, the access logs and the control plane's audit log; nothing can be changed."""
    audit, logs = names.bucket_arn(names.audit_bucket), names.bucket_arn(names.log_bucket)
    groups = [names.cluster_log_group, names.log_group("trail"), names.log_group("flow")]
    return [
        allow("ListLogs", BUCKET_LIST, [audit, logs]),
        allow("ReadLogs", OBJECT_READ, [f"{audit}/*", f"{logs}/*"]),
        key_use("AuditKey", audit_key, [audit], KEY_READ),
        allow("ReadLogGroups", _LOG_READ, [f"{names.log_group_arn(group)}:*" for group in groups]),
        allow("Cluster", ["eks:DescribeCluster"], [names.cluster_arn]),
    ]


def member_statements(names: Names) -> list[Statement]:
    """What everybody with a role in the cluster needs to reach it."""
    return [allow("Cluster", ["eks:DescribeCluster"], [names.cluster_arn])]


_LOG_READ = ("logs:FilterLogEvents", "logs:GetLogEvents", "logs:StartQuery", "logs:GetQueryResults")

IMAGE_PULL = (
    "ecr:BatchCheckLayerAvailability",
    "ecr:BatchGetImage",
    "ecr:DescribeImages",
    "ecr:GetDownloadUrlForLayer",
    "ecr:ListImages",
)
IMAGE_PUSH = ("ecr:CompleteLayerUpload", "ecr:InitiateLayerUpload", "ecr:PutImage", "ecr:UploadLayerPart")


def repository_statements(names: Names, repositories: Sequence[str], *, push: bool) -> list[Statement]:
    """Pulling from these repositories, and pushing to them."""
    if not repositories:
        return []
    arns = [names.arn("ecr", f"repository/{repository}") for repository in repositories]
    return [
        allow("Images", (*IMAGE_PULL, *IMAGE_PUSH) if push else IMAGE_PULL, arns),
        # ECR knows no resource for its log-in (Service Authorization Reference); what it opens is decided above.
        allow("ImageLogin", ["ecr:GetAuthorizationToken"], "*", condition=_in_region(names)),
    ]
