"""Round trips of IAM and EKS types."""

from __future__ import annotations

import json
from typing import Any

import pytest
from aws_round_trip import Example, World, live, trust

pytestmark = pytest.mark.sandbox

TAGS = {"owner": "platform", "environment": "unit"}
OTHER = {"owner": "ml", "more": "yes"}


def document(*actions: str) -> str:
    statement = {"Effect": "Allow", "Action": list(actions), "Resource": "*"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def listed(tags: Any) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in tags}


def role(boto: Any, state: Any) -> Any:
    found = boto("iam").get_role(RoleName=state["name"])["Role"]
    service = found["AssumeRolePolicyDocument"]["Statement"][0]["Principal"]["Service"]
    return [service, found["MaxSessionDuration"], listed(found["Tags"]), "PermissionsBoundary" in found]


def policy(boto: Any, state: Any) -> Any:
    iam = boto("iam")
    found = iam.get_policy(PolicyArn=state["arn"])["Policy"]
    version = iam.get_policy_version(PolicyArn=state["arn"], VersionId=found["DefaultVersionId"])["PolicyVersion"]
    return [version["Document"]["Statement"][0]["Action"], listed(found["Tags"])]


def role_policy(boto: Any, state: Any) -> Any:
    found = boto("iam").get_role_policy(RoleName=state["role"], PolicyName=state["name"])
    return found["PolicyDocument"]["Statement"][0]["Action"]


def attachments(boto: Any, state: Any) -> Any:
    found = boto("iam").list_attached_role_policies(RoleName=state["role"])["AttachedPolicies"]
    return [item["PolicyArn"] == state["policyArn"] for item in found]


def issuer(boto: Any, state: Any) -> Any:
    found = boto("iam").get_open_id_connect_provider(OpenIDConnectProviderArn=state["arn"])
    return [found["ClientIDList"], listed(found["Tags"])]


def cluster(boto: Any, state: Any) -> Any:
    found = boto("eks").describe_cluster(name=state["name"])["cluster"]
    logs = [setup["types"] for setup in found["logging"]["clusterLogging"] if setup["enabled"]]
    return [found["resourcesVpcConfig"]["endpointPublicAccess"], logs, found["tags"]]


def cluster_inputs(world: World) -> dict[str, Any]:
    return {
        "name": world.named("cluster"),
        "roleArn": world.role_arn,
        "vpcConfig": {"subnetIds": world.subnets, "endpointPrivateAccess": True, "endpointPublicAccess": False},
        "enabledClusterLogTypes": ["api", "audit"],
        "encryptionConfig": {"provider": {"keyArn": world.key}, "resources": ["secrets"]},
        "tags": TAGS,
    }


def group(boto: Any, state: Any) -> Any:
    found = boto("eks").describe_nodegroup(clusterName=state["clusterName"], nodegroupName=state["nodeGroupName"])[
        "nodegroup"
    ]
    return [found["scalingConfig"]["maxSize"], found["labels"], found["taints"], found["tags"]]


def group_inputs(world: World) -> dict[str, Any]:
    return {
        "clusterName": world.cluster,
        "nodeGroupName": world.named("group"),
        "nodeRoleArn": world.role_arn,
        "subnetIds": world.subnets,
        "scalingConfig": {"minSize": 1, "maxSize": 3, "desiredSize": 1},
        "instanceTypes": ["m6i.large"],
        "labels": {"pool": "cpu"},
        "taints": [{"key": "gpu", "value": "yes", "effect": "NO_SCHEDULE"}],
        "tags": TAGS,
    }


def grow(boto: Any, state: Any) -> Any:
    boto("eks").update_nodegroup_config(
        clusterName=state["clusterName"],
        nodegroupName=state["nodeGroupName"],
        scalingConfig={"minSize": 1, "maxSize": 9, "desiredSize": 1},
    )


GROUP_BEFORE = [3, {"pool": "cpu"}, [{"key": "gpu", "value": "yes", "effect": "NO_SCHEDULE"}], TAGS]
GROUP_AFTER = [5, {"kind": "cpu"}, [], OTHER]

EXAMPLES = (
    Example(
        "aws:iam/role:Role",
        lambda world: {
            "name": world.named("role"),
            "assumeRolePolicy": trust("eks.amazonaws.com"),
            "permissionsBoundary": world.policy(),
            "tags": TAGS,
        },
        role,
        ["eks.amazonaws.com", 3600, TAGS, True],
        {"assumeRolePolicy": trust("ec2.amazonaws.com"), "maxSessionDuration": 7200, "tags": OTHER},
        ["ec2.amazonaws.com", 7200, OTHER, True],
        lambda boto, state: boto("iam").delete_role_permissions_boundary(RoleName=state["name"]),
        "permissionsBoundary",
    ),
    Example(
        "aws:iam/policy:Policy",
        lambda world: {
            "name": world.named("policy"),
            "policy": document("s3:GetObject", "s3:ListBucket"),
            "tags": TAGS,
        },
        policy,
        [["s3:GetObject", "s3:ListBucket"], TAGS],
        {"policy": document("s3:GetObject"), "tags": OTHER},
        [["s3:GetObject"], OTHER],
        lambda boto, state: boto("iam").create_policy_version(
            PolicyArn=state["arn"], PolicyDocument=document("s3:*"), SetAsDefault=True
        ),
        "policy",
    ),
    Example(
        "aws:iam/rolePolicy:RolePolicy",
        lambda world: {"role": world.role(), "name": "inline", "policy": document("s3:GetObject")},
        role_policy,
        ["s3:GetObject"],
        {"policy": document("s3:PutObject")},
        ["s3:PutObject"],
        lambda boto, state: boto("iam").put_role_policy(
            RoleName=state["role"], PolicyName="inline", PolicyDocument=document("s3:*")
        ),
        "policy",
    ),
    Example(
        "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
        lambda world: {"role": world.role(), "policyArn": world.policy()},
        attachments,
        [True],
    ),
    Example(
        "aws:iam/openIdConnectProvider:OpenIdConnectProvider",
        lambda world: {
            "url": f"https://oidc.eks.eu-central-1.amazonaws.com/id/{world.named()}",
            "clientIdLists": ["sts.amazonaws.com"],
            "thumbprintLists": ["9e99a48a9960b14926bb7f3b02e22da2b0ab7280"],
            "tags": TAGS,
        },
        issuer,
        [["sts.amazonaws.com"], TAGS],
        {"tags": OTHER},
        [["sts.amazonaws.com"], OTHER],
        lambda boto, state: boto("iam").update_open_id_connect_provider_thumbprint(
            OpenIDConnectProviderArn=state["arn"], ThumbprintList=["0" * 40]
        ),
        "thumbprintLists",
    ),
    Example(
        "aws:eks/cluster:Cluster",
        cluster_inputs,
        cluster,
        [False, [["api", "audit"]], TAGS],
        {"enabledClusterLogTypes": ["api"], "tags": OTHER},
        [False, [["api"]], OTHER],
        lambda boto, state: boto("eks").update_cluster_config(
            name=state["name"], resourcesVpcConfig={"endpointPublicAccess": True, "endpointPrivateAccess": True}
        ),
        "vpcConfig",
    ),
    Example(
        "aws:eks/nodeGroup:NodeGroup",
        group_inputs,
        group,
        GROUP_BEFORE,
        {
            "scalingConfig": {"minSize": 1, "maxSize": 5, "desiredSize": 1},
            "labels": {"kind": "cpu"},
            "taints": [],
            "tags": OTHER,
        },
        GROUP_AFTER,
        grow,
        "scalingConfig",
    ),
)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.name)
def test_round_trip_of_identity_type(aws_world: World, example: Example) -> None:
    live(aws_world, example)
