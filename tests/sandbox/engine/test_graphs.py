"""Synth and the engine's preview of the same stack file on an empty state are the same graph."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from cloud_tools import sandbox_programs

from mlops_infra.config import load_environment
from mlops_infra.engine.deploy import PulumiEngine
from mlops_infra.engine.plan import ignore_events
from mlops_infra.engine.synth import synthesize
from mlops_infra.graph import UNKNOWN, Resource
from mlops_infra.providers.connection import Connection

pytestmark = pytest.mark.sandbox

SHIPPED = Path(__file__).parents[3] / "stacks"
ASKED = (
    *("type", "name", "part", "inputs", "unknowns", "parent", "dependencies", "property_dependencies"),
    *("protect", "custom", "config_path", "origin"),
)
"""What a program says of a resource; the rest is what somebody answered."""


def agree(one: Any, other: Any) -> bool:
    """Whether two answers contradict each other nowhere; what only one of them knows is no contradiction."""
    if one is UNKNOWN or other is UNKNOWN:
        return True
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return all(agree(one[key], other[key]) for key in one.keys() & other.keys())
    return bool(one == other)


def asked(resource: Resource) -> dict[str, Any]:
    return {name: getattr(resource, name) for name in ASKED}


@pytest.mark.parametrize(
    "name", ["dev", pytest.param("staging", marks=pytest.mark.deep), pytest.param("prod", marks=pytest.mark.deep)]
)
def test_synth_and_preview_give_the_same_graph(name: str, cloud: Connection, tmp_path: Path) -> None:
    loaded = load_environment(SHIPPED, name)
    # The session's cloud stands for the environment's own: nothing is there yet of either.
    account = loaded.environment.aws.model_copy(update={"account": cloud.aws.account})
    env = loaded.environment.model_copy(update={"aws": account})
    origin = loaded.origin
    synth = synthesize(env, origin)
    with PulumiEngine(env, cloud, tmp_path, sandbox_programs(["pulumi"])["pulumi"], origin=origin) as engine:
        plan = engine.preview(on_event=ignore_events)
    preview = plan.graph
    assert list(synth.resources) == list(preview.resources)
    for resource in synth:
        assert asked(resource) == asked(preview[resource.urn])
        assert agree(resource.outputs, preview[resource.urn].outputs), resource.urn
        assert agree(resource.id or UNKNOWN, preview[resource.urn].id or UNKNOWN), resource.urn
    assert synth.edges == preview.edges
    assert {change.urn for change in plan.actual} == set(synth.resources)
