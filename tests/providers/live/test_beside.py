"""What is looked at beside the state, and what is left alone. (The live API: tests/sandbox/governance/test_three_points.py.)"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from mlops_infra.graph import Resource
from mlops_infra.providers.live.aws_beside import Beside

OURS = {"managed-by": "mlops-infra", "environment": "staging"}
ROLE, BUCKET, VPC, GROUP = (
    "aws:iam/role:Role",
    "aws:s3/bucket:Bucket",
    "aws:ec2/vpc:Vpc",
    "aws:ec2/securityGroup:SecurityGroup",
)


@dataclass
class Account:
    """An account in memory, as `AwsReader` reads one: answers by operation, resources by type and id."""

    answers: dict[str, Any] = field(default_factory=dict)
    resources: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    environment: str = "staging"

    def each(self, work: Callable[[Any], Any], items: Iterable[Any]) -> list[Any]:
        return [work(item) for item in items]

    def call(self, service: str, operation: str, root: str = "@", **params: Any) -> Any:
        return self.answers.get(operation)

    def find(self, wanted: Resource) -> Resource | None:
        there = self.resources.get((wanted.type, wanted.id or ""))
        return None if there is None else replace(wanted, inputs={**wanted.inputs, **there})


def known(token: str, resource_id: str) -> Resource:
    return Resource(f"urn:{resource_id}", token, resource_id, "p", {}, id=resource_id)


def look(account: Account, *state: Resource, siblings: frozenset[str] = frozenset({"dev"})) -> dict[str, Resource]:
    return {found.name: found for found in Beside(account, state, siblings).look()}  # type: ignore[arg-type]


def test_an_account_without_anything_has_nothing_beside() -> None:
    assert look(Account()) == {}


def test_buckets_of_nobody_and_of_this_environment_are_found_but_not_those_of_another() -> None:
    account = Account(
        {"list_buckets": ["mine", "lost", "foreign", "dev-bucket", "liar"]},
        {
            (BUCKET, "lost"): {"tags": OURS},
            (BUCKET, "foreign"): {},
            (BUCKET, "dev-bucket"): {"tags": {**OURS, "environment": "dev"}},
            (BUCKET, "liar"): {"tags": {"environment": "dev"}},
            ("aws:s3/bucketPolicy:BucketPolicy", "mine"): {"policy": "{}"},
        },
    )
    found = Beside(account, [known(BUCKET, "mine")], frozenset({"dev"})).look()  # type: ignore[arg-type]
    assert [item.name for item in found if item.type == BUCKET] == ["lost", "foreign", "liar"]
    (policy,) = (item for item in found if item.type != BUCKET)
    assert policy.property_dependencies == {"bucket": ("urn:mine",)}


def test_what_the_state_knows_of_a_bucket_is_not_found_again() -> None:
    policy = "aws:s3/bucketPolicy:BucketPolicy"
    account = Account({"list_buckets": ["mine"]}, {(policy, "mine"): {}})
    assert look(account, known(BUCKET, "mine"), known(policy, "mine")) == {}


def test_roles_that_aws_makes_are_left_alone() -> None:
    paths = {
        "mine": "/",
        "by-hand": "/",
        "AWSServiceRoleForRDS": "/aws-service-role/rds.amazonaws.com/",
        "SSO": "/aws-reserved/sso/",
    }
    listed = [{"RoleName": name, "Path": path} for name, path in paths.items()]
    there: dict[tuple[str, str], dict[str, Any]] = {(ROLE, name): {} for name in paths}
    account = Account({"list_roles": listed}, there)
    assert list(look(account, known(ROLE, "mine"))) == ["by-hand"]


def test_policies_of_roles_are_found_where_the_state_does_not_know_them() -> None:
    admin, ours = "arn:aws:iam::aws:policy/AdministratorAccess", "arn:aws:iam::1:policy/read"
    account = Account(
        {
            "list_roles": [{"RoleName": "mine", "Path": "/"}],
            "list_role_policies": ["known", "new"],
            "list_attached_role_policies": [admin, ours],
        },
        {
            ("aws:iam/rolePolicy:RolePolicy", "mine:new"): {"policy": "{}"},
            ("aws:iam/policy:Policy", admin): {"policy": "{}"},
        },
    )
    found = look(
        account,
        known(ROLE, "mine"),
        known("aws:iam/rolePolicy:RolePolicy", "mine:known"),
        known("aws:iam/rolePolicyAttachment:RolePolicyAttachment", f"mine/{ours}"),
    )
    assert set(found) == {"mine:new", f"mine/{admin}", admin}
    assert found["mine:new"].property_dependencies == {"role": ("urn:mine",)}
    attached = found[f"mine/{admin}"].property_dependencies
    assert attached == {"role": ("urn:mine",), "policyArn": (found[admin].urn,)}


def test_a_policy_of_ours_that_was_attached_by_hand_is_known_as_such() -> None:
    arn = "arn:aws:iam::1:policy/read"
    account = Account({"list_roles": [{"RoleName": "mine", "Path": "/"}], "list_attached_role_policies": [arn]})
    (attached,) = look(account, known(ROLE, "mine"), known("aws:iam/policy:Policy", arn)).values()
    assert attached.property_dependencies == {"role": ("urn:mine",), "policyArn": (f"urn:{arn}",)}


def test_users_are_found_with_what_they_hold() -> None:
    account = Account(
        {
            "list_users": ["somebody"],
            "list_user_policies": ["all"],
            "get_user_policy": {"Statement": []},
            "list_attached_user_policies": ["arn:x"],
        },
        {("aws:iam/policy:Policy", "arn:x"): {}},
    )
    found = look(account)
    assert set(found) == {"somebody", "somebody:all", "arn:x"}
    assert found["somebody:all"].inputs["policy"] == {"Statement": []}


def test_security_groups_of_the_networks_are_found_but_for_those_of_eks_and_the_default_one() -> None:
    ids = {"sg-mine": "mine", "sg-hand": "hand", "sg-eks": "eks-cluster-sg", "sg-default": "default"}
    groups: list[dict[str, Any]] = [{"GroupId": group, "GroupName": name, "Tags": []} for group, name in ids.items()]
    groups[2]["Tags"] = [{"Key": "aws:eks:cluster-name", "Value": "staging"}]
    rules = [
        {"SecurityGroupRuleId": "sgr-1", "GroupId": "sg-mine", "IsEgress": False},
        {"SecurityGroupRuleId": "sgr-2", "GroupId": "sg-hand", "IsEgress": True},
        {"SecurityGroupRuleId": "sgr-3", "GroupId": "sg-eks", "IsEgress": True},
    ]
    ingress = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
    egress = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"
    there: dict[tuple[str, str], dict[str, Any]] = {(GROUP, group): {} for group in ids}
    there |= {(ingress, "sgr-1"): {}, (egress, "sgr-2"): {}, (egress, "sgr-3"): {}}
    account = Account({"describe_security_groups": groups, "describe_security_group_rules": rules}, there)
    assert look(account, known(GROUP, "sg-mine")) == {}
    found = look(account, known(VPC, "vpc-1"), known(GROUP, "sg-mine"))
    assert set(found) == {"sg-hand", "sgr-1", "sgr-2"}
    assert found["sgr-1"].property_dependencies == {"securityGroupId": ("urn:sg-mine",)}
