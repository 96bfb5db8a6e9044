"""Models in serving: per model of a team a Deployment that scales, survives disruptions, and talks to nobody undeclared.

The image is named by digest; model version, artifact digest and dataset stand on the pods, so that what answers can be traced to what
was approved. What the server must answer and export is said in `metrics`.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

import pulumi
from pulumi_kubernetes.apps.v1 import (
    Deployment,
    DeploymentSpecArgs,
    DeploymentStrategyArgs,
    RollingUpdateDeploymentArgs,
)
from pulumi_kubernetes.autoscaling.v2 import (
    CrossVersionObjectReferenceArgs,
    HorizontalPodAutoscaler,
    HorizontalPodAutoscalerSpecArgs,
    MetricSpecArgs,
    MetricTargetArgs,
    ResourceMetricSourceArgs,
)
from pulumi_kubernetes.core.v1 import Service, ServicePortArgs, ServiceSpecArgs
from pulumi_kubernetes.policy.v1 import PodDisruptionBudget, PodDisruptionBudgetSpecArgs

from mlops_infra.config.model import Model, Team
from mlops_infra.platform.flows import application, callers, from_, policy
from mlops_infra.platform.metrics import LIVE_PATH, METRICS_PATH, READY_PATH, SCRAPE_LABEL
from mlops_infra.platform.objects import Scope, label_value
from mlops_infra.platform.part import Part, at
from mlops_infra.platform.shared import SERVING_PRIORITY
from mlops_infra.platform.team_cluster import TeamCluster, service_account
from mlops_infra.platform.workload import Folder, Probes, Size, Workload, pod_template


@dataclass(frozen=True)
class ModelServerArgs:
    part: Part
    team: Team
    model: Model
    fence: pulumi.Resource


class ModelServer(pulumi.ComponentResource):
    """One model in serving. `address` is where the cluster's pods reach it."""

    address: pulumi.Output[str]

    def __init__(self, name: str, args: ModelServerArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("mlops:platform:ModelServer", name, None, opts)
        model, namespace = args.model, args.part.names.namespace(args.team.name)
        scope = Scope(
            args.part,
            self,
            app=model.name,
            namespace=namespace,
            component="serving",
            team=args.team.name,
            after=(args.fence,),
        )
        account = service_account(scope, model.name)
        allowed = policy(
            scope,
            f"{model.name}-ingress",
            select=scope.select,
            ingress=[
                from_(
                    [
                        application("monitoring", "prometheus"),
                        *callers(args.part, namespace, model.name, model.port),
                    ],
                    model.port,
                )
            ],
        )
        service = Service(
            scope.key(model.name),
            metadata=scope.meta(model.name),
            spec=ServiceSpecArgs(
                type="ClusterIP",
                selector=scope.select,
                ports=[ServicePortArgs(name="http", port=model.port, target_port="http", protocol="TCP")],
            ),
            opts=scope.options(),
        )
        deployment = self._deployment(scope.following(account, allowed), model)
        with at("models", model.name, "scale"):
            self._scaling(scope, model, deployment)
        self.address = service.metadata.name.apply(
            lambda made: f"http://{made}.{namespace}.svc.cluster.local:{model.port}"
        )
        self.register_outputs({"address": self.address})

    def _deployment(self, scope: Scope, model: Model) -> Deployment:
        traces = {
            "mlops-infra/model-version": model.version,
            "mlops-infra/model-digest": model.digest,
            "mlops-infra/dataset": model.dataset,
            **lineage(model),
        }
        work = Workload(
            image=model.image,
            service_account=model.name,
            port=model.port,
            size=Size(model.cpu, model.memory, model.gpus),
            # A large model takes minutes to load.
            probes=Probes(ready=READY_PATH, alive=LIVE_PATH, startup_seconds=600),
            priority=SERVING_PRIORITY,
            variables=variables(scope, model),
            folders=(
                Folder("tmp", "/tmp", scratch="1Gi"),  # noqa: S108 - a folder in the container
                Folder("model", "/var/lib/model", scratch="20Gi"),
            ),
            spread=True,
            labels={SCRAPE_LABEL: model.name, "app.kubernetes.io/version": label_value(model.version)},
            annotations={
                **traces,
                "prometheus.io/scrape": "true",
                "prometheus.io/port": str(model.port),
                "prometheus.io/path": METRICS_PATH,
            },
        )
        return Deployment(
            scope.key(model.name),
            # The record stands on the server and not on its pods, which need not start anew when only the record changes.
            metadata=scope.meta(model.name, annotations={**traces, **recorded(model)}),
            spec=DeploymentSpecArgs(
                # No replicas: their number belongs to the autoscaler.
                selector=scope.selector,
                strategy=_strategy(model),
                revision_history_limit=5,
                progress_deadline_seconds=900,
                template=pod_template(scope, work),
            ),
            opts=scope.options(),
        )

    def _scaling(self, scope: Scope, model: Model, deployment: Deployment) -> None:
        HorizontalPodAutoscaler(
            scope.key(model.name),
            metadata=scope.meta(model.name),
            spec=HorizontalPodAutoscalerSpecArgs(
                scale_target_ref=CrossVersionObjectReferenceArgs(
                    api_version="apps/v1", kind="Deployment", name=model.name
                ),
                min_replicas=model.scale.min,
                max_replicas=model.scale.max,
                metrics=[
                    MetricSpecArgs(
                        type="Resource",
                        resource=ResourceMetricSourceArgs(
                            name="cpu",
                            target=MetricTargetArgs(type="Utilization", average_utilization=model.scale.cpu_percent),
                        ),
                    )
                ],
            ),
            opts=scope.options(deployment),
        )
        if model.scale.min > 1:
            PodDisruptionBudget(
                scope.key(model.name),
                metadata=scope.meta(model.name),
                spec=PodDisruptionBudgetSpecArgs(max_unavailable=1, selector=scope.selector),
                opts=scope.options(),
            )


def serving(part: Part, team: Team) -> None:
    """Serve the models of a team."""
    fence = part.made(TeamCluster).fence
    for model in part.relations.models.get(team.name, ()):
        with at("models", model.name):
            ModelServer(model.name, ModelServerArgs(part, team, model, fence))


def variables(scope: Scope, model: Model) -> dict[str, str]:
    """What the server is told: which model to load from where, and where it runs."""
    env = scope.part.env
    return {
        "AWS_REGION": env.aws.region,
        "AWS_DEFAULT_REGION": env.aws.region,
        "AWS_STS_REGIONAL_ENDPOINTS": "regional",
        "ARTIFACT_BUCKET": scope.names.artifact_bucket(model.team),
        "MODEL_NAME": model.name,
        "MODEL_VERSION": model.version,
        "MODEL_DIGEST": model.digest,
        "MODEL_PATH": "/var/lib/model",
        "PORT": str(model.port),
    }


def lineage(model: Model) -> dict[str, str]:
    """Annotations that say where the model version comes from, as far as the stack file says it."""
    found = model.lineage
    if found is None:
        return {}
    return {
        "mlops-infra/lineage-commit": found.commit,
        "mlops-infra/lineage-data": found.data,
        "mlops-infra/lineage-run": found.run,
    }


def recorded(model: Model) -> dict[str, str]:
    """The ethical record as annotations, so that what is deployed can be judged without the stack file."""
    record = model.record
    if record is None:
        return {}
    told = {
        "mlops-infra/intended-use": record.intended_use,
        "mlops-infra/risk-class": record.risk_class,
        "mlops-infra/bias-evaluation": json.dumps(
            [entry.model_dump(mode="json") for entry in record.bias], ensure_ascii=False
        ),
    }
    if record.basis:
        told["mlops-infra/risk-basis"] = record.basis
    if record.card:
        told |= {"mlops-infra/model-card": record.card.location, "mlops-infra/model-card-digest": record.card.digest}
    if record.oversight:
        told["mlops-infra/human-oversight"] = json.dumps(record.oversight.model_dump(mode="json"), ensure_ascii=False)
    return told


def _strategy(model: Model) -> DeploymentStrategyArgs:
    # The quota has no room for one more GPU during an update, so with GPUs a pod goes before its successor comes.
    surge, missing = (0, 1) if model.gpus else (1, 0)
    return DeploymentStrategyArgs(
        type="RollingUpdate", rolling_update=RollingUpdateDeploymentArgs(max_surge=surge, max_unavailable=missing)
    )
