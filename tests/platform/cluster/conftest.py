"""Kubernetes objects of environments, synthesized without an engine or a cluster."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from mlops_infra.config.load import LoadedEnvironment, load_environment
from mlops_infra.config.model import Environment
from mlops_infra.engine.synth import synthesize_part
from mlops_infra.graph import UNKNOWN, Resource
from mlops_infra.platform import Given, part_names

STACKS = Path(__file__).parents[3] / "stacks"

Key = tuple[str, str, str]
"""Kind, namespace (empty: cluster-wide) and name."""

Objects = Mapping[Key, Resource]


class Everything(dict[str, Given]):
    """Gives whatever is taken; nothing of it is known, as before the first deployment."""

    def get(self, key: str, default: Any = None) -> Given:
        return Given(UNKNOWN, f"urn:pulumi:any-foundation::mlops-infra::any:index:Thing::{key}")


def objects_of(env: Environment, *parts: str) -> Objects:
    """The Kubernetes objects of these parts, or of all but the foundation, which has none."""
    found: dict[Key, Resource] = {}
    for part in parts or part_names(env)[1:]:
        for resource in synthesize_part(env, part, Everything()).resources:
            if resource.plane == "kubernetes":
                metadata = resource.inputs["metadata"]
                key = (resource.inputs["kind"], metadata.get("namespace", ""), metadata["name"])
                assert key not in found
                found[key] = resource
    return found


@pytest.fixture(scope="session")
def cluster_loaded() -> LoadedEnvironment:
    return load_environment(STACKS, "staging")


@pytest.fixture(scope="session")
def cluster_staging(cluster_loaded: LoadedEnvironment) -> Environment:
    return cluster_loaded.environment


@pytest.fixture(scope="session")
def cluster_objects(cluster_staging: Environment) -> Objects:
    """Staging's objects, made once."""
    return objects_of(cluster_staging)


@pytest.fixture(scope="session")
def cluster_objects_of() -> Callable[..., Objects]:
    return objects_of


@pytest.fixture(scope="session")
def cluster_small(cluster_staging: Environment) -> Environment:
    """One team with a notebook, and its model: quick to synthesize."""
    (team,) = [team for team in cluster_staging.teams if team.name == "clinical-nlp"]
    models = [model for model in cluster_staging.models if model.team == team.name]
    return cluster_staging.model_copy(update={"teams": [team], "models": models})
