"""Edges, components and unknowns of a graph."""

from __future__ import annotations

import pytest

from mlops_infra.config import Origin
from mlops_infra.graph import UNKNOWN, Edge, Graph, Resource, Secret


def resource(name: str, **changed: object) -> Resource:
    told = {
        "urn": f"urn:{name}",
        "type": "aws:s3/bucket:Bucket",
        "name": name,
        "part": "foundation",
        "inputs": {},
        **changed,
    }
    return Resource(**told)  # type: ignore[arg-type]


STORAGE = resource("storage", type="mlops-infra:platform:Storage", custom=False)
DATASET = resource("dataset", type="mlops-infra:platform:Dataset", custom=False, parent="urn:storage")
KEY = resource("key", type="aws:kms/key:Key", parent="urn:storage")
BUCKET = resource(
    "bucket",
    parent="urn:dataset",
    inputs={"kmsKey": UNKNOWN, "token": Secret("hunter2"), "rules": [{"days": 3}, {"days": UNKNOWN}]},
    dependencies=("urn:key", "urn:elsewhere"),
    property_dependencies={"kmsKey": ("urn:key",)},
    config_path=("datasets", "claims"),
    origin=Origin("stacks/base.yaml", 12, 5, "base"),
)
GRAPH = Graph.of("dev", [STORAGE, DATASET, KEY, BUCKET])


def test_edges_are_typed_and_stay_inside_of_the_graph() -> None:
    assert set(GRAPH.edges) == {
        Edge("urn:dataset", "urn:storage", "parent"),
        Edge("urn:key", "urn:storage", "parent"),
        Edge("urn:bucket", "urn:dataset", "parent"),
        Edge("urn:bucket", "urn:key", "property", ("kmsKey",)),
    }


def test_the_component_is_the_outermost_one() -> None:
    assert GRAPH.component_of("urn:bucket") == STORAGE
    assert GRAPH.component_of("urn:storage") is None


def test_unknowns_are_told_by_path() -> None:
    assert BUCKET.unknowns == (("kmsKey",), ("rules", 1, "days"))
    with pytest.raises(TypeError):
        bool(UNKNOWN)


def test_two_resources_with_one_urn_are_refused() -> None:
    with pytest.raises(ValueError, match="urn:key"):
        GRAPH.merge(Graph.of("dev", [KEY]))


def test_what_lies_within_a_component() -> None:
    def within(urn: str) -> list[str]:
        return [resource.name for resource in GRAPH.within(urn)]

    assert within("urn:storage") == ["storage", "dataset", "key", "bucket"]
    assert within("urn:dataset") == ["dataset", "bucket"]
    assert within("urn:key") == ["key"]
    assert within("urn:elsewhere") == []
