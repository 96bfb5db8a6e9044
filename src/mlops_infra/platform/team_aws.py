"""A team's AWS side: artifact bucket, data policies, the roles of its pods, people and models, repositories and budget."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from mlops_infra.config.model import Model, Storage, Team
from mlops_infra.platform import duties
from mlops_infra.platform.buckets import Lifecycle, SecureBucket, SecureBucketArgs
from mlops_infra.platform.cluster import access_entry
from mlops_infra.platform.grants import (
    READING_ROLES,
    WRITING_ROLES,
    artifact_statements,
    granted,
    model_statements,
    read_statements,
    team_readers,
    team_writers,
    write_statements,
)
from mlops_infra.platform.identity import groups_by_role
from mlops_infra.platform.names import Names
from mlops_infra.platform.part import Part, at
from mlops_infra.platform.pods import PodRoleArgs, pod_role
from mlops_infra.platform.policies import (
    Statement,
    deny_other_encryption,
    deny_outside,
    deny_plain_http,
    document,
)
from mlops_infra.platform.repositories import RepositoriesArgs, TeamRepositories
from mlops_infra.platform.roles import SESSION_SECONDS, RoleArgs, make_role, people_trust

SENSITIVITY = ("public", "internal", "pii", "phi")
"""Classes from the least to the most sensitive."""

BUDGET_PERCENT = (80, 100)
"""Shares of the month's budget at which the team and the platform are told."""


@dataclass(frozen=True)
class TeamAwsArgs:
    """What a team's AWS side is made from. `part` gives the foundation's keys, cluster, boundary and topic."""

    names: Names
    team: Team
    models: Sequence[Model]
    storage: Storage
    part: Part


class TeamAws(pulumi.ComponentResource):
    """Everything that one team has in AWS."""

    def __init__(self, name: str, args: TeamAwsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("mlops:platform:TeamAws", name, {}, opts)
        self._args, self._names, self._team = args, args.names, args.team
        self._key = args.part.take("keys.platform.arn")
        self._boundary = args.part.take("boundary.arn")
        self._cluster = args.part.take("cluster.name")
        team = args.team.name
        with at("teams", team):
            self.artifacts = self._artifact_bucket()
        with at("teams", team, "grants"):
            read, write = self._data_policies()
        with at("teams", team):
            self.role = self._pod_role(read | write)
        self.members = [
            self._member(role, groups, read, write) for role, groups in groups_by_role(args.team.members).items()
        ]
        for model in args.models:
            with at("models", model.name):
                self._model_role(model)
        with at("teams", team, "repositories"):
            self._repositories()
        with at("teams", team, "budget"):
            self._budget()
        self.register_outputs({"role": self.role.arn, "artifacts": self.artifacts.bucket.id})

    @property
    def _child(self) -> pulumi.ResourceOptions:
        return pulumi.ResourceOptions(parent=self)

    def _local(self, *words: str) -> str:
        return "-".join((self._team.name, *words))

    def _tags(self, name: str, data: str = "internal") -> dict[str, str]:
        team = self._team
        return self._names.tags(name, owner=team.owner, cost_centre=team.cost_centre, data=data, team=team.name)

    def _artifact_bucket(self) -> SecureBucket:
        names, team = self._names, self._team
        bucket = names.artifact_bucket(team.name)
        arn = names.bucket_arn(bucket)
        models = [names.role_arn("model", model.name) for model in self._args.models]
        outside = deny_outside(
            arn,
            readers=[*team_readers(names, team), *models],
            writers=team_writers(names, team),
            administrators=names.administrators,
        )
        return SecureBucket(
            self._local("artifacts"),
            SecureBucketArgs(
                names=names,
                bucket=bucket,
                tags=self._tags(bucket, data=artifact_class(names, team)),
                statements=[deny_plain_http(arn), *deny_other_encryption(arn, self._key), *outside],
                lifecycle=Lifecycle(noncurrent_days=1, versions_kept=self._args.storage.artifact_versions_kept),
                key_arn=self._key,
                logs=names.log_bucket,
            ),
            self._child,
        )

    def _data_policies(self) -> tuple[dict[str, pulumi.Input[str]], dict[str, pulumi.Input[str]]]:
        """The policies of what the team may read and of what it may write, by a name for their attachments; none where nothing."""
        names, team = self._names, self._team

        def key(data_class: str) -> pulumi.Output[str]:
            return self._args.part.take(f"keys.{data_class}.arn")

        return (
            self._policy("read", read_statements(names, granted(names, team, "read"), key)),
            self._policy("write", write_statements(names, granted(names, team, "write"), key)),
        )

    def _policy(self, access: str, statements: list[Statement]) -> dict[str, pulumi.Input[str]]:
        if not statements:
            return {}
        name = self._names.named("team", self._team.name, access)
        made = aws.iam.Policy(
            self._local(access),
            name=name,
            description=f"What {self._team.name} was granted to {access}",
            policy=document(statements),
            tags=self._tags(name),
            opts=self._child,
        )
        return {access: made.arn}

    def _pod_role(self, policies: dict[str, pulumi.Input[str]]) -> aws.iam.Role:
        names, team = self._names, self._team
        return pod_role(
            team.name,
            PodRoleArgs(
                names=names,
                role=names.team_role(team.name),
                description=f"Pods of {team.name}: notebooks and training",
                namespace=names.namespace(team.name),
                service_account=team.name,
                boundary=self._boundary,
                cluster=self._cluster,
                tags=self._tags(names.team_role(team.name)),
                statements=artifact_statements(names, team.name, self._key, write=True),
                attached=policies,
            ),
            self,
        )

    def _member(
        self, role: str, groups: list[str], read: dict[str, pulumi.Input[str]], write: dict[str, pulumi.Input[str]]
    ) -> aws.iam.Role:
        """The role of the team's people, and their way into the cluster as the groups that RBAC binds."""
        names, team = self._names, self._team
        reads, writes = role in READING_ROLES, role in WRITING_ROLES
        statements = duties.member_statements(names)
        if reads:
            statements += artifact_statements(names, team.name, self._key, write=writes)
            repositories = [names.repository(team.name, repository.name) for repository in team.repositories]
            statements += duties.repository_statements(names, repositories, push=writes)
        with at("teams", team.name, "members", role):
            made = make_role(
                self._local(role),
                RoleArgs(
                    names=names,
                    role=names.member_role(team.name, role),
                    description=f"{role} of {team.name}",
                    trust=people_trust(names, groups),
                    boundary=self._boundary,
                    tags=self._tags(names.member_role(team.name, role)),
                    statements=statements,
                    attached=(read if reads else {}) | (write if writes else {}),
                    session_seconds=SESSION_SECONDS,
                ),
                self,
            )
            access_entry(
                self._local(role),
                cluster=self._cluster,
                role=made,
                groups=groups,
                tags=self._tags(names.named("access", team.name, role)),
                parent=self,
            )
        return made

    def _model_role(self, model: Model) -> None:
        names, team = self._names, self._team
        pod_role(
            f"model-{model.name}",
            PodRoleArgs(
                names=names,
                role=names.model_role(model.name),
                description=f"Pods that serve {model.name}",
                namespace=names.namespace(team.name),
                service_account=model.name,
                boundary=self._boundary,
                cluster=self._cluster,
                tags=self._tags(names.model_role(model.name)),
                statements=model_statements(names, team.name, model.name, self._key),
            ),
            self,
        )

    def _repositories(self) -> None:
        names, team = self._names, self._team
        if team.repositories:
            TeamRepositories(
                self._local("images"),
                RepositoriesArgs(
                    names=names,
                    team=team,
                    key_arn=self._key,
                    people=[
                        names.team_role_arn(team.name),
                        *(names.member_role_arn(team.name, role) for role in groups_by_role(team.members)),
                    ],
                    made_first=[self.role, *self.members],
                ),
                self._child,
            )

    def _budget(self) -> None:
        names, team = self._names, self._team
        name = names.named("team", team.name)
        aws.budgets.Budget(
            team.name,
            name=name,
            budget_type="COST",
            time_unit="MONTHLY",
            limit_amount=str(team.budget),
            limit_unit="USD",
            # The tag `team` counts once it is activated as a cost allocation tag (AWS Billing User Guide).
            cost_filters=[aws.budgets.BudgetCostFilterArgs(name="TagKeyValue", values=[f"user:team${team.name}"])],
            notifications=[
                aws.budgets.BudgetNotificationArgs(
                    comparison_operator="GREATER_THAN",
                    notification_type="ACTUAL",
                    threshold=percent,
                    threshold_type="PERCENTAGE",
                    subscriber_email_addresses=[team.owner],
                    subscriber_sns_topic_arns=[self._args.part.take("alerts.arn")],
                )
                for percent in BUDGET_PERCENT
            ],
            tags=self._tags(name),
            opts=self._child,
        )


def team_aws(part: Part, team: Team) -> None:
    """Make a team's AWS side."""
    env = part.env
    models = part.relations.models.get(team.name, ())
    with at("teams", team.name):
        TeamAws(f"{team.name}-aws", TeamAwsArgs(part.names, team, models, env.storage, part))


def artifact_class(names: Names, team: Team) -> str:
    """How sensitive a team's artifacts are taken to be: as the most sensitive data that it reads, internal at least."""
    classes = {dataset.classification for dataset in granted(names, team, "read")} | {"internal"}
    return max(classes, key=SENSITIVITY.index)
