"""Every deterministic name, ARN and tag of the platform, in one place, so that all parts and rules agree.

Names start with ``<project>-<environment>``; S3 bucket names also carry the account id because they are global (at most
63 characters, S3 bucket naming rules).
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256

from mlops_infra.config.model import Environment

ROLE_LIMIT = 64
"""Longest name of an IAM role (IAM quotas)."""

BUCKET_LIMIT = 63
"""Longest name of a bucket (S3 bucket naming rules)."""


def fitted(name: str, limit: int) -> str:
    """`name` itself, or its start and eight hexadecimal digits of its SHA-256 where it is longer than `limit` characters."""
    if len(name) <= limit:
        return name
    return f"{name[: limit - 9].rstrip('-')}-{sha256(name.encode()).hexdigest()[:8]}"


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
        return self._bucket("data", dataset)

    def artifact_bucket(self, team: str) -> str:
        return self._bucket("artifacts", team)

    def model_prefix(self, model: str) -> str:
        """Where a model's artifacts lie in its team's artifact bucket; each version in a folder of its own below."""
        return f"models/{model}"

    @property
    def log_bucket(self) -> str:
        return self._bucket("logs")

    @property
    def audit_bucket(self) -> str:
        return self._bucket("audit")

    def _bucket(self, *words: str) -> str:
        # The account comes last and is never cut off: bucket names are global.
        account = self.env.aws.account
        return f"{fitted(self.named(*words), BUCKET_LIMIT - len(account) - 1)}-{account}"

    def bucket_arn(self, bucket: str) -> str:
        return self.arn("s3", bucket, region=False, account=False)

    # Cluster
    @property
    def cluster(self) -> str:
        return self.prefix

    # Identity
    def role(self, *words: str) -> str:
        """IAM role name: at most 64 characters (IAM quota)."""
        return fitted(self.named(*words), ROLE_LIMIT)

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

    def member_role(self, team: str, role: str) -> str:
        """The role that a team's people with `role` assume."""
        return self.role("member", team, role)

    def member_role_arn(self, team: str, role: str) -> str:
        return self.role_arn("member", team, role)

    def policy_arn(self, *words: str) -> str:
        return self.arn("iam", f"policy/{self.named(*words)}", region=False)

    @property
    def boundary_arn(self) -> str:
        return self.policy_arn("boundary")

    @property
    def root_arn(self) -> str:
        """The account itself, as a principal."""
        return self.arn("iam", "root", region=False)

    @property
    def ci_role(self) -> str:
        """The role that ``bootstrap`` makes for CI, before anything else exists."""
        return self.role("ci")

    @property
    def administrators(self) -> list[str]:
        """ARNs that manage what there is without reading what it holds."""
        return [
            self.root_arn,
            self.role_arn("platform-admin"),
            self.role_arn("ci-deployer"),
            self.arn("iam", f"role/{self.ci_role}", region=False),
        ]

    # Services
    @property
    def dns_suffix(self) -> str:
        """What the names of regional endpoints end with (AWS partitions, botocore's ``partitions.json``)."""
        return {"aws-cn": "amazonaws.com.cn", "aws-eu": "amazonaws.eu"}.get(self.env.aws.partition, "amazonaws.com")

    def endpoint(self, service: str) -> str:
        """A regional service endpoint's name, as ``kms:ViaService`` has it: ``s3.eu-central-1.amazonaws.com``."""
        return f"{service}.{self.env.aws.region}.{self.dns_suffix}"

    def endpoint_service(self, suffix: str) -> str:
        """Name of the VPC endpoint service with this suffix, its labels in reverse order: ``com.amazonaws.eu-central-1.ecr.api``."""
        reverse = ".".join(reversed(self.dns_suffix.split(".")))
        return f"{reverse}.{self.env.aws.region}.{suffix}"

    @property
    def cluster_arn(self) -> str:
        return self.arn("eks", f"cluster/{self.cluster}")

    @property
    def database(self) -> str:
        """Identifier of the registry's database."""
        return self.named("registry")

    @property
    def trail_arn(self) -> str:
        return self.arn("cloudtrail", f"trail/{self.named('trail')}")

    @property
    def topic_arn(self) -> str:
        return self.arn("sns", self.named("alerts"))

    # Logs
    def log_group(self, *words: str) -> str:
        """A log group of our own: ``/mlops/<project>-<environment>/<words…>``."""
        return "/".join(("/mlops", self.prefix, *words))

    @property
    def cluster_log_group(self) -> str:
        """The group that EKS writes control-plane logs to; the name is AWS's."""
        return f"/aws/eks/{self.cluster}/cluster"

    def database_log_group(self, log: str) -> str:
        """The group that RDS exports `log` to; the name is AWS's."""
        return f"/aws/rds/instance/{self.database}/{log}"

    def log_group_arn(self, group: str) -> str:
        return self.arn("logs", f"log-group:{group}")

    # Registry
    def repository(self, team: str, name: str) -> str:
        return f"{self.prefix}/{team}/{name}"

    # Kubernetes
    def namespace(self, team: str) -> str:
        """A team's namespace (the cluster belongs to one environment, so no prefix is needed)."""
        return team

    # Tags
    def tags(
        self,
        name: str,
        *,
        owner: str | None = None,
        cost_centre: str | None = None,
        data: str = "internal",
        team: str = "",
    ) -> dict[str, str]:
        """The tags that every AWS resource carries; `data` is the data classification, `team` whose budget it counts in."""
        return {
            **self.env.tags,
            **({"team": team} if team else {}),
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
