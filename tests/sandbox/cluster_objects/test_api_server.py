"""The API server itself accepts what the platform puts into a cluster, and its RBAC and admission say what the stack file says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from kubernetes import client, config
from kubernetes.client.exceptions import ApiException
from kubernetes.dynamic import DynamicClient

from mlops_infra.config.load import load_environment
from mlops_infra.engine.synth import synthesize
from mlops_infra.graph import UNKNOWN, Resource
from mlops_infra.providers.connection import Connection

pytestmark = pytest.mark.sandbox

STACKS = Path(__file__).parents[3] / "stacks"

MADE_FIRST = (
    "Namespace",
    "PriorityClass",
    "ClusterRole",
    "ClusterRoleBinding",
    "ResourceQuota",
    "LimitRange",
    "ServiceAccount",
    "RoleBinding",
)
"""Kinds that are really made, in this order; of everything else the API server says what it would do."""


def settled(value: Any) -> Any:
    """`value` with text for what only the cloud would know (a key's ARN, the database's address)."""
    if isinstance(value, Mapping):
        return {key: settled(item) for key, item in value.items()}
    if isinstance(value, list):
        return [settled(item) for item in value]
    return "known-later" if value is UNKNOWN else value


def manifest(resource: Resource) -> dict[str, Any]:
    found: dict[str, Any] = settled(resource.inputs)
    return found


@dataclass(frozen=True)
class Applied:
    """What the API server was told and what it answered."""

    api: client.ApiClient
    resources: list[Resource]
    answers: Mapping[str, Any]


@pytest.fixture(scope="module")
def applied(cloud: Connection) -> Iterator[Applied]:
    env = load_environment(STACKS, "staging").environment
    resources = [resource for resource in synthesize(env) if resource.plane == "kubernetes"]
    with config.new_client_from_config(str(cloud.kubeconfig)) as api:
        dynamic = DynamicClient(api)
        order = {kind: place for place, kind in enumerate(MADE_FIRST)}
        answers: dict[str, Any] = {}
        made: list[dict[str, Any]] = []
        try:
            for resource in sorted(resources, key=lambda one: order.get(one.inputs["kind"], len(order))):
                body = manifest(resource)
                dry = {} if body["kind"] in order else {"dry_run": "All"}
                answers[resource.urn] = apply(dynamic, body, **dry)
                if not dry:
                    made.append(body)
            yield Applied(api, resources, answers)
        finally:
            for body in reversed(made):
                if body["kind"] in ("Namespace",) or "namespace" not in body["metadata"]:
                    remove(dynamic, body)


def apply(dynamic: DynamicClient, body: Mapping[str, Any], **options: Any) -> Any:
    kind = dynamic.resources.get(api_version=body["apiVersion"], kind=body["kind"])
    return kind.server_side_apply(
        body=dict(body),
        name=body["metadata"]["name"],
        namespace=body["metadata"].get("namespace"),
        field_manager="mlops-infra",
        force_conflicts=True,
        **options,
    )


def remove(dynamic: DynamicClient, body: Mapping[str, Any]) -> None:
    kind = dynamic.resources.get(api_version=body["apiVersion"], kind=body["kind"])
    kind.delete(name=body["metadata"]["name"])


def pods(applied: Applied) -> list[dict[str, Any]]:
    """A pod from the template of each workload."""
    found = []
    for resource in applied.resources:
        if resource.inputs["kind"] in ("Deployment", "StatefulSet"):
            template = manifest(resource)["spec"]["template"]
            metadata = {**template["metadata"], "name": "trial", "namespace": resource.inputs["metadata"]["namespace"]}
            found.append({"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": template["spec"]})
    return found


def test_every_object_is_accepted(applied: Applied) -> None:
    assert len(applied.answers) == len(applied.resources) > 100
    for resource in applied.resources:
        assert applied.answers[resource.urn].metadata.name == resource.inputs["metadata"]["name"]


def test_every_pod_is_admitted(applied: Applied) -> None:
    """Restricted Pod Security, LimitRange, ResourceQuota and PriorityClass all have their say."""
    core = client.CoreV1Api(applied.api)
    found = pods(applied)
    assert len(found) == 9
    for pod in found:
        answer, _, headers = core.create_namespaced_pod_with_http_info(
            pod["metadata"]["namespace"], pod, dry_run="All", field_validation="Strict"
        )
        assert answer.metadata.name == "trial"
        assert "Warning" not in headers


def test_a_pod_of_a_team_as_root_is_refused(applied: Applied) -> None:
    pod = {
        "metadata": {"name": "root"},
        "spec": {"containers": [{"name": "root", "image": "busybox", "securityContext": {"runAsUser": 0}}]},
    }
    with pytest.raises(ApiException, match="violates PodSecurity") as refused:
        client.CoreV1Api(applied.api).create_namespaced_pod("underwriting", pod, dry_run="All")
    assert refused.value.status == 403


def test_a_team_without_gpus_gets_none(applied: Applied) -> None:
    (pod,) = [p for p in pods(applied) if p["metadata"]["namespace"] == "underwriting"]
    container = pod["spec"]["containers"][0]
    amounts = {**container["resources"]["limits"], "nvidia.com/gpu": "1"}
    greedy = {**container, "resources": {"limits": amounts, "requests": amounts}}
    body = {**pod, "spec": {**pod["spec"], "containers": [greedy]}}
    with pytest.raises(ApiException, match="exceeded quota"):
        client.CoreV1Api(applied.api).create_namespaced_pod("underwriting", body, dry_run="All")


@pytest.mark.parametrize(
    ("group", "namespace", "verb", "resource", "allowed"),
    [
        ("claims-fraud-engineers", "claims-fraud", "create", "batch/jobs", True),
        ("claims-fraud-engineers", "claims-fraud", "create", "/pods/exec", True),
        ("claims-fraud-engineers", "claims-fraud", "get", "/secrets", True),
        ("claims-fraud-engineers", "claims-fraud", "list", "/secrets", False),
        ("claims-fraud-engineers", "claims-fraud", "patch", "apps/deployments", False),
        ("claims-fraud-engineers", "clinical-nlp", "get", "/pods", False),
        ("claims-fraud-scientists", "claims-fraud", "create", "/pods/portforward", True),
        ("claims-fraud-scientists", "claims-fraud", "create", "/pods/exec", False),
        ("claims-fraud-scientists", "claims-fraud", "get", "/secrets", False),
        ("actuaries", "underwriting", "create", "batch/jobs", True),
        ("actuaries", "claims-fraud", "create", "batch/jobs", False),
        ("internal-audit", "clinical-nlp", "list", "/pods", True),
        ("internal-audit", "", "list", "rbac.authorization.k8s.io/clusterrolebindings", True),
        ("internal-audit", "clinical-nlp", "create", "/pods/exec", False),
        ("internal-audit", "clinical-nlp", "get", "/pods/log", False),
        ("internal-audit", "clinical-nlp", "get", "/secrets", False),
        ("platform-ci", "claims-fraud", "patch", "apps/deployments", True),
        ("platform-ci", "claims-fraud", "get", "/secrets", False),
        ("platform-ci", "claims-fraud", "create", "rbac.authorization.k8s.io/rolebindings", False),
        ("ml-platform-engineers", "", "create", "/namespaces", True),
        ("ml-platform-engineers", "claims-fraud", "create", "rbac.authorization.k8s.io/rolebindings", True),
        ("ml-platform-engineers", "", "impersonate", "/users", False),
        ("ml-platform-engineers", "", "escalate", "rbac.authorization.k8s.io/clusterroles", False),
    ],
)
def test_who_may_do_what(
    applied: Applied, group: str, namespace: str, verb: str, resource: str, *, allowed: bool
) -> None:
    api_group, _, rest = resource.partition("/")
    kind, _, subresource = rest.partition("/")
    asked = {"group": api_group, "resource": kind, "verb": verb}
    asked |= {"namespace": namespace} if namespace else {}
    asked |= {"subresource": subresource} if subresource else {}
    review = {"spec": {"user": "somebody", "groups": [group], "resourceAttributes": asked}}
    answer = client.AuthorizationV1Api(applied.api).create_subject_access_review(review)
    assert answer.status.allowed is allowed


def test_the_admin_may_grant_every_role(applied: Applied, cloud: Connection) -> None:
    """Without ``bind``, the API server lets only those grant a role who hold all of it."""
    with config.new_client_from_config(str(cloud.kubeconfig)) as api:
        api.set_default_header("Impersonate-User", "somebody")
        api.set_default_header("Impersonate-Group", "ml-platform-engineers")
        rbac = client.RbacAuthorizationV1Api(api)
        for resource in applied.resources:
            if resource.inputs["kind"] == "RoleBinding":
                body = manifest(resource) | {"metadata": {"name": "trial"}}
                rbac.create_namespaced_role_binding(resource.inputs["metadata"]["namespace"], body, dry_run="All")
