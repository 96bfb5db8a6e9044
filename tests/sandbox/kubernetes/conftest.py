"""The provider as the engine uses it, against the session's API server; checked through the kubernetes client."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from pulumi.provider.experimental import provider as sdk
from pulumi.provider.experimental.property_value import PropertyValue

from mlops_infra.providers.connection import Connection
from mlops_infra.providers.kubernetes.provider import KubernetesProvider
from mlops_infra.providers.wire import DeleteRequest, DiffRequest, UpdateRequest, plain_map, wired_map

TOKENS = {
    "v1": "core/v1",
}


@dataclass
class Deployed:
    """What the engine keeps of a resource."""

    urn: str
    id: str
    inputs: dict[str, PropertyValue]
    outputs: dict[str, PropertyValue]


@dataclass
class Engine:
    """Calls one provider in the engine's order."""

    provider: KubernetesProvider
    runner: asyncio.Runner
    deployed: dict[str, Deployed] = field(default_factory=dict)

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        return self.runner.run(work)

    def urn(self, inputs: dict[str, Any], name: str) -> str:
        version = inputs["apiVersion"]
        return (
            f"urn:pulumi:unit-platform::mlops-infra::kubernetes:{TOKENS.get(version, version)}:{inputs['kind']}::{name}"
        )

    def check(
        self, inputs: dict[str, Any], name: str = "thing", old: Deployed | None = None
    ) -> dict[str, PropertyValue]:
        urn = self.urn(inputs, name)
        answer = self.run(
            self.provider.check(sdk.CheckRequest(urn, old.inputs if old else {}, wired_map(inputs), b"seed"))
        )
        assert not answer.failures, [failure.reason for failure in answer.failures]
        return answer.inputs

    def preview(self, inputs: dict[str, Any], name: str = "thing") -> dict[str, Any]:
        checked = self.check(inputs, name)
        answer = self.run(self.provider.create(sdk.CreateRequest(self.urn(inputs, name), checked, 0, True)))
        return plain_map(answer.properties)

    def create(self, inputs: dict[str, Any], name: str = "thing", timeout: float = 60) -> Deployed:
        urn, checked = self.urn(inputs, name), self.check(inputs, name)
        answer = self.run(self.provider.create(sdk.CreateRequest(urn, checked, timeout, False)))
        return Deployed(urn, answer.resource_id, checked, answer.properties)

    def diff(self, old: Deployed, inputs: dict[str, Any]) -> sdk.DiffResponse:
        checked = self.check(inputs, old.urn.rsplit("::", 1)[-1], old)
        return self.run(
            self.provider.diff(DiffRequest(old.urn, old.id, old.outputs, checked, [], old_inputs=old.inputs))
        )

    def update(self, old: Deployed, inputs: dict[str, Any], *, timeout: float = 60, preview: bool = False) -> Deployed:
        checked = self.check(inputs, old.urn.rsplit("::", 1)[-1], old)
        request = UpdateRequest(old.urn, old.id, old.outputs, checked, timeout, [], preview, old_inputs=old.inputs)
        answer = self.run(self.provider.update(request))
        return Deployed(old.urn, old.id, checked, answer.properties)

    def refresh(self, old: Deployed) -> Deployed | None:
        answer = self.run(self.provider.read(sdk.ReadRequest(old.urn, old.id, old.outputs, old.inputs)))
        return Deployed(old.urn, answer.resource_id, answer.inputs, answer.properties) if answer.resource_id else None

    def delete(self, old: Deployed, timeout: float = 60) -> None:
        self.run(self.provider.delete(DeleteRequest(old.urn, old.id, old.outputs, timeout, old_inputs=old.inputs)))

    def drift(self, old: Deployed) -> dict[str, Any]:
        """What a refresh shows: the changed paths with their live values."""
        found = self.refresh(old)
        assert found is not None
        answer = self.run(
            self.provider.diff(DiffRequest(old.urn, old.id, found.outputs, old.inputs, [], old_inputs=found.inputs))
        )
        return answer.detailed_diff


@pytest.fixture
def engine(cloud: Connection) -> Iterator[Engine]:
    """A fresh provider of the session's cluster."""
    with asyncio.Runner() as runner:
        provider = KubernetesProvider(cloud)
        yield Engine(provider, runner)
        runner.run(provider.close())


def config_map(namespace: str, name: str | None = "thing", **data: str) -> dict[str, Any]:
    metadata = {"namespace": namespace, **({"name": name} if name else {})}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": data}


@pytest.fixture
def make_config_map(namespace: str) -> Any:
    """Makes ConfigMap inputs in the test's namespace: ``make_config_map("name", key="value")``."""
    return lambda name="thing", **data: config_map(namespace, name, **data)


@pytest.fixture
def make_deployment(namespace: str) -> Any:
    """Makes Deployment inputs in the test's namespace."""

    def make(name: str = "web", *, replicas: int = 1, cpu: str = "100m", **metadata: Any) -> dict[str, Any]:
        labels = {"app": name}
        container = {"name": "main", "image": "registry.test/web:1", "resources": {"requests": {"cpu": cpu}}}
        return {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": {"name": name, "namespace": namespace, **metadata},
            "spec": {
                "replicas": replicas,
                "selector": {"matchLabels": labels},
                "template": {"metadata": {"labels": labels}, "spec": {"containers": [container]}},
            },
        }

    return make
