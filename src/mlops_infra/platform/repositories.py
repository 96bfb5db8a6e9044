"""A team's container repositories: immutable tags, scanned on push, encrypted, and closed to everybody but the team and the nodes."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from mlops_infra.config.model import Repository, Team
from mlops_infra.platform.duties import IMAGE_PULL, IMAGE_PUSH
from mlops_infra.platform.names import Names
from mlops_infra.platform.part import at
from mlops_infra.platform.policies import allow, deny, document


@dataclass(frozen=True)
class RepositoriesArgs:
    """What a team's repositories are made from."""

    names: Names
    team: Team
    key_arn: pulumi.Input[str]
    people: Sequence[str]
    """ARNs of the team's roles."""
    made_first: Sequence[pulumi.Resource]
    """Those roles: ECR refuses policies that name principals that do not exist."""


class TeamRepositories(pulumi.ComponentResource):
    """The repositories of one team."""

    def __init__(self, name: str, args: RepositoriesArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("mlops:platform:Repositories", name, {}, opts)
        self._args = args
        for repository in args.team.repositories:
            with at("teams", args.team.name, "repositories", repository.name):
                self._repository(repository)
        self.register_outputs({})

    def _repository(self, repository: Repository) -> None:
        args, names, team = self._args, self._args.names, self._args.team
        key, name = f"{team.name}-{repository.name}", names.repository(team.name, repository.name)
        made = aws.ecr.Repository(
            key,
            name=name,
            image_tag_mutability="IMMUTABLE",
            image_scanning_configuration=aws.ecr.RepositoryImageScanningConfigurationArgs(scan_on_push=True),
            encryption_configurations=[
                aws.ecr.RepositoryEncryptionConfigurationArgs(encryption_type="KMS", kms_key=args.key_arn)
            ],
            # The embedded cloud's repositories may be emptied by `destroy --include-data`.
            force_delete=names.env.target == "sandbox",
            tags=names.tags(name, owner=team.owner, cost_centre=team.cost_centre, team=team.name),
            opts=pulumi.ResourceOptions(parent=self, protect=True),
        )
        below = pulumi.ResourceOptions(parent=self)
        aws.ecr.LifecyclePolicy(key, repository=made.name, policy=lifecycle_policy(repository.keep_images), opts=below)
        aws.ecr.RepositoryPolicy(
            key,
            repository=made.name,
            policy=document(pull_statements(names, args.people)),
            opts=pulumi.ResourceOptions(parent=self, depends_on=list(args.made_first)),
        )


def pull_statements(names: Names, people: Sequence[str]) -> list[dict[str, object]]:
    """Nodes pull for all pods; beside them only the team's roles get at the images, whatever other policies say."""
    node = names.role_arn("node")
    inside = {
        "ArnNotLike": {"aws:PrincipalArn": sorted({node, *people})},
        "Bool": {"aws:PrincipalIsAWSService": "false"},
    }
    return [
        allow("PullByNodesAndTeam", IMAGE_PULL, None, principal={"AWS": sorted({node, *people})}),
        deny("DenyOthers", (*IMAGE_PULL, *IMAGE_PUSH), None, principal="*", condition=inside),
    ]


def lifecycle_policy(keep: int) -> str:
    """The repository's lifecycle: all but the latest `keep` images expire."""
    rule = {
        "rulePriority": 1,
        "description": f"Keep {keep} images",
        "selection": {"tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": keep},
        "action": {"type": "expire"},
    }
    return json.dumps({"rules": [rule]})
