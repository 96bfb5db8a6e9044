"""The permission boundary, and the roles that people and CI hold in the whole environment (the stack file's ``access``).

Groups of the identity provider hold the same role twice: as an IAM role here, and in the cluster, where RBAC binds the same groups
(`cluster` makes the access entries that tie the two together). Teams' roles are made in the teams' parts.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from mlops_infra.config.model import CiTrust, Members, RoleBinding
from mlops_infra.platform import duties
from mlops_infra.platform.keys import Keys
from mlops_infra.platform.names import Names
from mlops_infra.platform.part import Part, at
from mlops_infra.platform.policies import Statement, allow, document
from mlops_infra.platform.roles import SESSION_SECONDS, RoleArgs, make_role, people_trust

MANAGED = {"platform-admin": ("job-function/ViewOnlyAccess",), "auditor": ("SecurityAudit",)}
"""AWS's managed policies of a role: they describe configuration and read no data."""


class Boundary(pulumi.ComponentResource):
    """The policy that bounds every role of the platform."""

    def __init__(self, name: str, names: Names, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("mlops:platform:Boundary", name, {}, opts)
        bound = names.named("boundary")
        self.policy = aws.iam.Policy(
            "boundary",
            name=bound,
            description="The most that any role of the platform can do",
            policy=document(duties.boundary_statements(names)),
            tags=names.tags(bound),
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.register_outputs({"arn": self.policy.arn})

    @property
    def arn(self) -> pulumi.Output[str]:
        """ARN of the boundary."""
        return self.policy.arn


@dataclass(frozen=True)
class IdentityArgs:
    """What the environment's roles are made from."""

    names: Names
    access: Sequence[RoleBinding]
    ci: CiTrust | None
    boundary: pulumi.Input[str]
    audit_key: pulumi.Input[str]


class Identity(pulumi.ComponentResource):
    """The environment's roles by name, each with the groups that hold it."""

    def __init__(self, name: str, args: IdentityArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("mlops:platform:Identity", name, {}, opts)
        self._args = args
        self.roles: dict[str, aws.iam.Role] = {}
        """Roles by the stack file's name of them."""
        self.groups: dict[str, list[str]] = groups_by_role(args.access)
        """Groups that hold each role."""
        for role, groups in self.groups.items():
            with at("access", role):
                self.roles[role] = self._role(role, groups)
        self.register_outputs({role: made.arn for role, made in self.roles.items()})

    def _role(self, role: str, groups: list[str]) -> aws.iam.Role:
        args, names = self._args, self._args.names
        policies: dict[str, pulumi.Input[str]] = {}
        if role == "ci-deployer":
            policies = {key: self._policy(key, found) for key, found in duties.deployer_documents(names).items()}
        trust = people_trust(names, groups)
        if role == "ci-deployer" and args.ci is not None:
            trust = _with_ci(names, trust, args.ci)
        return make_role(
            role,
            RoleArgs(
                names=names,
                role=names.role(role),
                description=f"{names.prefix}: {role}",
                trust=trust,
                boundary=args.boundary,
                tags=names.tags(names.role(role)),
                statements=self._statements(role),
                managed=MANAGED.get(role, ()),
                attached=policies,
                session_seconds=SESSION_SECONDS,
            ),
            self,
        )

    def _statements(self, role: str) -> list[Statement]:
        names = self._args.names
        if role == "platform-admin":
            return duties.platform_admin_statements(names)
        if role == "auditor":
            return duties.auditor_statements(names, self._args.audit_key)
        return duties.member_statements(names)

    def _policy(self, key: str, statements: list[Statement]) -> pulumi.Output[str]:
        names = self._args.names
        made = aws.iam.Policy(
            key,
            name=names.named(key),
            description="What ci-deployer needs to deploy this environment",
            policy=document(statements),
            tags=names.tags(names.named(key)),
            opts=pulumi.ResourceOptions(parent=self),
        )
        return made.arn


def boundary(part: Part) -> None:
    """Make the boundary first: roles cannot be made without it."""
    with at("access"):
        made = part.keep(Boundary("boundary", part.names))
    part.give("boundary.arn", made.policy, made.arn)


def identity(part: Part) -> None:
    """Make the environment's roles."""
    env = part.env
    args = IdentityArgs(part.names, env.access, env.aws.ci, part.made(Boundary).arn, part.made(Keys).arn("audit"))
    with at("access"):
        part.keep(Identity("identity", args))


def groups_by_role(bindings: Sequence[RoleBinding] | Sequence[Members]) -> dict[str, list[str]]:
    """Groups of each role that is bound at all, several bindings of one role together."""
    found: dict[str, list[str]] = {}
    for binding in bindings:
        groups = found.setdefault(binding.role, [])
        groups += [group for group in binding.groups if group not in groups]
    return found


def _with_ci(names: Names, trust: str, ci: CiTrust) -> str:
    """The trust policy with CI's workloads, as their issuer's tokens name them; ``bootstrap`` makes the issuer's provider."""
    issuer = ci.issuer.removeprefix("https://")
    statement = allow(
        "Ci",
        ["sts:AssumeRoleWithWebIdentity"],
        None,
        principal={"Federated": names.arn("iam", f"oidc-provider/{issuer}", region=False)},
        condition={"StringEquals": {f"{issuer}:aud": ci.audience, f"{issuer}:sub": ci.subjects}},
    )
    policy = json.loads(trust)
    policy["Statement"].append(statement)
    return json.dumps(policy)
