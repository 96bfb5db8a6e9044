"""IAM roles: every role that the platform makes carries the permission boundary and the required tags."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import pulumi
import pulumi_aws as aws

from mlops_infra.platform.names import Names
from mlops_infra.platform.policies import Statement, allow, document

SESSION_SECONDS = 4 * 3600
"""Longest session of people, seconds."""


@dataclass(frozen=True)
class RoleArgs:
    """What a role is made from."""

    names: Names
    role: str
    """Name of the role."""
    description: str
    trust: Any
    """Trust policy: who assumes the role."""
    boundary: pulumi.Input[str]
    """ARN of the permission boundary."""
    tags: dict[str, str]
    statements: Sequence[Statement] = ()
    """Policy of this role alone."""
    managed: Sequence[str] = ()
    """Names of AWS's managed policies."""
    attached: dict[str, pulumi.Input[str]] = field(default_factory=dict)
    """ARNs of the platform's policies, by a name for the attachment."""
    session_seconds: int | None = None


def make_role(name: str, args: RoleArgs, parent: pulumi.Resource) -> aws.iam.Role:
    """A role with its policies; `name` is its name in the program."""
    opts = pulumi.ResourceOptions(parent=parent)
    made = aws.iam.Role(
        name,
        name=args.role,
        description=args.description,
        assume_role_policy=args.trust,
        permissions_boundary=args.boundary,
        max_session_duration=args.session_seconds,
        tags=args.tags,
        opts=opts,
    )
    below = pulumi.ResourceOptions(parent=made)
    if args.statements:
        aws.iam.RolePolicy(
            name,
            name="own",
            role=made.name,
            policy=document(args.statements),
            opts=below,
        )
    for policy in args.managed:
        aws.iam.RolePolicyAttachment(
            f"{name}-{policy.rsplit('/', 1)[-1]}",
            role=made.name,
            policy_arn=f"arn:{args.names.env.aws.partition}:iam::aws:policy/{policy}",
            opts=below,
        )
    for key, arn in args.attached.items():
        aws.iam.RolePolicyAttachment(f"{name}-{key}", role=made.name, policy_arn=arn, opts=below)
    return made


def people_trust(names: Names, groups: Sequence[str]) -> str:
    """The trust policy of a role that members of these groups assume.

    The identity provider passes the group as session tag ``group`` (SAML attribute ``PrincipalTag:group``, OpenID Connect claim
    ``https://aws.amazon.com/tags``; IAM User Guide, "Pass session tags in STS"). Without an identity provider, principals of the
    account that carry the tag may assume the role.
    """
    provider = names.env.aws.identity_provider
    wanted = sorted(groups)
    if provider is None:
        statement = allow(
            "People",
            ["sts:AssumeRole"],
            None,
            principal={"AWS": names.root_arn},
            condition={"StringEquals": {"aws:PrincipalTag/group": wanted}},
        )
    elif ":saml-provider/" in provider:
        audience = "https://signin.amazonaws.cn/saml" if names.env.aws.partition == "aws-cn" else _SAML_AUDIENCE
        statement = allow(
            "People",
            ["sts:AssumeRoleWithSAML", "sts:TagSession"],
            None,
            principal={"Federated": provider},
            condition={"StringEquals": {"SAML:aud": audience, "aws:RequestTag/group": wanted}},
        )
    else:
        statement = allow(
            "People",
            ["sts:AssumeRoleWithWebIdentity", "sts:TagSession"],
            None,
            principal={"Federated": provider},
            condition={"StringEquals": {"aws:RequestTag/group": wanted}},
        )
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


_SAML_AUDIENCE = "https://signin.aws.amazon.com/saml"
