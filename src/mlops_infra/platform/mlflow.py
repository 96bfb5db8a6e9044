"""The model registry: an MLflow tracking server on the RDS database of the foundation.

The server keeps experiments, runs and model versions; artifacts stay in each team's own bucket, which clients reach with their own
identity (``--no-serve-artifacts``), so the server's role needs its database secret and no data at all. An experiment therefore names its
artifact location; the default is a folder that no client can write.

The image is MLflow with psycopg2, boto3 and, at `CERTIFICATES`, the bundle of RDS's certificate authorities.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import files
from typing import Final

import pulumi
from pulumi_kubernetes.apps.v1 import (
    Deployment,
    DeploymentSpecArgs,
    DeploymentStrategyArgs,
    RollingUpdateDeploymentArgs,
)
from pulumi_kubernetes.core.v1 import ConfigMap, Service, ServiceAccount, ServicePortArgs, ServiceSpecArgs
from pulumi_kubernetes.policy.v1 import PodDisruptionBudget, PodDisruptionBudgetSpecArgs

from mlops_infra.config.model import Registry
from mlops_infra.platform.fence import FenceArgs, fence
from mlops_infra.platform.flows import aws_endpoints, block, callers, from_, policy, to
from mlops_infra.platform.objects import Scope
from mlops_infra.platform.part import Part, at
from mlops_infra.platform.shared import PLATFORM_PRIORITY, Shared
from mlops_infra.platform.team_cluster import service_account
from mlops_infra.platform.workload import Folder, Probes, Size, Workload, pod_template

APP: Final = "mlflow"
NAMESPACE: Final = "mlflow"
PORT: Final = 5000
"""MLflow's default port."""

DATABASE_PORT: Final = 5432
"""PostgreSQL's port (IANA)."""

DATABASE_NAME: Final = "mlflow"
CERTIFICATES: Final = "/etc/ssl/certs/rds-global-bundle.pem"
"""Where the image keeps RDS's certificate authorities (Amazon RDS user guide, "Using SSL/TLS")."""

_SCRIPT: Final = "/opt/mlops-infra"


@dataclass(frozen=True)
class MlflowArgs:
    part: Part


class Mlflow(pulumi.ComponentResource):
    """The tracking server. `address` is where pods reach it."""

    address: pulumi.Output[str]

    def __init__(self, name: str, args: MlflowArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("mlops:platform:Mlflow", name, None, opts)
        part, registry = args.part, args.part.env.registry
        made = fence(FenceArgs(part, NAMESPACE, ("registry",)), self)
        scope = Scope(
            part, self, app=APP, namespace=NAMESPACE, component="registry", after=(made, *part.made(Shared).needed)
        )
        account = service_account(scope, APP)
        script = ConfigMap(
            scope.key("mlflow-start"),
            metadata=scope.meta("mlflow-start"),
            data={"start.py": files(__package__).joinpath("mlflow_start.py").read_text(encoding="utf-8")},
            opts=scope.options(),
        )
        self._network(scope)
        service = Service(
            scope.key(APP),
            metadata=scope.meta(APP),
            spec=ServiceSpecArgs(
                type="ClusterIP",
                selector=scope.select,
                ports=[ServicePortArgs(name="http", port=PORT, target_port="http", protocol="TCP")],
            ),
            opts=scope.options(),
        )
        self._server(scope, registry, account, script)
        with at("registry", "replicas"):
            if registry.replicas > 1:
                PodDisruptionBudget(
                    scope.key(APP),
                    metadata=scope.meta(APP),
                    spec=PodDisruptionBudgetSpecArgs(max_unavailable=1, selector=scope.selector),
                    opts=scope.options(),
                )
        self.address = service.metadata.name.apply(lambda made: f"http://{made}.{NAMESPACE}.svc.cluster.local:{PORT}")
        self.register_outputs({"address": self.address})

    def _network(self, scope: Scope) -> None:
        env = scope.part.env
        teams = callers(scope.part, NAMESPACE, APP, PORT)
        if teams:
            policy(scope, "allow-teams", select=scope.select, ingress=[from_(teams, PORT)])
        subnets = [block(cidr) for cidr in env.network.private_cidrs]
        policy(scope, "allow-aws", select=scope.select, egress=[*aws_endpoints(env), to(subnets, DATABASE_PORT)])

    def _server(self, scope: Scope, registry: Registry, account: ServiceAccount, script: ConfigMap) -> Deployment:
        part = scope.part
        hosts = [f"{APP}.{NAMESPACE}{suffix}" for suffix in ("", ".svc", ".svc.cluster.local")]
        work = Workload(
            image=registry.image,
            service_account=APP,
            port=PORT,
            size=Size(registry.cpu, registry.memory),
            # The first start makes the tables, and an upgrade changes them.
            probes=Probes(ready="/health", alive="/health", startup_seconds=300),
            priority=PLATFORM_PRIORITY,
            command=("python", f"{_SCRIPT}/start.py"),
            arguments=(
                "--host=0.0.0.0",
                f"--port={PORT}",
                "--workers=2",
                "--no-serve-artifacts",
                "--default-artifact-root=file:///artifact-location-required",
            ),
            variables={
                "AWS_REGION": part.env.aws.region,
                "AWS_DEFAULT_REGION": part.env.aws.region,
                "AWS_STS_REGIONAL_ENDPOINTS": "regional",
                "DATABASE_SECRET_ARN": part.take("database.secret_arn"),
                "DATABASE_HOST": part.take("database.address"),
                "DATABASE_PORT": str(DATABASE_PORT),
                "DATABASE_NAME": DATABASE_NAME,
                "DATABASE_CA": CERTIFICATES,
                "HOME": "/tmp",  # noqa: S108 - a folder in the container
                # Requests under another name come from a page that was rebound to our address.
                "MLFLOW_SERVER_ALLOWED_HOSTS": ",".join([*hosts, *(f"{host}:{PORT}" for host in hosts)]),
                "PYTHONDONTWRITEBYTECODE": "1",
            },
            folders=(
                Folder("tmp", "/tmp", scratch="1Gi"),  # noqa: S108 - a folder in the container
                Folder("start", _SCRIPT, config_maps=("mlflow-start",)),
            ),
            spread=True,
        )
        return Deployment(
            scope.key(APP),
            metadata=scope.meta(APP),
            spec=DeploymentSpecArgs(
                replicas=registry.replicas,
                selector=scope.selector,
                strategy=DeploymentStrategyArgs(
                    type="RollingUpdate", rolling_update=RollingUpdateDeploymentArgs(max_surge=1, max_unavailable=0)
                ),
                revision_history_limit=5,
                template=pod_template(scope, work),
            ),
            opts=scope.options(account, script),
        )


def mlflow(part: Part) -> None:
    """Make the model registry's server."""
    with at("registry"):
        Mlflow("mlflow", MlflowArgs(part))
