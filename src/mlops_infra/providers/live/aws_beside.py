"""What is in an AWS account beside what the state knows, where it decides who reaches data: buckets, roles, users, security groups.

Looked at are all buckets, roles and users of the account and the security groups of the environment's networks; of the known ones also what
somebody hung on them (a bucket policy, an inline policy, a rule). Left alone is what AWS itself or another environment of the project
made: see `SERVICE_PATHS`, `_is_elsewhere` and `docs/policies.md`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from mlops_infra.graph import Resource
from mlops_infra.providers.live.aws import AwsReader
from mlops_infra.providers.live.model import belonging, stranger

BUCKET: Final = "aws:s3/bucket:Bucket"
ROLE: Final = "aws:iam/role:Role"
ROLE_POLICY: Final = "aws:iam/rolePolicy:RolePolicy"
ATTACHMENT: Final = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
POLICY: Final = "aws:iam/policy:Policy"
USER: Final = "aws:iam/user:User"
USER_POLICY: Final = "aws:iam/userPolicy:UserPolicy"
VPC: Final = "aws:ec2/vpc:Vpc"
GROUP: Final = "aws:ec2/securityGroup:SecurityGroup"
GROUP_RULES: Final = {
    False: "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
    True: "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule",
}
"""By whether they are about egress."""
COMPANIONS: Final = (
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
    "aws:s3/bucketOwnershipControls:BucketOwnershipControls",
    "aws:s3/bucketPolicy:BucketPolicy",
    "aws:s3/bucketVersioning:BucketVersioning",
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
    "aws:s3/bucketLogging:BucketLogging",
    "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration",
)
"""What says more about a bucket."""
SERVICE_PATHS: Final = ("/aws-service-role/", "/aws-reserved/")
"""Roles that AWS services and IAM Identity Center make (IAM user guide, "Service-linked roles")."""
_EKS: Final = "aws:eks:cluster-name"
"""Tag of the security group that EKS makes for a cluster and manages itself."""


class Beside:
    """Looks around the resources of the state (`known`, live ones). `siblings` are the other environments of the project."""

    def __init__(self, reader: AwsReader, known: Iterable[Resource], siblings: frozenset[str]) -> None:
        self._reader = reader
        self._siblings = siblings
        self._known: dict[str, dict[str, Resource]] = {}
        for resource in known:
            self._known.setdefault(resource.type, {})[resource.id or ""] = resource

    def look(self) -> list[Resource]:
        """Everything found."""
        looks = (self._buckets, self._roles, self._users, self._groups)
        return [resource for found in self._reader.each(lambda look: list(look()), looks) for resource in found]

    # Buckets

    def _buckets(self) -> Iterator[Resource]:
        names = self._reader.call("s3", "list_buckets", "Buckets[].Name") or []
        known = self._by_id(BUCKET)
        others = self._found(stranger_of(self, BUCKET, name, bucket=name) for name in names if name not in known)
        others = [bucket for bucket in others if not self._is_elsewhere(bucket)]
        yield from others
        owners = {**{name: bucket.urn for name, bucket in known.items()}, **{b.id or "": b.urn for b in others}}
        wanted = [
            belonging(stranger_of(self, token, name, bucket=name), bucket=urn)
            for name, urn in owners.items()
            for token in COMPANIONS
            if name not in self._by_id(token)
        ]
        yield from self._found(wanted)

    # Roles and users

    def _roles(self) -> Iterator[Resource]:
        listed = self._reader.call("iam", "list_roles", "Roles") or []
        known = self._by_id(ROLE)
        names = [
            role["RoleName"]
            for role in listed
            if role["RoleName"] not in known and not role["Path"].startswith(SERVICE_PATHS)
        ]
        others = self._found(stranger_of(self, ROLE, name, name=name) for name in names)
        others = [role for role in others if not self._is_elsewhere(role)]
        yield from others
        there = {role["RoleName"] for role in listed}
        roles = [*(role for name, role in known.items() if name in there), *others]
        attached: list[Resource] = []
        for own, by_hand in self._reader.each(self._policies_of_role, roles):
            yield from own
            attached += by_hand
        documents = self._documents(attached)
        yield from documents
        policies = {policy.id: policy.urn for policy in (*self._by_id(POLICY).values(), *documents)}
        for item in attached:
            (role_urn,) = item.property_dependencies["role"]
            yield belonging(item, role=role_urn, policyArn=policies.get(item.inputs["policyArn"], ""))

    def _policies_of_role(self, role: Resource) -> tuple[list[Resource], list[Resource]]:
        """The role's inline policies and the attachments that the state does not know."""
        name = role.id or ""
        inline = self._reader.call("iam", "list_role_policies", "PolicyNames", RoleName=name) or []
        own = self._found(
            belonging(stranger_of(self, ROLE_POLICY, f"{name}:{policy}", role=name, name=policy), role=role.urn)
            for policy in inline
            if f"{name}:{policy}" not in self._by_id(ROLE_POLICY)
        )
        arns = self._reader.call("iam", "list_attached_role_policies", "AttachedPolicies[].PolicyArn", RoleName=name)
        by_hand = [
            belonging(stranger_of(self, ATTACHMENT, f"{name}/{arn}", role=name, policyArn=arn), role=role.urn)
            for arn in arns or []
            if f"{name}/{arn}" not in self._by_id(ATTACHMENT)
        ]
        return own, by_hand

    def _documents(self, attached: Iterable[Resource]) -> list[Resource]:
        """The policies behind attachments that the state does not know, AWS's own ones included."""
        arns = dict.fromkeys(str(item.inputs["policyArn"]) for item in attached)
        return self._found(stranger_of(self, POLICY, arn) for arn in arns if arn not in self._by_id(POLICY))

    def _users(self) -> Iterator[Resource]:
        """Users with the policies that they hold themselves; the project makes none."""
        names = self._reader.call("iam", "list_users", "Users[].UserName") or []
        for found in self._reader.each(self._policies_of_user, names):
            yield from found

    def _policies_of_user(self, name: str) -> list[Resource]:
        user = stranger_of(self, USER, name, name=name)
        call = self._reader.call
        found = [user]
        for policy in call("iam", "list_user_policies", "PolicyNames", UserName=name) or []:
            document = call("iam", "get_user_policy", "PolicyDocument", UserName=name, PolicyName=policy)
            held = stranger_of(self, USER_POLICY, f"{name}:{policy}", user=name, name=policy, policy=document)
            found.append(belonging(held, user=user.urn))
        arns = call("iam", "list_attached_user_policies", "AttachedPolicies[].PolicyArn", UserName=name) or []
        wanted = [stranger_of(self, POLICY, arn) for arn in arns if arn not in self._by_id(POLICY)]
        return [*found, *self._found(wanted)]

    # Security groups

    def _groups(self) -> Iterator[Resource]:
        networks = [vpc for vpc in self._by_id(VPC) if vpc]
        if not networks:
            return
        within = [{"Name": "vpc-id", "Values": networks}]
        listed = self._reader.call("ec2", "describe_security_groups", "SecurityGroups", Filters=within) or []
        known = self._by_id(GROUP)
        others = self._found(
            stranger_of(self, GROUP, group["GroupId"])
            for group in listed
            if group["GroupId"] not in known and group["GroupName"] != "default" and not _made_by_eks(group)
        )
        others = [group for group in others if not self._is_elsewhere(group)]
        yield from others
        owners = {**{name: group.urn for name, group in known.items()}, **{g.id or "": g.urn for g in others}}
        if not owners:
            return
        inside = [{"Name": "group-id", "Values": list(owners)}]
        rules = self._reader.call("ec2", "describe_security_group_rules", "SecurityGroupRules", Filters=inside) or []
        wanted = [
            belonging(
                stranger_of(self, GROUP_RULES[bool(rule["IsEgress"])], rule["SecurityGroupRuleId"]),
                securityGroupId=owners[rule["GroupId"]],
            )
            for rule in rules
            if rule["GroupId"] in owners
            and rule["SecurityGroupRuleId"] not in self._by_id(GROUP_RULES[bool(rule["IsEgress"])])
        ]
        yield from self._found(wanted)

    # What all of them need

    def _by_id(self, token: str) -> Mapping[str, Resource]:
        return self._known.get(token, {})

    @property
    def environment(self) -> str:
        """Whose state it is."""
        return self._reader.environment

    def _found(self, wanted: Iterable[Resource]) -> list[Resource]:
        return [found for found in self._reader.each(self._reader.find, list(wanted)) if found is not None]

    def _is_elsewhere(self, resource: Resource) -> bool:
        """Whether another environment of the project made it: its own `audit-state` judges it."""
        tags: Any = resource.inputs.get("tags") or {}
        return tags.get("managed-by") == "mlops-infra" and tags.get("environment") in self._siblings


def _made_by_eks(group: Mapping[str, Any]) -> bool:
    return any(tag["Key"] == _EKS for tag in group.get("Tags", ()))


def stranger_of(look: Beside, token: str, resource_id: str, **inputs: Any) -> Resource:
    """A resource beside the state of `look`, named by its id."""
    return stranger(look.environment, token, resource_id, resource_id, inputs=inputs)
