"""Every deterministic name, ARN and tag of the platform, in one place, so that all parts and rules agree.

Names start with ``<project>-<environment>``; S3 bucket names also carry the account id because they are global (at most
63 characters, S3 bucket naming rules).
"""

from __future__ import annotations

from dataclasses import dataclass

from mlops_infra.config.model import Environment


@dataclass(frozen=True)
class Names:
    """Names, ARNs and tags of one environment."""

    env: Environment

    @property
    def prefix(self) -> str:
        return f"{self.env.project}-{self.env.environment}"

    def named(self, *words: str) -> str:
        """``<project>-<environment>-<words…>``."""
        return "-".join((self.prefix, *words))

    def arn(self, service: str, resource: str, *, region: bool = True, account: bool = True) -> str:
        """An ARN in the environment's partition; `region` and `account` False leave those fields empty."""
        aws = self.env.aws
        return ":".join(
            ("arn", aws.partition, service, aws.region if region else "", aws.account if account else "", resource)
        )

    # Storage
    def dataset_bucket(self, dataset: str) -> str:
        return f"{self.prefix}-data-{dataset}-{self.env.aws.account}"

    def artifact_bucket(self, team: str) -> str:
        return f"{self.prefix}-artifacts-{team}-{self.env.aws.account}"

    @property
    def log_bucket(self) -> str:
        return f"{self.prefix}-logs-{self.env.aws.account}"

    @property
    def audit_bucket(self) -> str:
        return f"{self.prefix}-audit-{self.env.aws.account}"

    def bucket_arn(self, bucket: str) -> str:
        return self.arn("s3", bucket, region=False, account=False)

    # Cluster
    @property
    def cluster(self) -> str:
        return self.prefix

    # Identity
    def role(self, *words: str) -> str:
        """IAM role name: at most 64 characters (IAM quota)."""
        return self.named(*words)

    def role_arn(self, *words: str) -> str:
        return self.arn("iam", f"role/{self.role(*words)}", region=False)

    def team_role(self, team: str) -> str:
        """The role that a team's pods assume."""
        return self.role("team", team)

    def team_role_arn(self, team: str) -> str:
        return self.role_arn("team", team)

    def model_role(self, model: str) -> str:
        """The role that a served model's pods assume."""
        return self.role("model", model)

    @property
    def boundary_arn(self) -> str:
        return self.arn("iam", f"policy/{self.named('boundary')}", region=False)

    # Registry
    def repository(self, team: str, name: str) -> str:
        return f"{self.prefix}/{team}/{name}"

    # Kubernetes
    def namespace(self, team: str) -> str:
        """A team's namespace (the cluster belongs to one environment, so no prefix is needed)."""
        return team

    # Tags
    def tags(
        self, name: str, *, owner: str | None = None, cost_centre: str | None = None, data: str = "internal"
    ) -> dict[str, str]:
        """The tags that every AWS resource carries; `data` is the data classification."""
        return {
            **self.env.tags,
            "Name": name,
            "owner": owner or self.env.owner,
            "environment": self.env.environment,
            "cost-centre": cost_centre or self.env.cost_centre,
            "data-classification": data,
            "managed-by": "mlops-infra",
        }

    def labels(self, app: str, *, component: str = "", team: str = "") -> dict[str, str]:
        """The labels that every Kubernetes object carries (kubernetes.io recommended labels)."""
        found = {
            "app.kubernetes.io/name": app,
            "app.kubernetes.io/part-of": self.env.project,
            "app.kubernetes.io/managed-by": "mlops-infra",
            "mlops-infra/environment": self.env.environment,
        }
        if component:
            found["app.kubernetes.io/component"] = component
        if team:
            found["mlops-infra/team"] = team
        return found
