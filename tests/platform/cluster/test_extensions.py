"""Components of other packages: found by entry point, given their settings, judged like everything else."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mlops_infra.config.model import Environment, Extension
from mlops_infra.engine.synth import synthesize_part
from mlops_infra.errors import UsageError
from mlops_infra.graph import UNKNOWN, Resource
from mlops_infra.platform import Given

CODE = """
import pulumi
from pulumi_kubernetes.core.v1 import ConfigMap
from pydantic import BaseModel

from mlops_infra.platform.extensions import Extension


class Settings(BaseModel, extra="forbid", strict=True):
    shards: int
    tier: str = "silver"


class FeatureStore(Extension):
    Settings = Settings

    def build(self, part, settings):
        ConfigMap(
            "features",
            metadata={"name": "features", "namespace": "mlflow", "labels": part.names.labels("features")},
            data={"shards": str(settings.shards), "tier": settings.tier},
            opts=pulumi.ResourceOptions(parent=self),
        )


NOT_A_COMPONENT = 1
"""

POINTS = """[mlops_infra.components]
feature-store = acme_components:FeatureStore
broken = acme_components:NOT_A_COMPONENT
"""


@pytest.fixture
def acme(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """An installed package with components."""
    (tmp_path / "acme_components.py").write_text(CODE)
    metadata = tmp_path / "acme-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: acme\nVersion: 1.0\n")
    (metadata / "entry_points.txt").write_text(POINTS)
    monkeypatch.syspath_prepend(str(tmp_path))
    yield
    sys.modules.pop("acme_components", None)


def made(env: Environment, component: str, **settings: Any) -> list[Resource]:
    """What the platform part registers, with `settings` for one component; nothing that it takes is known."""
    keys = ("keys.platform.arn", "database.address", "database.secret_arn", "boundary.arn", "cluster.name")
    taken = {key: Given(UNKNOWN, "") for key in keys}
    asked = Extension(component=component, name="features", settings=settings)
    env = env.model_copy(update={"teams": [], "models": [], "extensions": [asked]})
    return synthesize_part(env, "platform", taken).resources


@pytest.mark.usefixtures("acme")
def test_a_component_makes_its_resources(cluster_small: Environment) -> None:
    found = made(cluster_small, "feature-store", shards=3)
    (component,) = [one for one in found if one.type == "mlops:extension:feature-store"]
    (config,) = [one for one in found if one.parent == component.urn]
    assert config.inputs["data"] == {"shards": "3", "tier": "silver"}
    assert config.config_path == ("extensions", "features")


@pytest.mark.usefixtures("acme")
@pytest.mark.parametrize(
    ("component", "settings", "message"),
    [
        ("feature-stor", {}, "no installed package registers the component 'feature-stor'"),
        ("broken", {}, "is no mlops_infra.platform.extensions.Extension"),
        ("feature-store", {"shards": "secret-value"}, "shards: Input should be a valid integer"),
        ("feature-store", {"shards": 1, "more": 1}, "more: Extra inputs are not permitted"),
    ],
)
def test_a_mistake_is_said(cluster_small: Environment, component: str, settings: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError) as refused:
        made(cluster_small, component, **settings)
    assert message in refused.value.what
    assert "secret-value" not in str(refused.value)
    assert str(refused.value.where).startswith("extensions.features")


def test_without_packages_the_hint_says_so(cluster_small: Environment) -> None:
    with pytest.raises(UsageError) as refused:
        made(cluster_small, "feature-store")
    assert refused.value.hint is not None
    assert "registered are: none" in refused.value.hint
