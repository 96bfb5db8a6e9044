"""Edges, components and the JSON document of a graph."""

from __future__ import annotations

import json

import pytest

from mlops_infra.config import Origin
from mlops_infra.graph import UNKNOWN, Edge, Graph, Resource, Secret
from mlops_infra.graph.document import as_document


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


def test_the_document_is_json_and_shows_no_secret() -> None:
    document = as_document(GRAPH)
    text = json.dumps(document)
    assert "hunter2" not in text
    assert json.loads(text) == document
    bucket = next(r for r in document["resources"] if r["name"] == "bucket")
    assert bucket["inputs"]["token"] == {"$secret": True}
    assert bucket["unknowns"] == ["kmsKey", "rules[1].days"]
    assert bucket["origin"] == {"file": "stacks/base.yaml", "line": 12, "column": 5, "layer": "base"}
    assert {"source": "urn:bucket", "target": "urn:key", "kind": "property", "path": "kmsKey"} in document["edges"]


def test_equal_graphs_give_equal_documents() -> None:
    assert as_document(Graph.of("dev", [BUCKET, KEY, DATASET, STORAGE])) == as_document(GRAPH)
