"""The AWS plane: accounts, bucket policies as AWS judges them, and nothing that needs Docker."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import uuid

import httpx
import pytest
from botocore.exceptions import ClientError

from mlops_infra.sandbox import Sandbox

pytestmark = pytest.mark.sandbox

REGION = {"LocationConstraint": "eu-central-1"}


@pytest.fixture
def bucket(boto):
    """A fresh bucket."""
    name = f"test-{uuid.uuid4().hex[:12]}"
    boto("s3").create_bucket(Bucket=name, CreateBucketConfiguration=REGION)
    return name


@pytest.fixture
def other(boto):
    """Makes clients of another account."""
    return lambda service: boto(service, aws_access_key_id="111100000098")


def assume(boto, name, **settings):
    """A new role's temporary credentials, as settings of a client."""
    trust = {"Version": "2012-10-17", "Statement": []}
    role = boto("iam").create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
    keys = boto("sts").assume_role(RoleArn=role, RoleSessionName="test")["Credentials"]
    return role, {
        "aws_access_key_id": keys["AccessKeyId"],
        "aws_secret_access_key": keys["SecretAccessKey"],
        "aws_session_token": keys["SessionToken"],
    }


def deny(bucket, **condition):
    return json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Sid": "Guard",
                    "Effect": "Deny",
                    "Principal": "*",
                    "Action": "s3:*",
                    "Resource": [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"],
                    "Condition": condition,
                }
            ],
        }
    )


def test_accounts_do_not_see_each_other(cloud, boto, other, bucket):
    assert other("sts").get_caller_identity()["Account"] == "111100000098"
    key = boto("kms").create_key()["KeyMetadata"]
    assert key["Arn"].split(":")[4] == cloud.aws.account
    assert key["KeyId"] not in [each["KeyId"] for each in other("kms").list_keys()["Keys"]]
    assert bucket not in [each["Name"] for each in other("s3").list_buckets()["Buckets"]]
    boto("s3").put_object(Bucket=bucket, Key="x", Body=b"1")
    with pytest.raises(ClientError, match="AccessDenied"):
        other("s3").get_object(Bucket=bucket, Key="x")


def test_regions_are_apart(boto):
    vpc = boto("ec2").create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    elsewhere = boto("ec2", region_name="eu-west-1").describe_vpcs()["Vpcs"]
    assert vpc not in [each["VpcId"] for each in elsewhere]


def test_objects_pass_a_policy_that_denies_plain_http(boto, bucket):
    s3 = boto("s3")
    s3.put_bucket_policy(Bucket=bucket, Policy=deny(bucket, Bool={"aws:SecureTransport": "false"}))
    s3.put_object(Bucket=bucket, Key="x", Body=b"1")
    assert s3.get_object(Bucket=bucket, Key="x")["Body"].read() == b"1"
    s3.delete_object(Bucket=bucket, Key="x")


def test_another_key_is_denied_with_a_reason(boto, bucket):
    s3, name = boto("s3"), "s3:x-amz-server-side-encryption-aws-kms-key-id"
    condition = {"StringNotEqualsIfExists": {name: "arn:good"}, "Null": {name: "false"}}
    s3.put_bucket_policy(Bucket=bucket, Policy=deny(bucket, **condition))
    s3.put_object(Bucket=bucket, Key="x", Body=b"1")
    s3.put_object(Bucket=bucket, Key="x", Body=b"1", ServerSideEncryption="aws:kms", SSEKMSKeyId="arn:good")
    with pytest.raises(ClientError, match=r"AccessDenied.*statement Guard of the bucket's policy denies s3:PutObject"):
        s3.put_object(Bucket=bucket, Key="x", Body=b"1", ServerSideEncryption="aws:kms", SSEKMSKeyId="arn:bad")


def test_principals_outside_of_the_grants_are_denied(boto, bucket, cloud):
    root = f"arn:aws:iam::{cloud.aws.account}:root"
    role, granted = assume(boto, f"{bucket}-granted")
    _, stranger = assume(boto, f"{bucket}-stranger")
    policy = deny(bucket, ArnNotLike={"aws:PrincipalArn": [role, root]}, Bool={"aws:PrincipalIsAWSService": "false"})
    boto("s3").put_bucket_policy(Bucket=bucket, Policy=policy)
    boto("s3").put_object(Bucket=bucket, Key="x", Body=b"1")
    assert boto("s3", **granted).get_object(Bucket=bucket, Key="x")["Body"].read() == b"1"
    with pytest.raises(ClientError, match="AccessDenied"):
        boto("s3", **stranger).get_object(Bucket=bucket, Key="x")
    with pytest.raises(ClientError, match="403"):
        boto("s3", **stranger).head_object(Bucket=bucket, Key="x")


def test_an_unknown_condition_denies_and_says_so(boto, bucket):
    boto("s3").put_object(Bucket=bucket, Key="x", Body=b"1")
    boto("s3").put_bucket_policy(Bucket=bucket, Policy=deny(bucket, StringEquals={"aws:PrincipalOrgID": "o-1"}))
    with pytest.raises(ClientError, match="does not know"):
        boto("s3").get_object(Bucket=bucket, Key="x")


def test_presigned_urls_belong_to_their_account(boto, bucket):
    boto("s3").put_object(Bucket=bucket, Key="x", Body=b"1")
    url = boto("s3").generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": "x"})
    assert httpx.get(url).content == b"1"


def test_the_eks_cluster_is_the_embedded_control_plane(boto, cloud, kube):
    ec2, name = boto("ec2"), f"test-{uuid.uuid4().hex[:8]}"
    vpc = ec2.create_vpc(CidrBlock="10.8.0.0/16")["Vpc"]["VpcId"]
    subnets = [
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.8.{number}.0/24")["Subnet"]["SubnetId"] for number in range(2)
    ]
    made = boto("eks").create_cluster(
        name=name,
        roleArn=f"arn:aws:iam::{cloud.aws.account}:role/eks",
        resourcesVpcConfig={"subnetIds": subnets},
    )["cluster"]
    assert made["endpoint"] == kube.configuration.host
    assert made["identity"]["oidc"]["issuer"].startswith("https://oidc.eks.eu-central-1.amazonaws.com/id/")
    boto("eks").delete_cluster(name=name)


def test_services_need_no_docker(boto):
    name = f"test-{uuid.uuid4().hex[:8]}"
    database = boto("rds").create_db_instance(
        DBInstanceIdentifier=name, DBInstanceClass="db.t4g.medium", Engine="postgres", AllocatedStorage=20
    )["DBInstance"]
    assert database["Endpoint"]["Address"]
    boto("sagemaker").list_endpoints()
    boto("lambda").list_functions()


@pytest.mark.parametrize(
    ("service", "operation", "arguments"),
    [
        ("ec2", "create_coip_pool", {"LocalGatewayRouteTableId": "lgw-rtb-1"}),
        ("kms", "create_custom_key_store", {"CustomKeyStoreName": "x"}),
        ("eks", "create_eks_anywhere_subscription", {"name": "x", "term": {"duration": 12, "unit": "MONTHS"}}),
    ],
)
def test_what_the_emulator_lacks_is_an_error_and_nothing_breaks(boto, service, operation, arguments):
    with pytest.raises(ClientError):
        getattr(boto(service), operation)(**arguments)
    boto("sts").get_caller_identity()


def test_the_emulators_own_controls_are_closed(cloud):
    for path in ("/moto-api/reset", "/moto-api/seed?a=1", "/mlops-infra/forget?account=1"):
        assert httpx.post(f"{cloud.aws.endpoint}{path}").status_code == 403


def test_plain_boto3_works_with_the_variables(cloud, cloud_root):
    variables = Sandbox(cloud_root, lambda _: {}).variables(cloud.environment)
    code = "import boto3; print(boto3.client('sts').get_caller_identity()['Account'])"
    kept = {key: value for key, value in os.environ.items() if not key.startswith("AWS_")}
    done = subprocess.run(
        [sys.executable, "-c", code], env={**kept, **variables}, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == variables["AWS_ACCOUNT_ID"] == cloud.aws.account
