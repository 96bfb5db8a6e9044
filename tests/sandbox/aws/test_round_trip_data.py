"""Round trips of RDS, Secrets Manager and ECR types."""

from __future__ import annotations

import json
from typing import Any

import pytest
from aws_round_trip import Example, World, live

pytestmark = pytest.mark.sandbox

TAGS = {"owner": "platform", "environment": "unit"}
OTHER = {"owner": "ml", "more": "yes"}
ROOT = "arn:aws:iam::111100000099:root"


def statement(sid: str, action: str, **more: Any) -> str:
    rule = {"Sid": sid, "Effect": "Allow", "Principal": {"AWS": ROOT}, "Action": action, **more}
    return json.dumps({"Version": "2012-10-17", "Statement": [rule]})


def listed(tags: Any) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in tags}


def rds_tags(boto: Any, state: Any) -> Any:
    return listed(boto("rds").list_tags_for_resource(ResourceName=state["arn"])["TagList"])


def untag_rds(boto: Any, state: Any) -> Any:
    boto("rds").remove_tags_from_resource(ResourceName=state["arn"], TagKeys=list(state["tags"])[:1])


def subnet_group(boto: Any, state: Any) -> Any:
    found = boto("rds").describe_db_subnet_groups(DBSubnetGroupName=state["name"])["DBSubnetGroups"][0]
    return [found["DBSubnetGroupDescription"], len(found["Subnets"]), rds_tags(boto, state)]


def parameters(boto: Any, state: Any) -> Any:
    found = boto("rds").describe_db_parameters(DBParameterGroupName=state["name"])["Parameters"]
    return {item["ParameterName"]: item["ParameterValue"] for item in found}


def force(value: str) -> list[dict[str, str]]:
    return [{"name": "rds.force_ssl", "value": value, "applyMethod": "immediate"}]


def database(boto: Any, state: Any) -> Any:
    found = boto("rds").describe_db_instances(DBInstanceIdentifier=state["identifier"])["DBInstances"][0]
    return [
        found["BackupRetentionPeriod"],
        found["StorageEncrypted"],
        found["DeletionProtection"],
        rds_tags(boto, state),
    ]


def database_inputs(world: World) -> dict[str, Any]:
    return {
        "identifier": world.named("db"),
        "engine": "postgres",
        "instanceClass": "db.t4g.medium",
        "allocatedStorage": 20,
        "storageEncrypted": True,
        "kmsKeyId": world.key,
        "username": "mlflow",
        "manageMasterUserPassword": True,
        "dbSubnetGroupName": world.subnet_group,
        "vpcSecurityGroupIds": world.groups[:1],
        "backupRetentionPeriod": 7,
        "skipFinalSnapshot": True,
        "tags": TAGS,
    }


def secret(boto: Any, state: Any) -> Any:
    found = boto("secretsmanager").describe_secret(SecretId=state["arn"])
    return [found.get("Description", ""), listed(found["Tags"])]


def secret_value(boto: Any, state: Any) -> Any:
    return boto("secretsmanager").get_secret_value(SecretId=state["secretId"])["SecretString"]


def secret_policy(boto: Any, state: Any) -> Any:
    found = boto("secretsmanager").get_resource_policy(SecretId=state["secretArn"])
    return json.loads(found["ResourcePolicy"])["Statement"][0]["Sid"]


def secret_document(sid: str) -> str:
    return statement(sid, "secretsmanager:GetSecretValue", Resource="*")


def repository(boto: Any, state: Any) -> Any:
    found = boto("ecr").describe_repositories(repositoryNames=[state["name"]])["repositories"][0]
    return [found["imageTagMutability"], found["imageScanningConfiguration"]["scanOnPush"]]


def lifecycle(boto: Any, state: Any) -> Any:
    found = boto("ecr").get_lifecycle_policy(repositoryName=state["repository"])
    return json.loads(found["lifecyclePolicyText"])["rules"][0]["selection"]["countNumber"]


def keep(count: int) -> str:
    selection = {"tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": count}
    return json.dumps({"rules": [{"rulePriority": 1, "selection": selection, "action": {"type": "expire"}}]})


def repository_policy(boto: Any, state: Any) -> Any:
    found = boto("ecr").get_repository_policy(repositoryName=state["repository"])
    return json.loads(found["policyText"])["Statement"][0]["Sid"]


EXAMPLES = (
    Example(
        "aws:rds/subnetGroup:SubnetGroup",
        lambda world: {"name": world.named("group"), "subnetIds": world.subnets, "tags": TAGS},
        subnet_group,
        ["Managed by Pulumi", 2, TAGS],
        {"description": "ours", "tags": OTHER},
        ["ours", 2, OTHER],
        untag_rds,
        "tags",
    ),
    Example(
        "aws:rds/parameterGroup:ParameterGroup",
        lambda world: {
            "name": world.named("parameters"),
            "family": "postgres16",
            "parameters": force("1"),
            "tags": TAGS,
        },
        parameters,
        {"rds.force_ssl": "1"},
        {"parameters": force("0")},
        {"rds.force_ssl": "0"},
        lambda boto, state: boto("rds").modify_db_parameter_group(
            DBParameterGroupName=state["name"],
            Parameters=[{"ParameterName": "rds.force_ssl", "ParameterValue": "1", "ApplyMethod": "immediate"}],
        ),
        "parameters",
    ),
    Example(
        "aws:rds/instance:Instance",
        database_inputs,
        database,
        [7, True, False, TAGS],
        {"backupRetentionPeriod": 14, "tags": OTHER},
        [14, True, False, OTHER],
        lambda boto, state: boto("rds").modify_db_instance(
            DBInstanceIdentifier=state["identifier"], BackupRetentionPeriod=1
        ),
        "backupRetentionPeriod",
    ),
    Example(
        "aws:secretsmanager/secret:Secret",
        lambda world: {"name": world.named("secret"), "description": "one", "recoveryWindowInDays": 0, "tags": TAGS},
        secret,
        ["one", TAGS],
        {"description": "two", "tags": OTHER},
        ["two", OTHER],
        lambda boto, state: boto("secretsmanager").untag_resource(SecretId=state["arn"], TagKeys=["owner"]),
        "tags",
    ),
    Example(
        "aws:secretsmanager/secretVersion:SecretVersion",
        lambda world: {"secretId": world.secret(), "secretString": "open sesame"},
        secret_value,
        "open sesame",
        outlives=True,
    ),
    Example(
        "aws:secretsmanager/secretPolicy:SecretPolicy",
        lambda world: {"secretArn": world.secret(), "policy": secret_document("one")},
        secret_policy,
        "one",
        {"policy": secret_document("two")},
        "two",
        lambda boto, state: boto("secretsmanager").put_resource_policy(
            SecretId=state["secretArn"], ResourcePolicy=secret_document("three")
        ),
        "policy",
    ),
    Example(
        "aws:ecr/repository:Repository",
        lambda world: {
            "name": world.named("team/image"),
            "imageTagMutability": "IMMUTABLE",
            "imageScanningConfiguration": {"scanOnPush": True},
            "encryptionConfigurations": [{"encryptionType": "KMS", "kmsKey": world.key}],
            "forceDelete": True,
            "tags": TAGS,
        },
        repository,
        ["IMMUTABLE", True],
        {"imageScanningConfiguration": {"scanOnPush": False}, "tags": OTHER},
        ["IMMUTABLE", False],
        lambda boto, state: boto("ecr").put_image_tag_mutability(
            repositoryName=state["name"], imageTagMutability="MUTABLE"
        ),
        "imageTagMutability",
    ),
    Example(
        "aws:ecr/lifecyclePolicy:LifecyclePolicy",
        lambda world: {"repository": world.repository(), "policy": keep(10)},
        lifecycle,
        10,
        {"policy": keep(20)},
        20,
        lambda boto, state: boto("ecr").put_lifecycle_policy(
            repositoryName=state["repository"], lifecyclePolicyText=keep(30)
        ),
        "policy",
    ),
    Example(
        "aws:ecr/repositoryPolicy:RepositoryPolicy",
        lambda world: {"repository": world.repository(), "policy": statement("one", "ecr:BatchGetImage")},
        repository_policy,
        "one",
        {"policy": statement("two", "ecr:BatchGetImage")},
        "two",
        lambda boto, state: boto("ecr").set_repository_policy(
            repositoryName=state["repository"], policyText=statement("three", "ecr:BatchGetImage")
        ),
        "policy",
    ),
)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.name)
def test_round_trip_of_data_type(aws_world: World, example: Example) -> None:
    live(aws_world, example)
