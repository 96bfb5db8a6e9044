"""Pod identities: an IAM role that the pods of one Kubernetes service account assume, and nobody else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import pulumi
import pulumi_aws as aws

from mlops_infra.platform.names import Names
from mlops_infra.platform.policies import Statement, pod_trust
from mlops_infra.platform.roles import RoleArgs, make_role


@dataclass(frozen=True)
class PodRoleArgs:
    """What a pod identity is made from."""

    names: Names
    role: str
    description: str
    namespace: str
    service_account: str
    boundary: pulumi.Input[str]
    cluster: pulumi.Input[str]
    """Name of the cluster."""
    tags: dict[str, str]
    statements: Sequence[Statement] = ()
    attached: dict[str, pulumi.Input[str]] = field(default_factory=dict)


def pod_role(name: str, args: PodRoleArgs, parent: pulumi.Resource) -> aws.iam.Role:
    """The role and its association with the service account."""
    names = args.names
    made = make_role(
        name,
        RoleArgs(
            names=names,
            role=args.role,
            description=args.description,
            trust=pod_trust(names.env.aws.account, names.cluster_arn, args.namespace, args.service_account),
            boundary=args.boundary,
            tags=args.tags,
            statements=args.statements,
            attached=args.attached,
        ),
        parent,
    )
    aws.eks.PodIdentityAssociation(
        name,
        cluster_name=args.cluster,
        namespace=args.namespace,
        service_account=args.service_account,
        role_arn=made.arn,
        tags=args.tags,
        opts=pulumi.ResourceOptions(parent=parent),
    )
    return made
