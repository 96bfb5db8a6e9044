"""A team's Jupyter notebook server.

It is reached through ``kubectl port-forward`` (no policy lets traffic in but from teams that declare a flow), and asks for the
token that the server makes anew at each start and writes to its log: nothing secret is stored, and whoever may neither forward a
port nor read logs has no way in.
"""

from __future__ import annotations

from typing import Final

from pulumi_kubernetes.apps.v1 import StatefulSet, StatefulSetSpecArgs
from pulumi_kubernetes.core.v1 import (
    ConfigMap,
    PersistentVolumeClaim,
    PersistentVolumeClaimSpecArgs,
    Service,
    ServiceAccount,
    ServicePortArgs,
    ServiceSpecArgs,
    VolumeResourceRequirementsArgs,
)

from mlops_infra.config.model import Notebook, Team
from mlops_infra.platform.flows import callers, from_, policy
from mlops_infra.platform.names import Names
from mlops_infra.platform.objects import SKIP_AWAIT, Scope
from mlops_infra.platform.part import at
from mlops_infra.platform.shared import NOTEBOOK_PRIORITY, STORAGE_CLASS
from mlops_infra.platform.workload import Folder, Probes, Size, Workload, pod_template

APP: Final = "notebook"
PORT: Final = 8888
"""Jupyter Server's default port."""

USER: Final = 1000
"""User of the Jupyter Docker stacks' images (``NB_UID``)."""

HOME: Final = "/home/jovyan"
_CONFIG: Final = "/etc/mlops-infra"

SERVER_CONFIG: Final = f"""\
# Made by mlops-infra. The token is generated at each start; it stands in the server's log.
c.ServerApp.ip = "0.0.0.0"
c.ServerApp.port = {PORT}
c.ServerApp.open_browser = False
c.ServerApp.root_dir = "{HOME}"
c.ServerApp.quit_button = False
c.ServerApp.allow_unauthenticated_access = False
c.PasswordIdentityProvider.allow_password_change = False
"""


def notebook(scope: Scope, team: Team, asked: Notebook, account: ServiceAccount) -> StatefulSet:
    """The notebook server of `team` as it `asked` for it, in the team's namespace."""
    scope = scope.of(APP, "notebook")
    path = ("teams", team.name, "notebook")
    with at(*path, "storage"):
        home = claim(scope, f"{APP}-home", asked.storage)
    with at(*path):
        visitors = callers(scope.part, scope.namespace, APP, PORT)
        if visitors:
            policy(scope, f"{APP}-ingress", select=scope.select, ingress=[from_(visitors, PORT)])
        config = ConfigMap(
            scope.key(f"{APP}-config"),
            metadata=scope.meta(f"{APP}-config"),
            data={"jupyter_server_config.py": SERVER_CONFIG},
            opts=scope.options(),
        )
        service = Service(
            scope.key(APP),
            metadata=scope.meta(APP),
            spec=ServiceSpecArgs(
                cluster_ip="None",
                selector=scope.select,
                ports=[ServicePortArgs(name="http", port=PORT, target_port="http", protocol="TCP")],
            ),
            opts=scope.options(),
        )
        work = Workload(
            image=asked.image,
            service_account=team.name,
            port=PORT,
            size=Size(asked.cpu, asked.memory, asked.gpus),
            # Answers without a token, and says nothing but the version.
            probes=Probes(ready="/api", alive="/api"),
            priority=NOTEBOOK_PRIORITY,
            command=("jupyter", "lab"),
            arguments=(f"--config={_CONFIG}/jupyter_server_config.py",),
            variables=variables(scope.names, team),
            folders=(
                Folder("home", HOME, claim=f"{APP}-home"),
                Folder("tmp", "/tmp", scratch="2Gi"),  # noqa: S108 - a folder in the container
                Folder("config", _CONFIG, config_maps=(f"{APP}-config",)),
            ),
            user=USER,
        )
        return StatefulSet(
            scope.key(APP),
            metadata=scope.meta(APP),
            spec=StatefulSetSpecArgs(
                service_name=APP, replicas=1, selector=scope.selector, template=pod_template(scope, work)
            ),
            opts=scope.options(account, home, config, service),
        )


def claim(scope: Scope, name: str, size: str) -> PersistentVolumeClaim:
    """A volume claim of the encrypted default class; protected, since it holds data."""
    return PersistentVolumeClaim(
        scope.key(name),
        metadata=scope.meta(name, annotations=SKIP_AWAIT),
        spec=PersistentVolumeClaimSpecArgs(
            access_modes=["ReadWriteOnce"],
            storage_class_name=STORAGE_CLASS,
            resources=VolumeResourceRequirementsArgs(requests={"storage": size}),
        ),
        opts=scope.options(protect=True),
    )


def variables(names: Names, team: Team) -> dict[str, str]:
    """Where the team's data is: ``DATASET_<NAME>_BUCKET`` per grant, its artifacts, the region, and MLflow if it has a flow there."""
    region = names.env.aws.region
    found = {
        "AWS_REGION": region,
        "AWS_DEFAULT_REGION": region,
        "AWS_STS_REGIONAL_ENDPOINTS": "regional",
        "ARTIFACT_BUCKET": names.artifact_bucket(team.name),
        "MLOPS_INFRA_ENVIRONMENT": names.env.environment,
    }
    for grant in team.grants:
        found[f"DATASET_{grant.dataset.upper().replace('-', '_')}_BUCKET"] = names.dataset_bucket(grant.dataset)
    for flow in team.flows:
        if flow.to == "mlflow/mlflow":
            found["MLFLOW_TRACKING_URI"] = f"http://mlflow.mlflow.svc.cluster.local:{flow.port}"
    return found
